"""The shop's return policies from a TOML file: `[default]`, and `[channel.<name>]` for what differs in a channel.

A field is a field of domain.policy.Policy; durations are whole seconds, or text such as "30d", "12h", "5m", "20s".
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, get_type_hints

from domain.order import Order
from domain.policy import Policy

_SPAN = re.compile(r"([0-9]{1,12})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# A century. Later dates are no dates.
_LONGEST = 36_500 * 86_400
# The engine refuses to wait for nothing between two attempts, and takes no patience for endless patience.
_POSITIVE = ("retry_at_most", "vendor_patience", "crm_patience")
_TYPES = get_type_hints(Policy)
_NAMES = tuple(field.name for field in fields(Policy) if field.name != "name")


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
        if name not in _NAMES:
            raise BadPolicy(f"{path}: [{table}] {name} is not a policy field; known are {', '.join(_NAMES)}")
        try:
            changes[name] = _value(name, value)
        except ValueError as error:
            raise BadPolicy(f"{path}: [{table}] {name} = {value!r}: {error}") from error
    return replace(base, **changes)


def _value(name: str, value: Any) -> Any:
    kind = _TYPES[name]
    if kind is int:
        seconds = _seconds(value)
        if name in _POSITIVE and not seconds:
            raise ValueError("write at least one second")
        return seconds
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if not isinstance(value, str) or value not in list(kind):
            raise ValueError(f"write one of {', '.join(kind)}")
        return kind(value)
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ValueError("write a list of words")
    return tuple(value)


def _seconds(value: Any) -> int:
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    seconds = int(match[1]) * _SECONDS[match[2]] if match else value
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 0:
        raise ValueError('write whole seconds or a span such as "30d", "12h", "5m", "20s"')
    if seconds > _LONGEST:
        raise ValueError("write at most 36500d")
    return seconds
