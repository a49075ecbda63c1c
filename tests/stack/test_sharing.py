"""How the tests are shared out, tried with runs of pytest over a few tests of a folder of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import sharing

ROOT = Path(__file__).resolve().parents[2]
_PLUGIN = """
from tests.stack.sharing import Sharing

def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False
    return Sharing(config, log)
"""
_LOST = """
import os, pathlib
import pytest

@pytest.mark.parametrize("number", range(4))
def test_it(number):
    once = pathlib.Path("lost")
    if number == 2 and not once.exists():
        once.touch()
        os._exit(3)
"""


def test_the_longest_begin_first_and_what_shares_a_costly_part_stays_together() -> None:
    found = [
        "tests/api/test_few.py::test_one",
        "tests/api/test_many.py::test_one",
        "tests/journeys/test_kills.py::test_one[a::b]",
        "tests/api/test_many.py::test_two",
        "tests/money/test_quote_memo_payout.py::test_one",
        "tests/journeys/test_stories.py::TestStory::test_one",
    ]
    assert sharing.order(found) == [2, 5, 4, 1, 3, 0]
    assert [sharing.scope(found[place]) for place in (2, 5, 1)] == [
        "tests/journeys/",
        "tests/journeys/",
        "tests/api/test_many.py",
    ]


@pytest.mark.parametrize("place", [*sharing.FIRST, *sharing.TOGETHER])
def test_what_is_named_is_there(place: str) -> None:
    assert (ROOT / place).exists()
    assert sharing.scope(f"{place}test_x.py::test_x" if place.endswith("/") else f"{place}::test_x") == place


def test_a_lost_worker_is_told_and_all_other_tests_run(tmp_path: Path) -> None:
    """It was lost after it had finished other files, which must not be handed out again."""
    (tmp_path / "conftest.py").write_text(_PLUGIN)
    for name in ("a", "b", "c", "d", "e"):
        (tmp_path / f"test_{name}.py").write_text("def test_one(): pass\n\ndef test_two(): pass\n")
    (tmp_path / "test_z.py").write_text(_LOST)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "1", "--dist", "loadfile", "-q", "-p", "no:cacheprovider", "."],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert "crashed while running 'test_z.py::test_it[2]'" in done.stdout
    assert "1 failed, 14 passed" in done.stdout
