"""The command that explains a return's money, line by line from the invoice to the payout. Reads PostgreSQL only."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import typer

from cli.desk import Id
from cli.output import Json, show, table
from domain.explanation import Explanation, Figure
from runtime import wiring
from runtime.documents import document_of
from runtime.settings import read
from runtime.views.explanation import told, view_of


def register(app: typer.Typer) -> None:
    app.command()(explain)


def explain(return_id: Id, as_json: Json = False) -> None:
    """Every number of a return: posted, with other returns, quoted, credited, paid, and where they differ and why."""

    async def ask() -> Explanation:
        async with wiring.explaining(read()) as explaining:
            return await explaining.explain(return_id)

    found = asyncio.run(ask())
    show(document_of(view_of(found)), _lines(found), as_json)


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
    one = told(figure, currency)
    return one.posted, one.other_returns, one.quote, one.credit_memo or "-", one.difference
