"""The shop's return policies from a TOML file: `[default]`, and `[channel.<name>]` for what differs in a channel.

A field is a field of domain.policy.Policy; runtime/policy_fields.py says what may be written for each.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.order import Order
from domain.policy import Policy
from runtime import policy_fields
from runtime.policy_fields import NAMES


class BadPolicy(Exception):
    """A policy file cannot be used; the sentence names file, table and field."""


def policies(path: Path | None) -> Callable[[Order], Policy]:
    """Which policy holds for an order: its channel's, else the default. Raises BadPolicy."""
    default, channels = (Policy(), {}) if path is None else read(path)
    return lambda order: channels.get(order.channel, default)


def read(path: Path) -> tuple[Policy, dict[str, Policy]]:
    """The default policy and those by channel."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadPolicy(f"{path}: cannot be read as TOML ({error})") from error
    unknown = sorted(document.keys() - {"default", "channel"})
    if unknown:
        raise BadPolicy(f"{path}: [{unknown[0]}] is not known; tables are [default] and [channel.<name>]")
    default = _policy(path, "default", Policy(), document.get("default", {}))
    tables = _table(path, "channel", document.get("channel", {}))
    channels = {
        name: _policy(path, f"channel.{name}", replace(default, name=name), given) for name, given in tables.items()
    }
    return default, channels


def _table(path: Path, name: str, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise BadPolicy(f"{path}: [{name}] is not a table")
    return given


def _policy(path: Path, table: str, base: Policy, given: Any) -> Policy:
    changes: dict[str, Any] = {}
    for name, value in _table(path, table, given).items():
        if name not in NAMES:
            raise BadPolicy(f"{path}: [{table}] {name} is not a policy field; known are {', '.join(NAMES)}")
        try:
            changes[name] = policy_fields.value(name, value)
        except ValueError as error:
            raise BadPolicy(f"{path}: [{table}] {name} = {value!r}: {error}") from error
    return replace(base, **changes)
