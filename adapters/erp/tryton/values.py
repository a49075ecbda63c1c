"""JSON as Tryton writes it, with exact decimals and dates, and amounts between decimals and our minor units."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from domain.money import exponent


def write(value: Any) -> str:
    return json.dumps(value, default=_encoded, separators=(",", ":"))


def read(text: str) -> Any:
    """Raises ValueError for what is no JSON."""
    return json.loads(text, object_hook=_decoded)


def amount(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-exponent(currency))


def minor(value: Decimal, currency: str) -> int:
    """Raises ValueError for an amount with more decimals than its currency has."""
    scaled = value.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value} has more decimals than {currency} allows")
    return int(scaled)


def _encoded(value: object) -> dict[str, Any]:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": format(value, "f")}
    if isinstance(value, date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    raise TypeError(f"Tryton is sent no {type(value).__name__}")


def _decoded(value: dict[str, Any]) -> Any:
    kind = value.get("__class__")
    if kind == "Decimal":
        return Decimal(value["decimal"])
    if kind == "datetime":
        # Without a time zone it is UTC, as Tryton keeps its own moments.
        return datetime(**{part: number for part, number in value.items() if part != "__class__"}, tzinfo=UTC)
    if kind == "date":
        return date(value["year"], value["month"], value["day"])
    return value
