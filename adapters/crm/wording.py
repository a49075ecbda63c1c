"""What every CRM shows in the same words and figures: lines as text, names in two halves, amounts as JSON numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from adapters.crm.port import Projection, ProjectionLine, Scalar
from domain.money import Money, exponent

# Stages after which nothing happens any more without credit: refused by a rule, run out, or taken back.
GIVEN_UP = frozenset({"refused", "expired", "withdrawn"})


def amount(money: Money | None) -> float | int | None:
    """Both CRMs take amounts as JSON numbers only. The shortest text of a double gives back every amount of up to
    fifteen digits unchanged, which is more than either CRM's money columns hold; nothing is ever reckoned with it."""
    if money is None:
        return None
    return money.minor if exponent(money.currency) == 0 else float(money.decimal())


def currency(projection: Projection) -> str | None:
    """The currency of the return's amounts; None before the first quote."""
    known = projection.credited or projection.quoted or projection.paid
    return known.currency if known else None


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def title(projection: Projection) -> str:
    return f"Return {projection.return_id} of order {projection.order_name or projection.order_id}"


def fit(text: str | None, length: int) -> str | None:
    """Cut to the column's length: a text that is too long would make the record undeliverable for ever."""
    if not text:
        return None
    return text if len(text) <= length else text[: length - 1] + "…"


def lines_in_words(projection: Projection) -> str:
    return "\n".join(_line(line) for line in projection.lines)


def _line(line: ProjectionLine) -> str:
    counts = f"{line.requested} requested, {line.received} received, {line.accepted} accepted, {line.rejected} rejected"
    return f"{line.sku} {line.title}: {counts} ({line.reason})"


def names(projection: Projection) -> tuple[str, str]:
    """(first, last); the last name is never empty, because both CRMs require one."""
    first, _, last = projection.contact_name.strip().rpartition(" ")
    return first, last or projection.customer_id or "Guest"


def newer(one: Projection, other: Projection) -> Projection:
    return one if one.version > other.version else other


def said(fields: Mapping[str, Scalar], name: str) -> str:
    """A text field as a CRM tells it; empty when it tells none."""
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""
