"""What the page about security says was tried is tried: each test it names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()


def test_every_attack_that_is_told_of_is_a_test() -> None:
    named = re.findall(r"`(test_\w+)`", PAGE)
    tests = "\n".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"def (test_\w+)\(", tests))
    assert len(named) > 30
    assert [name for name in named if name not in there] == []
