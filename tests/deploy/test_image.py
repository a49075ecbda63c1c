"""The image's recipe: pinned packages, only our own code in its build, an unprivileged user. Nothing is built here."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.deploy import compose

_PROJECT: dict[str, Any] = tomllib.loads((compose.ROOT / "pyproject.toml").read_text())
_LINES = (compose.ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
_INSTRUCTIONS = [line.split(maxsplit=1) for line in _LINES if line and not line.startswith("#")]
_STAGES = re.findall(r"^FROM (\S+) AS (\S+)$", "\n".join(_LINES), re.MULTILINE)
_CONSTRAINTS = compose.ROOT / "deploy" / "constraints.txt"


def _allowed() -> set[str]:
    lines = (compose.ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines, "everything is left out first"
    return {line.removeprefix("!") for line in lines if line.startswith("!")}


def _stage(name: str) -> list[list[str]]:
    start = _INSTRUCTIONS.index(next(line for line in _INSTRUCTIONS if line[1].endswith(f" AS {name}")))
    rest = _INSTRUCTIONS[start + 1 :]
    end = next((at for at, line in enumerate(rest) if line[0] == "FROM"), len(rest))
    return rest[:end]


def test_every_stage_stands_on_the_slim_python_or_on_another_stage() -> None:
    names = {name for _, name in _STAGES}
    assert {base for base, _ in _STAGES} - names == {"python:3.12-slim"}


@pytest.mark.parametrize("service", ["api", "sandbox"])
def test_the_compose_file_builds_stages_that_exist(service: str) -> None:
    assert compose.document()["services"][service]["build"]["target"] in {name for _, name in _STAGES}


@pytest.mark.parametrize("name", ["backhaul", "sandbox"])
def test_final_images_hold_wheels_only_and_run_unprivileged(name: str) -> None:
    stage = _stage(name)
    users = [argument for instruction, argument in stage if instruction == "USER"]
    assert users == ["10001:10001"]
    copied = [argument for instruction, argument in stage if instruction == "COPY"]
    assert copied == (["worker.py starter.py ./"] if name == "backhaul" else [])
    [run] = [argument for instruction, argument in stage if instruction == "RUN"]
    assert "--no-index" in run
    assert "--find-links=/wheels" in run


def test_wheels_are_built_with_the_pinned_versions_and_without_what_development_needs() -> None:
    built = [argument for _, argument in _INSTRUCTIONS if argument.startswith("pip wheel")]
    assert [line.split()[-1] for line in built] == [".", "'.[sandbox]'"]
    assert all("--constraint deploy/constraints.txt" in line and "--group" not in line for line in built)


def test_the_build_sees_the_packages_and_nothing_else() -> None:
    packaged = set(_PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"])
    assert _allowed() == packaged | {"pyproject.toml", "README.md", "deploy/constraints.txt"}


@pytest.mark.parametrize("extra", ["", "sandbox"])
def test_every_dependency_is_pinned_to_a_version_the_project_accepts(extra: str) -> None:
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)$", _CONSTRAINTS.read_text(), re.MULTILINE))
    pinned = {_canonical(name): version for name, version in pinned.items()}
    project = _PROJECT["project"]
    for text in project["optional-dependencies"][extra] if extra else project["dependencies"]:
        needed = Requirement(text)
        version = pinned.get(_canonical(needed.name))
        assert version is not None, f"{needed.name} is not in deploy/constraints.txt"
        assert Version(version) in needed.specifier, f"{needed.name}: {version} is pinned, {needed.specifier} is wanted"


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
