"""Steps on texts. Each takes our value and answers the CRM's; None stays None."""

from __future__ import annotations

from typing import Any

from adapters.crm.mapping.errors import Unfit
from adapters.crm.wording import fit as cut


def text(value: Any) -> str:
    """As text: of numbers and flags their plain form, of anything nested nothing sensible exists."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    raise Unfit(f"a text is needed, not {type(value).__name__}")


def fit(value: Any, length: int) -> str | None:
    return cut(text(value), length)


def upper(value: Any) -> str:
    return text(value).upper()


def lower(value: Any) -> str:
    return text(value).lower()


def strip(value: Any) -> str:
    return text(value).strip()


def join(value: Any, between: str) -> str:
    """The parts that are not empty, with `between` between them."""
    if not isinstance(value, list):
        raise Unfit(f"join needs a list, not {type(value).__name__}")
    return between.join(text(part) for part in value if part not in (None, ""))


def first_name(value: Any) -> str:
    """All words but the last; nothing of a single word."""
    return text(value).strip().rpartition(" ")[0]


def last_name(value: Any) -> str:
    return text(value).strip().rpartition(" ")[2]


def lines_in_words(value: Any) -> str:
    """Each line's goods and counts, one per row."""
    if not isinstance(value, list):
        raise Unfit("lines_in_words needs the return's lines")
    return "\n".join(_line(line) for line in value)


def _line(line: Any) -> str:
    counts = (
        f"{line['requested']} requested, {line['received']} received, "
        f"{line['accepted']} accepted, {line['rejected']} rejected"
    )
    return f"{line['sku']} {line['title']}: {counts} ({line['reason']})"
