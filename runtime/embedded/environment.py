"""The variables of a stack: what points at its own servers, and what the operator chose besides."""

import base64
import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from runtime.embedded.processes import MARK
from runtime.settings import from_file, stack_file

# Choices that make sense for a stack. Addresses and credentials do not: a stack must never reach a real counterpart.
_CHOICES = (
    "BACKHAUL_AUDIT__",
    "BACKHAUL_API__",
    "BACKHAUL_CODEC__",
    "BACKHAUL_CREDENTIALS__",
    "BACKHAUL_IDENTITY__",
    "BACKHAUL_TELEMETRY__",
    "BACKHAUL_WORKER__",
    "BACKHAUL_WEBHOOKS__",
    "BACKHAUL_FILES__POLICIES",
)
_KEYS = ("BACKHAUL_IDENTITY__KEY", "BACKHAUL_AUDIT__KEY")
_KEYRINGS = ("BACKHAUL_WEBHOOKS__KEYS", "BACKHAUL_CREDENTIALS__KEYS")


def write(folder: Path, own: Mapping[str, str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Write `stack.env`, readable by its owner only; answers what it says. Earlier choices stay until chosen anew."""
    path = stack_file(folder)
    kept = {
        name: value
        for values in (from_file(path), chosen)
        for name, value in values.items()
        if name.startswith(_CHOICES)
    }
    # Drawn once and kept: under other keys nobody would be found again, and no signature would count.
    for name in _KEYS:
        kept.setdefault(name, base64.b64encode(secrets.token_bytes(32)).decode())
    for name in _KEYRINGS:
        kept.setdefault(name, f"stack:{base64.b64encode(secrets.token_bytes(32)).decode()}")
    values = {**kept, **own, MARK: str(folder), "BACKHAUL_FILES__DATA": str(folder)}
    unfinished = path.with_suffix(".new")
    unfinished.touch(mode=0o600)
    lines = (f"{name}='" + values[name].replace("'", "\\'") + "'\n" for name in sorted(values))
    unfinished.write_text("".join(lines))
    unfinished.replace(path)
    return values


def of_child(values: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a process of the stack: ours, with the stack's variables in place of their kind."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("BACKHAUL_", "TEMPORAL_"))}
    return {**ours, "PYTHONUNBUFFERED": "1", **values}


def digest(values: Mapping[str, str]) -> str:
    """Tells one set of our variables from another; other variables do not count."""
    ours = sorted(name for name in values if name.startswith(("BACKHAUL_", "TEMPORAL_")))
    lines = "\n".join(f"{name}={values[name]}" for name in ours)
    return hashlib.sha256(lines.encode()).hexdigest()[:16]
