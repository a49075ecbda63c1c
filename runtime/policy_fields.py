"""One field of the policy file: what may be written for it, by its type in domain.policy. ValueError says what."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from enum import StrEnum
from fractions import Fraction
from typing import Any, get_type_hints

from domain import money
from domain.errors import BadInput
from domain.policy import Fee, Policy
from domain.returns import Reason

NAMES = tuple(field.name for field in fields(Policy) if field.name != "name")

_SPAN = re.compile(r"([0-9]{1,12})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# A century. Later dates are no dates.
_LONGEST = 36_500 * 86_400
# The engine refuses to wait for nothing between two attempts, and takes no patience for endless patience.
_POSITIVE = ("retry_at_most", "vendor_patience", "crm_patience")
_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?")
_TYPES = get_type_hints(Policy)
NONE = "none"


def value(name: str, given: Any) -> Any:
    """What is written for the field `name`, as the policy holds it."""
    kind = _TYPES[name]
    if kind is int:
        seconds = _seconds(given)
        if name in _POSITIVE and not seconds:
            raise ValueError("write at least one second")
        return seconds
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if not isinstance(given, str) or given not in list(kind):
            raise ValueError(f"write one of {', '.join(kind)}")
        return kind(given)
    if kind == dict[str, str]:
        return _amounts(given)
    if kind == Fee | None:
        return _fee(given)
    return _words(given)


def _seconds(given: Any) -> int:
    match = _SPAN.fullmatch(given) if isinstance(given, str) else None
    seconds = int(match[1]) * _SECONDS[match[2]] if match else given
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 0:
        raise ValueError('write whole seconds or a span such as "30d", "12h", "5m", "20s"')
    if seconds > _LONGEST:
        raise ValueError("write at most 36500d")
    return seconds


def _words(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        raise ValueError("write a list of words")
    return tuple(given)


def _amounts(given: Any) -> dict[str, str]:
    """Amounts by currency, written as the currency has decimals."""
    if not isinstance(given, dict):
        raise ValueError('write amounts by currency, such as { EUR = "80.00" }')
    found = {}
    for currency, amount in given.items():
        try:
            parsed = money.parse(amount, currency, currency)
        except BadInput as error:
            raise ValueError(str(error)) from None
        if parsed.minor < 0:
            raise ValueError(f"{currency}: {amount!r} is less than nothing")
        found[currency] = parsed.decimal()
    return found


def _fee(given: Any) -> Fee | None:
    """A table of a fee's fields, or "none": so a channel is without the fee that [default] charges."""
    if given == NONE:
        return None
    if not isinstance(given, dict):
        raise ValueError('write a table with percent or flat, or "none"')
    unknown = sorted(given.keys() - _FEE.keys())
    if unknown:
        raise ValueError(f"{unknown[0]} is not a field of a fee; known are {', '.join(_FEE)}")
    found: dict[str, Any] = {}
    for name, part in given.items():
        try:
            found[name] = _FEE[name](part)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    if bool(found.get("percent")) == bool(found.get("flat")):
        raise ValueError("write either percent or flat")
    return Fee(**found)


def _percent(given: Any) -> str:
    if not isinstance(given, str) or not _PERCENT.fullmatch(given) or not 0 < Fraction(given) <= 100:
        raise ValueError('write a percentage up to 100 as text, such as "15" or "12.5"')
    return given


def _reasons(given: Any) -> tuple[str, ...]:
    words = _words(given)
    unknown = [word for word in words if word not in list(Reason)]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no reason; they are {', '.join(Reason)}")
    return words


def _yes_or_no(given: Any) -> bool:
    if not isinstance(given, bool):
        raise ValueError("write true or false")
    return given


_FEE: dict[str, Callable[[Any], Any]] = {
    "percent": _percent, "flat": _amounts, "taxed": _yes_or_no, "reasons": _reasons, "groups": _words,
}  # fmt: skip
