"""Values of ours as JSON documents, as every front door gives them."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from domain import money


def plain(kind: Any, value: Any) -> Any:
    """The document of a dataclass, amounts as decimal strings."""
    return _decimal(_adapter(kind).dump_python(value, mode="json"))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _decimal(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"minor", "currency"}:
            return {"amount": money.Money(value["minor"], value["currency"]).decimal(), "currency": value["currency"]}
        return {name: _decimal(part) for name, part in value.items()}
    return [_decimal(part) for part in value] if isinstance(value, list) else value
