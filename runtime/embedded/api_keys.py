"""The stack's own API keys, one for each role: made once, kept beside its data, readable by its owner only."""

from __future__ import annotations

import json
from pathlib import Path

from security import api_keys
from security.roles import Role

FILE = "api-keys.json"


def variables(folder: Path) -> dict[str, str]:
    """The settings by which the stack's API knows these keys."""
    own: dict[str, str] = {}
    for role, key in _keys(folder).items():
        section = f"BACKHAUL_API_KEYS__{role.upper()}"
        own |= {f"{section}__DIGEST": api_keys.digest(key), f"{section}__ROLES": role}
    return own


def _keys(folder: Path) -> dict[str, str]:
    file = folder / FILE
    if file.exists():
        known: dict[str, str] = json.loads(file.read_text())
        return known
    made = {str(role): api_keys.new(role.replace("_", "-")) for role in Role}
    unfinished = file.with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(made, indent=2) + "\n")
    unfinished.replace(file)
    return made
