"""Personal data as somebody sees it who only has to tell two records apart: beginnings and ends, never the whole."""

from __future__ import annotations

from collections.abc import Mapping

_HIDDEN = "…"


def masked(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: _masked(name, value) for name, value in fields.items()}


def _masked(name: str, value: str) -> str:
    if name == "email":
        local, at, domain = value.partition("@")
        return f"{local[:1]}{_HIDDEN}{at}{domain}" if at else _HIDDEN
    if name in ("phone", "national_id"):
        return f"{_HIDDEN}{value[-2:]}" if len(value) > 4 else _HIDDEN
    if name == "birth_date":
        return _HIDDEN
    if name in ("state", "postcode"):
        return value
    return " ".join(f"{word[0]}{_HIDDEN}" for word in value.split())
