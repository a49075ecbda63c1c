"""Which licences may come with a package: what is on the list, in whatever words it is said, and nothing else."""

from __future__ import annotations

import importlib.util
from email.message import Message
from types import ModuleType

import pytest

from tests.deploy import compose


def script() -> ModuleType:
    found = importlib.util.spec_from_file_location("licences", compose.ROOT / "deploy" / "licences.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


SCRIPT = script()


def package(name: str = "lib", **said: str) -> Message:
    made = Message()
    made["Name"] = name
    for header, value in said.items():
        made[header.replace("_", "-")] = value
    return made


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ({"License_Expression": "MIT"}, True),
        ({"License_Expression": "GPL-3.0-or-later OR MIT"}, True),
        ({"License_Expression": "Apache-2.0 WITH LLVM-exception"}, True),
        ({"License_Expression": "MIT AND GPL-3.0-only"}, False),
        ({"License_Expression": "(GPL-3.0-only OR MIT) AND AGPL-3.0-only"}, False),
        ({"License_Expression": "AGPL-3.0-only"}, False),
        ({"Classifier": "License :: OSI Approved :: MIT License"}, True),
        ({"Classifier": "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"}, False),
        ({"License": "BSD-3-Clause"}, True),
        ({"License": "MIT License\n\nPermission is hereby granted"}, True),
        ({"License": "Server Side Public License"}, False),
        ({}, False),
    ],
)
def test_a_licence_is_on_the_list_or_the_package_is_named(said: dict[str, str], fits: bool) -> None:
    wrong = SCRIPT.misfits([package(**said), package("backhaul")])
    assert [one.partition(":")[0] for one in wrong] == ([] if fits else ["lib"])


def test_a_package_of_several_licences_needs_all_of_them() -> None:
    both = package(Classifier="License :: OSI Approved :: MIT License")
    both["Classifier"] = "License :: OSI Approved :: GNU Affero General Public License v3"
    assert SCRIPT.misfits([both]) == ["lib: GNU Affero General Public License v3 AND MIT"]
