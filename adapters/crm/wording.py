"""What every CRM shows in the same words: texts cut to their fields, moments in UTC, the currency of a return."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from adapters.crm.port import Projection, Scalar

# Stages after which nothing happens any more without credit: refused by a rule, run out, or taken back.
GIVEN_UP = frozenset({"refused", "expired", "withdrawn"})


def currency(projection: Projection) -> str | None:
    """The currency of the return's amounts; None before the first quote."""
    known = projection.credited or projection.quoted or projection.paid
    return known.currency if known else None


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def fit(text: str | None, length: int) -> str | None:
    """Cut to the column's length: a text that is too long would make the record undeliverable for ever."""
    if not text:
        return None
    return text if len(text) <= length else text[: length - 1] + "…"


def newer(one: Projection, other: Projection) -> Projection:
    return one if one.version > other.version else other


def said(fields: Mapping[str, Scalar], name: str) -> str:
    """A text field as a CRM tells it; empty when it tells none."""
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""
