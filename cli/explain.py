"""The command that explains a return's money, line by line from the invoice to the payout. Reads PostgreSQL only."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import typer

from cli.desk import Id
from cli.output import Json, show, table
from domain.explanation import Explanation, Figure
from domain.money import Money
from runtime import wiring
from runtime.settings import read


def register(app: typer.Typer) -> None:
    app.command()(explain)


def explain(return_id: Id, as_json: Json = False) -> None:
    """Every number of a return: posted, with other returns, quoted, credited, paid, and where they differ and why."""

    async def ask() -> Explanation:
        async with wiring.explaining(read()) as explaining:
            return await explaining.explain(return_id)

    found = asyncio.run(ask())
    show(document(found), _lines(found), as_json)


def document(found: Explanation) -> dict[str, Any]:
    """Amounts as decimal strings of the invoice's currency."""
    figures = ("posted", "other_returns", "quote", "credit_memo", "difference")
    return {
        "return_id": found.return_id,
        "order_id": found.order_id,
        "invoice": found.invoice,
        "currency": found.currency,
        "lines": [
            {"line_id": line.line_id, "sku": line.sku, "units": line.units, "of": line.of, "reason": line.reason}
            | {
                "components": {
                    one.component: dict(zip(figures, _told(one, found.currency), strict=True)) for one in line.figures
                }
            }
            for line in found.lines
        ],
        "totals": {one.component: dict(zip(figures, _told(one, found.currency), strict=True)) for one in found.taxes},
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


def _told(figure: Figure, currency: str) -> tuple[str | None, ...]:
    numbers = (figure.posted, figure.others, figure.quoted, figure.credited, figure.difference)
    return tuple(None if number is None else Money(number, currency).decimal() for number in numbers)


def _decimal(amount: Money | None) -> str | None:
    return amount.decimal() if amount is not None else None


def _lines(found: Explanation) -> Iterator[str]:
    if found.quote is None:
        yield f"{found.return_id} of order {found.order_id} has no quote, so there is no number to explain"
        return
    yield f"{found.return_id} of order {found.order_id}, invoice {found.invoice}, {found.currency}"
    rows: list[tuple[object, ...]] = [
        ("line", "component", "posted", "other returns", "quote", "credit memo", "difference", "why")
    ]
    for line in found.lines:
        name = f"{line.line_id} {line.sku}".strip()
        for place, figure in enumerate(line.figures):
            why = line.reason if place == 0 else ""
            rows.append((name if place == 0 else "", figure.component, *_cells(figure, found.currency), why))
    rows += [("all lines", figure.component, *_cells(figure, found.currency), "") for figure in found.taxes]
    yield from table(rows)
    memo = f"{found.memo_number} {found.memo}" if found.memo is not None else "-"
    yield f"quote {found.quote}, agreed {found.agreed or '-'}, credit memo {memo}, payout {found.payout or '-'}"
    yield from (f"  paid: {tender} {amount}" for tender, amount in found.tenders)
    yield from (f"policy: {said}" for said in found.policies)
    yield from (f"differs: {remark}" for remark in found.remarks)


def _cells(figure: Figure, currency: str) -> tuple[str, ...]:
    return tuple("-" if cell is None else cell for cell in _told(figure, currency))
