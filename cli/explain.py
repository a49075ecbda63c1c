"""The command that explains a return's money, line by line from the invoice to the payout."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import fields

import typer

from cli.desk import Id, Url, either
from cli.output import Json, show, table
from cli.remote import read
from client import Backhaul
from domain import ids
from runtime import settings, wiring
from runtime.documents import document_of
from runtime.views.explanation import ExplanationView, FigureView, view_of
from runtime.views.money import MoneyDocument


def register(app: typer.Typer) -> None:
    app.command()(explain)


def explain(return_id: Id, url: Url = None, as_json: Json = False) -> None:
    """Every number of a return: posted, with other returns, quoted, credited, paid, and where they differ and why."""

    found = either(url, lambda api: _far(api, return_id), lambda: asyncio.run(_near(return_id)))
    show(document_of(found), _lines(found), as_json)


async def _near(return_id: str) -> ExplanationView:
    async with wiring.explaining(settings.read()) as explaining:
        return view_of(await explaining.explain(return_id))


def _far(api: Backhaul, return_id: str) -> ExplanationView:
    """The money view has more, which is left out."""
    told = read(MoneyDocument, api.money(ids.check_return_id(return_id)))
    return ExplanationView(**{part.name: getattr(told, part.name) for part in fields(ExplanationView)})


def _lines(found: ExplanationView) -> Iterator[str]:
    if found.quote is None:
        yield f"{found.return_id} of order {found.order_id} has no quote, so there is no number to explain"
        return
    yield f"{found.return_id} of order {found.order_id}, invoice {found.invoice}, {found.currency}"
    rows: list[tuple[object, ...]] = [
        ("line", "component", "posted", "other returns", "quote", "credit memo", "difference", "why")
    ]
    for line in found.lines:
        name = f"{line.line_id} {line.sku}".strip()
        for place, (component, figure) in enumerate(line.components.items()):
            why = line.reason if place == 0 else ""
            rows.append((name if place == 0 else "", component, *_cells(figure), why))
    rows += [("all lines", component, *_cells(figure), "") for component, figure in found.totals.items()]
    yield from table(rows)
    memo, paid = found.credit_memo, found.payout
    credited = f"{memo.number} {_amount(memo.total, found)}" if memo.total is not None else "-"
    amounts = [_amount(one, found) for one in (found.quote, found.agreed, paid.total)]
    yield f"quote {amounts[0]}, agreed {amounts[1]}, credit memo {credited}, payout {amounts[2]}"
    yield from (f"  paid: {one.tender} {_amount(one.amount, found)}" for one in paid.tenders)
    yield from (f"policy: {said}" for said in found.policies)
    yield from (f"differs: {remark}" for remark in found.remarks)


def _amount(decimal: str | None, found: ExplanationView) -> str:
    return f"{decimal} {found.currency}" if decimal is not None else "-"


def _cells(one: FigureView) -> tuple[str, ...]:
    return one.posted, one.other_returns, one.quote, one.credit_memo or "-", one.difference
