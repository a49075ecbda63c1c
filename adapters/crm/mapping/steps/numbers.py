"""Steps on numbers. Money is a decimal text up to the last moment; no sum, product or rounding is ever made of it.

A decimal comma is only read where the mapping says that there is one: guessed wrongly, 1,12 becomes 112.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

from adapters.crm.mapping.errors import Unfit

_PLAIN = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
# A double gives back every decimal of so many digits unchanged.
_DIGITS = 15


def amount(value: Any) -> int | float:
    """'11.89', or an amount of the document, as the JSON number both CRMs want; never through a float's arithmetic."""
    plain = decimal(value)
    return float(plain) if "." in plain else int(plain)


def told_amount(value: Any) -> str:
    """The inverse: the CRM's number as the decimal text it stands for."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unfit(f"a number is needed, not {type(value).__name__}")
    return format(Decimal(repr(value)), "f").removesuffix(".0")


def decimal(value: Any) -> str:
    """The decimal text of an amount of the document, of a decimal text or of a whole number."""
    found = value.get("amount") if isinstance(value, dict) else value
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if not isinstance(found, str) or not _PLAIN.fullmatch(found) or len(re.sub(r"\D", "", found)) > _DIGITS:
        raise Unfit("a decimal text with a point and at most 15 digits is needed, such as 12.50")
    return found


def whole(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}", value, re.ASCII):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Unfit(f"a whole number is needed, not {type(value).__name__}")


def in_locale(value: Any, point: str, group: str) -> str:
    """'1234.56' as '1.234,56' for point ',' and group '.'."""
    whole_part, _, rest = decimal(value).partition(".")
    sign, digits = ("-", whole_part[1:]) if whole_part.startswith("-") else ("", whole_part)
    head = len(digits) % 3
    parts = ([digits[:head]] if head else []) + [digits[at : at + 3] for at in range(head, len(digits), 3)]
    return sign + group.join(parts) + (point + rest if rest else "")


def from_locale(value: Any, point: str, group: str) -> str:
    """'1.234,56' as '1234.56'. Groups must be groups of three, or there are none: anything else is refused."""
    if not isinstance(value, str):
        raise Unfit(f"a text is needed, not {type(value).__name__}")
    grouped = rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+|" if group else ""
    shape = rf"(-?)({grouped}\d{{1,15}})(?:{re.escape(point)}(\d{{1,6}}))?"
    found = re.fullmatch(shape, value.strip(), re.ASCII)
    if found is None:
        raise Unfit(f"a number with {point!r} before its decimals is needed")
    sign, digits, rest = found[1], found[2].replace(group, "") if group else found[2], found[3]
    return decimal(sign + digits + (f".{rest}" if rest else ""))
