"""What a report about known vulnerabilities means: above all, that one which asked nobody is no good news."""

from __future__ import annotations

import json
import subprocess
import sys
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
