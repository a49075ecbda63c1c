"""The sandbox's page can be followed as it is written: its first requests are made with the commands on it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack.orders import order
from tests.stack.sandbox import ROOT, Sandbox

_PAGE = ROOT / "docs" / "sandbox.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_first_requests_are_answered_by_every_vendor(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.heal()
    sandbox.seed(order(673_001))
    section = _PAGE.read_text().partition("\n## First requests\n")[2].partition("\n## ")[0]
    (commands,) = re.findall(r"^```sh\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    (tmp_path / "ports.json").write_text(json.dumps(sandbox.ports))
    (tmp_path / "ca.pem").write_bytes(sandbox.ca_file.read_bytes())
    (tmp_path / "sandbox-data").symlink_to(sandbox.folder / "data")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=tmp_path,
        env={"PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for told in ("gid://shopify/Location/", '"items"', '"attributes"', '"# Integration"'):
        assert told in done.stdout, done.stdout
