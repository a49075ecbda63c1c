"""Modules that are loaded many times: their code is read once, their globals are new each time."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from runtime import kept_code
from runtime.kept_code import KeptCode

Load = Callable[[str], ModuleType]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Loads a module of a package on the disk anew, as the engine's sandbox does."""
    package = tmp_path / "parcels"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "shelf.py").write_text("from parcels import label\nkept = []\n")
    (package / "label.py").write_text("printed = 0\n")
    finder = KeptCode("parcels")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])

    def anew(name: str) -> ModuleType:
        for known in [one for one in sys.modules if one.partition(".")[0] == "parcels"]:
            del sys.modules[known]
        return importlib.import_module(name)

    yield anew
    for known in [one for one in sys.modules if one.partition(".")[0] == "parcels"]:
        del sys.modules[known]


def test_every_load_has_globals_of_its_own(load: Load) -> None:
    first = load("parcels.shelf")
    first.kept.append("a parcel")
    first.label.printed = 1
    second = load("parcels.shelf")
    assert (second.kept, second.label.printed) == ([], 0)
    assert second is not first


def test_the_code_is_read_once(load: Load, tmp_path: Path) -> None:
    load("parcels.shelf")
    for source in (tmp_path / "parcels").rglob("*.py*"):
        source.unlink()
    assert load("parcels.shelf").kept == []


def test_a_module_tells_where_it_stands(load: Load, tmp_path: Path) -> None:
    module = load("parcels.shelf")
    assert module.__file__ == str(tmp_path / "parcels" / "shelf.py")
    assert module.__package__ == "parcels"
    assert load("parcels").__path__ == [str(tmp_path / "parcels")]


def test_a_module_that_is_not_there_is_missed_as_ever(load: Load) -> None:
    load("parcels")
    with pytest.raises(ModuleNotFoundError, match=r"parcels\.lost"):
        importlib.import_module("parcels.lost")


def test_it_is_asked_once_however_often_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [one for one in sys.meta_path if not isinstance(one, KeptCode)])
    for _ in range(2):
        kept_code.keep("workflows")
    assert sum(isinstance(one, KeptCode) for one in sys.meta_path) == 1
