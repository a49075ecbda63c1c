"""The stack's own API keys and people, one for each role: made once, kept beside its data,
readable by its owner only."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from pathlib import Path

from security import api_keys
from security.roles import Role

FILE, LOGINS_FILE = "api-keys.json", "logins.json"


def variables(folder: Path) -> dict[str, str]:
    """The settings by which the stack's API knows these keys and people."""
    own: dict[str, str] = {}
    for role, key in _kept(folder / FILE, lambda role: api_keys.new(role.replace("_", "-"))).items():
        section = f"BACKHAUL_API_KEYS__{role.upper()}"
        own |= {f"{section}__DIGEST": api_keys.digest(key), f"{section}__ROLES": role}
    for role, password in logins(folder).items():
        section = f"BACKHAUL_LOGINS__{role.upper()}"
        own |= {f"{section}__DIGEST": hashlib.sha256(password.encode()).hexdigest(), f"{section}__ROLES": role}
    return own


def logins(folder: Path) -> dict[str, str]:
    """The passwords of the people who may sign in at the stack's console: one for each role, called as it is. They are
    drawn, 80 bits each, so that nothing is to be guessed from a digest."""
    return _kept(folder / LOGINS_FILE, lambda role: secrets.token_hex(10))


def _kept(file: Path, new: Callable[[str], str]) -> dict[str, str]:
    """One for each role: what the file has, and what it lacks made now."""
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    made = {str(role): known.get(role) or new(str(role)) for role in Role}
    if made != known:
        unfinished = file.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(made, indent=2) + "\n")
        unfinished.replace(file)
    return made
