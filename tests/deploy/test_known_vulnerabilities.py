"""What a report about known vulnerabilities means: above all, that one which asked nobody is no good news."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.deploy import compose

SCRIPT = compose.ROOT / "deploy" / "known_vulnerabilities.py"
CLEAN = {"name": "httpx", "version": "0.28.1", "vulns": []}
OURS = {"name": "backhaul", "skip_reason": "not in the index"}
SKIPPED = {"name": "uvicorn", "skip_reason": "not in the index"}
FLAWED = {"name": "jinja2", "version": "3.1.3", "vulns": [{"id": "PYSEC-2024-1", "fix_versions": ["3.1.4"]}]}


def report(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        (report(CLEAN, OURS), 0, "No known vulnerability"),
        (report(CLEAN, FLAWED, SKIPPED), 1, "jinja2 3.1.3: PYSEC-2024-1, mended in 3.1.4"),
        (report(CLEAN, SKIPPED), 2, "knows nothing of 1 packages (uvicorn"),
        ("", 2, "did not answer"),
        ("[]", 2, "did not answer"),
        ("<html>", 2, "did not answer"),
    ],
)
def test_only_a_report_that_asked_about_everything_is_good_news(given: str, code: int, told: str) -> None:
    done = subprocess.run([sys.executable, SCRIPT], input=given, capture_output=True, text=True, check=False)
    assert (done.returncode, told in done.stdout) == (code, True), done.stdout


@pytest.mark.parametrize(
    ("given", "code"), [(report(CLEAN, OURS), 0), (report(CLEAN, FLAWED), 1), (report(CLEAN, SKIPPED), 0), ("", 0)]
)
def test_a_run_of_tests_fails_for_what_is_known_and_not_for_an_index_out_of_reach(given: str, code: int) -> None:
    words = [sys.executable, str(SCRIPT), "--go-on-unasked"]
    done = subprocess.run(words, input=given, capture_output=True, text=True, check=False)
    unasked = given in ("", report(CLEAN, SKIPPED))
    assert (done.returncode, "NOT AUDITED" in done.stdout) == (code, unasked), done.stdout


@pytest.mark.parametrize("failing", ["test", "test-erp", "audit", "nothing"])
def test_the_run_ends_as_its_parts_do(tmp_path: Path, failing: str) -> None:
    """`make` here is a stand-in that fails for one goal, as the real one does, with 2."""
    stand_in = tmp_path / "make"
    stand_in.write_text(f'#!/bin/sh\necho "$@"\n[ "$1" != {failing} ] || exit 2\n')
    stand_in.chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([compose.ROOT / ".ci" / "run"], env=env, capture_output=True, text=True, check=False)
    goals = ["test", "test-erp", "audit ARGS=--go-on-unasked"]
    asked = [goal for goal in goals if goal.partition(" ")[0] == failing]
    assert done.returncode == (2 if asked else 0), done.stderr
    assert done.stdout.splitlines() == (goals[: goals.index(asked[0]) + 1] if asked else goals)
