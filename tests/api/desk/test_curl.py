"""The README's return by curl, word for word, against the API over the network: it ends closed."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from pathlib import Path

import pytest

from security.roles import Role
from tests.api.office import KEYS, Office

README = Path(__file__).parents[3] / "README.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
async def test_a_return_goes_its_way_as_the_readme_says(staff: Office, address: str) -> None:
    section = README.read_text().partition("\n## A return by curl\n")[2].partition("\n## ")[0]
    _, walk = re.findall(r"```sh\n(.*?)```", section, re.S)
    keys = " ".join(f"{role}) echo {KEYS[role]};;" for role in Role)
    before = f"""
        py() {{ {sys.executable} -c "$@"; }}
        key() {{ case $1 in {keys} esac; }}
        api={address} order={staff.desk.order()} line=70011
    """
    shell = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", before + walk, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await shell.communicate()
    assert shell.returncode == 0, err.decode()
    assert " is closed\n" in out.decode()
    assert "'where': 'released'" in out.decode()
