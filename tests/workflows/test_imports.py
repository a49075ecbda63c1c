"""A workflow reaches doors only: loading it loads no library that touches the world."""

from __future__ import annotations

import subprocess
import sys

FORBIDDEN = ("httpx", "sqlalchemy", "asyncpg", "fastapi", "cryptography")


def test_importing_the_workflow_loads_nothing_that_touches_the_world() -> None:
    loaded = "import sys, workflows.return_lifecycle, workflows.crm_inbound"
    code = f"{loaded}; print([m for m in {FORBIDDEN!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
