"""A projection as the plain data that a mapping's paths and conditions look at."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from adapters.crm.port import Projection, ProjectionLine
from adapters.crm.wording import GIVEN_UP, currency
from domain.money import Money

Document = dict[str, Any]

_AMOUNT = ("amount", "currency", "minor")
# Every word a path may begin with; below it, every word it may go on with. None: a value, or a list of lines.
WORDS: Mapping[str, tuple[str, ...] | None] = MappingProxyType(
    {
        "return_id": None,
        "version": None,
        "stage": None,
        "customer_stage": None,
        "reason": None,
        "hold": None,
        "next_step": None,
        "changed_at": None,
        "region": None,
        "currency": None,
        "given_up": None,
        "over": None,
        "order": ("id", "name"),
        "customer": ("id", "key"),
        "contact": ("name", "email", "company"),
        "amounts": ("quoted", "credited", "paid"),
        "answer": ("ref", "status", "sentence"),
        "lines": None,
        "line": (
            "key", "line_id", "sku", "title", "reason", "requested", "received", "accepted", "rejected", "processed",
            "position",
        ),
    }
)  # fmt: skip


def document(projection: Projection) -> Document:
    """`over`: nothing more happens; `given_up`: it ended without a credit. `customer.key` is the customer's number, or
    a guest's by the order. Amounts are {amount, currency, minor}: a decimal text, and whole minor units to compare."""
    given_up = projection.stage in GIVEN_UP
    answer = projection.answer
    return {
        "return_id": projection.return_id,
        "version": projection.version,
        # Words of ours come as members of their enumerations: a plain text is what can be sent.
        "stage": str(projection.stage),
        "customer_stage": str(projection.customer_stage),
        "reason": str(projection.reason),
        "hold": projection.hold,
        "next_step": projection.next_step,
        "changed_at": projection.changed_at,
        "region": projection.region,
        "currency": currency(projection),
        "given_up": given_up,
        "over": given_up or projection.stage == "closed",
        "order": {"id": projection.order_id, "name": projection.order_name},
        "customer": {
            "id": projection.customer_id,
            "key": projection.customer_id or f"guest-{projection.order_id}",
        },
        "contact": {
            "name": projection.contact_name.strip(),
            "email": projection.contact_email,
            "company": projection.company,
        },
        "amounts": {
            "quoted": _amount(projection.quoted),
            "credited": _amount(projection.credited),
            "paid": _amount(projection.paid),
        },
        "answer": {"ref": answer.ref, "status": str(answer.status), "sentence": answer.sentence} if answer else None,
        "lines": [_line(line, at) for at, line in enumerate(projection.lines, start=1)],
        "line": None,
    }


def of_line(whole: Document, position: int) -> Document:
    """The same, looked at from one of its lines (the first is 1)."""
    return {**whole, "line": whole["lines"][position - 1]}


def _amount(money: Money | None) -> dict[str, Any] | None:
    if money is None:
        return None
    return dict(zip(_AMOUNT, (str(money.decimal()), money.currency, money.minor), strict=True))


def _line(line: ProjectionLine, position: int) -> dict[str, Any]:
    return {
        "key": line.key,
        "line_id": line.line_id,
        "sku": line.sku,
        "title": line.title,
        "reason": str(line.reason),
        "requested": line.requested,
        "received": line.received,
        "accepted": line.accepted,
        "rejected": line.rejected,
        "processed": line.accepted + line.rejected,
        "position": position,
    }
