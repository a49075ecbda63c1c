"""Whether two values of a field are the same, and whether one is what a CRM makes of the other when it stores it.

A CRM trims, cuts, rounds, changes line ends and writes moments its own way. Taken for edits, such changes would be
written back and told again for ever (OpenCTI issue 6708).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

# What a field of a CRM holds, in the CRM's own form.
Value = str | int | float | bool | None

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_OFFSET = re.compile(r"([+-]\d\d)(\d\d)$")
_SPACES = re.compile(r"\s+")
# Shorter texts are compared whole: somebody may well have cut them by hand.
_CUT = 40


def empty(value: Value) -> bool:
    """Both CRMs tell an empty text as null, and a box that was never ticked as null or false."""
    return value is None or value is False or value == ""


def same(one: Value, other: Value) -> bool:
    if empty(one) or empty(other):
        return empty(one) and empty(other)
    if _number(one) and _number(other):
        return Decimal(str(one)) == Decimal(str(other))
    if isinstance(one, str) and isinstance(other, str):
        return one == other or (_moment(one) is not None and _moment(one) == _moment(other))
    return type(one) is type(other) and one == other


def made_of(sent: Value, stored: Value) -> bool:
    """Whether a CRM that was sent `sent` may hold `stored`."""
    if same(sent, stored):
        return True
    if isinstance(sent, str) and isinstance(stored, str):
        whole, kept = _plain(sent), _plain(stored)
        return whole == kept or (len(kept) >= _CUT and whole.startswith(kept))
    if _number(sent) and _number(stored):
        return _rounded(Decimal(str(sent)), Decimal(str(stored)))
    return empty(stored) and isinstance(sent, str) and not _plain(sent)


def _number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _rounded(exact: Decimal, kept: Decimal) -> bool:
    places, fewer = _places(exact), _places(kept)
    return fewer < places and abs(exact - kept) * 2 <= Decimal(1).scaleb(-fewer)


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _moment(text: str) -> datetime | None:
    if not _MOMENT.match(text):
        return None
    try:
        found = datetime.fromisoformat(_OFFSET.sub(r"\1:\2", text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
