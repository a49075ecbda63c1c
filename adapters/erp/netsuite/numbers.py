"""JSON with exact decimals both ways, and amounts between the wire's decimals and our minor units."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from domain.money import exponent


def write(value: Any) -> str:
    """JSON text. Decimals are written digit by digit: no amount ever passes through a float."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(key))}:{write(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(write(each) for each in value) + "]"
    return json.dumps(value)


def read(text: str) -> Any:
    """Raises ValueError for what is no JSON."""
    return json.loads(text, parse_float=Decimal)


def amount(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-exponent(currency))


def minor(value: Decimal | int | str, currency: str) -> int:
    """Raises ValueError for an amount with more decimals than its currency has."""
    scaled = Decimal(value).scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value} has more decimals than {currency} allows")
    return int(scaled)
