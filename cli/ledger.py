"""Commands about the reversal ledger of an order: show it, and rebuild it from the ERP's documents."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import astuple
from typing import Annotated, TypeVar

import typer

from cli.output import Json, show, table
from domain.errors import BadInput
from domain.ledger import Entry, LedgerPage, Shortage, State
from domain.money import Money
from domain.rebuilding import Correction
from runtime import wiring
from runtime.bookkeeping import Bookkeeping
from runtime.documents import document_of
from runtime.settings import read
from runtime.views import ledger as documents
from runtime.views.ledger import figure

T = TypeVar("T")
Order = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id in the shop.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Compare and say what would change; write nothing.")]
_ORDER = re.compile(r"[\x21-\x7e]{1,64}")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The reversal ledger of an order.", no_args_is_help=True)
    group.command("show")(show_order)
    group.command("rebuild")(rebuild)
    app.add_typer(group, name="ledger")


def show_order(order: Order, as_json: Json = False) -> None:
    """What the invoice posted, who took what of it, and what is left. Reads PostgreSQL only."""
    pages = _ask(order, lambda books: books.show(order))
    if not pages:
        raise BadInput("order", f"the ledger has nothing of {order}: nothing of it was ever returned")
    lines = []
    for page, short in pages:
        lines += [f"invoice {page.invoice_id} of order {page.order_id}, {page.currency}", *_page_lines(page)]
        lines += _shortage_lines(short, page.currency)
    document = {"order_id": order, "invoices": [document_of(documents.of_page(page, short)) for page, short in pages]}
    show(document, lines, as_json)


def rebuild(order: Order, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Compare with the ERP's invoice and credit memos, print every difference, and set the ledger right.

    What open returns have reserved stays."""
    compared = _ask(order, lambda books: books.rebuild(order, write=not dry_run))
    rebuilt = compared.rebuilt
    currency = rebuilt.page.currency
    rows = [
        (f"line {one.line_id}", one.component, *_pair(one, currency), f"by {one.document}")
        for one in rebuilt.corrections
    ]
    lines = [f"invoice {compared.invoice}, {currency}, credit memos in the ERP: {len(compared.credits)}"]
    lines += table(rows) if rows else ["the ledger and the ERP agree"]
    lines += [
        f"credit memo {one.document} also credits {Money(one.total, currency)} that is on no line of the invoice"
        for one in rebuilt.unplaced
    ]
    lines += _shortage_lines(rebuilt.shortages, currency)
    if rows:
        lines.append("the ledger is set right" if compared.written else "nothing was written")
    show(documents.of_comparison(order, compared), lines, as_json)


def _ask(order: str, question: Callable[[Bookkeeping], Awaitable[T]]) -> T:
    if not _ORDER.fullmatch(order):
        raise BadInput("order", "must be 1 to 64 printable ASCII characters without spaces, such as 5001")

    async def run() -> T:
        async with wiring.bookkeeping(read()) as books:
            return await question(books)

    return asyncio.run(run())


def _page_lines(page: LedgerPage) -> list[str]:
    rows: list[tuple[str, ...]] = [("line", "component", "posted", "reserved", "reversed", "left")]
    rows += [astuple(line) for line in documents.lines_of(page)]
    held = [
        (f"{entry.holder} {entry.state}", f"line {entry.line_id}", f"{entry.quantity} units", _amount(entry, page))
        for entry in page.entries
        if entry.state is not State.RELEASED
    ]
    return table(rows) + (table(held) if held else ["nobody holds anything of it"])


def _amount(entry: Entry, page: LedgerPage) -> Money:
    return Money(sum(entry.parts.values()), page.currency)


def _shortage_lines(short: tuple[Shortage, ...], currency: str) -> list[str]:
    lines = []
    for one in short:
        missing = figure(one.component, one.missing, currency)
        names = ", ".join(f"{holder} ({figure(one.component, held, currency)})" for holder, held in one.holders)
        whose = f"short: {names}" if names else "by credit memos alone"
        lines.append(f"line {one.line_id} {one.component}: {missing} more is taken than was posted; {whose}")
    return lines


def _pair(one: Correction, currency: str) -> tuple[str, str]:
    ours, theirs = (figure(one.component, count, currency) for count in (one.ours, one.theirs))
    return f"ours {ours}", f"theirs {theirs}"
