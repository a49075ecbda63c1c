"""The explanation of a return's numbers as a JSON document. Amounts are decimal strings of the invoice's currency."""

from __future__ import annotations

from typing import Any

from domain.explanation import Explanation, Figure
from domain.money import Money

_FIGURES = ("posted", "other_returns", "quote", "credit_memo", "difference")


def document(found: Explanation) -> dict[str, Any]:
    return {
        "return_id": found.return_id,
        "order_id": found.order_id,
        "invoice": found.invoice,
        "currency": found.currency,
        "lines": [
            {"line_id": line.line_id, "sku": line.sku, "units": line.units, "of": line.of, "reason": line.reason}
            | {
                "components": {
                    one.component: dict(zip(_FIGURES, told(one, found.currency), strict=True)) for one in line.figures
                }
            }
            for line in found.lines
        ],
        "totals": {one.component: dict(zip(_FIGURES, told(one, found.currency), strict=True)) for one in found.taxes},
        "policies": list(found.policies),
        "quote": _decimal(found.quote),
        "agreed": _decimal(found.agreed),
        "credit_memo": {"number": found.memo_number, "total": _decimal(found.memo)},
        "payout": {
            "total": _decimal(found.payout),
            "tenders": [{"tender": tender, "amount": amount.decimal()} for tender, amount in found.tenders],
        },
        "remarks": list(found.remarks),
    }


def told(figure: Figure, currency: str) -> tuple[str | None, ...]:
    """Posted, with other returns, quoted, credited, and by how much the last two differ; None: not posted yet."""
    numbers = (figure.posted, figure.others, figure.quoted, figure.credited, figure.difference)
    return tuple(None if number is None else Money(number, currency).decimal() for number in numbers)


def _decimal(amount: Money | None) -> str | None:
    return amount.decimal() if amount is not None else None
