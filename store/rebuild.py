"""The ledger's pages, for people who compare: what is held of an order's invoice, and that same page set right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.books import PostedCredit
from domain.invoice import Invoice
from domain.ledger import Entry, LedgerPage, PostedLine, State, amounts, taxes_of
from domain.rebuilding import Rebuilt, rebuild
from store import auditing, footing, locks
from store.engine import Database
from store.port import Act, LedgerMoved
from store.port.audit import UNNAMED
from store.posted import write_anew, write_down
from store.tables import ledger_entries, ledger_lines


class PostgresLedgerBooks:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_order(self, order_id: str) -> tuple[LedgerPage, ...]:
        wanted = select(ledger_lines.c.invoice_id).where(ledger_lines.c.order_id == order_id).distinct()
        async with self._database.transaction() as connection:
            invoices = (await connection.execute(wanted.order_by(ledger_lines.c.invoice_id))).scalars().all()
            return tuple([await _page(connection, invoice_id) for invoice_id in invoices])

    async def page(self, invoice: Invoice) -> LedgerPage:
        async with self._database.transaction() as connection:
            return await _page(connection, invoice.invoice_id, invoice)

    async def rebuild(self, seen: LedgerPage, invoice: Invoice, posted: tuple[PostedCredit, ...]) -> Rebuilt:
        rebuilt = rebuild(seen, invoice, posted)
        async with self._database.transaction() as connection:
            for holder in sorted({entry.holder for entry in (*seen.entries, *rebuilt.page.entries)}):
                await locks.return_of_ledger(connection, holder)
            await write_down(connection, invoice)
            await locks.invoice_lines(connection, invoice.invoice_id)
            kept = await _page(connection, invoice.invoice_id, invoice)
            if kept.entries != seen.entries:
                number = invoice.number
                raise LedgerMoved(f"the ledger of invoice {number} moved while the ERP was read; nothing was written")
            await _write(connection, invoice, seen.entries, rebuilt.page.entries)
            if rebuilt.corrections:
                # What open returns were promised was worked out on other figures.
                await footing.others_look_again(connection, "", invoice.invoice_id)
                await auditing.append(connection, _act(invoice, rebuilt))
        return rebuilt


def _act(invoice: Invoice, rebuilt: Rebuilt) -> Act:
    named = [(f"{one.line_id} {one.component}, {one.document}", one) for one in rebuilt.corrections]
    before = {name: str(one.ours) for name, one in named}
    after = {name: str(one.theirs) for name, one in named}
    about = f"invoice:{invoice.invoice_id}"
    return Act("ledger", UNNAMED, "ledger:rebuild", about, "as the ERP has it", before, after)


async def _page(connection: AsyncConnection, invoice_id: str, invoice: Invoice | None = None) -> LedgerPage:
    """As the tables have it; of an invoice not seen yet, an empty page."""
    lines = await connection.execute(
        select(ledger_lines).where(ledger_lines.c.invoice_id == invoice_id).order_by(ledger_lines.c.line_id)
    )
    entries = await connection.execute(
        select(ledger_entries)
        .where(ledger_entries.c.invoice_id == invoice_id)
        .order_by(ledger_entries.c.return_id, ledger_entries.c.line_id)
    )
    rows = lines.all()
    order_id, currency = (invoice.order_id, invoice.currency) if invoice else ("", "")
    if rows:
        order_id, currency = rows[0].order_id, rows[0].currency
    return LedgerPage(invoice_id, order_id, currency, _lines(rows), _entries(entries.all()))


def _lines(rows: Sequence[Row[Any]]) -> tuple[PostedLine, ...]:
    return tuple(PostedLine(row.line_id, row.quantity, amounts(row.net, row.taxes)) for row in rows)


def _entries(rows: Sequence[Row[Any]]) -> tuple[Entry, ...]:
    return tuple(
        Entry(row.return_id, row.line_id, row.quantity, row.value, amounts(row.net, row.taxes), State(row.state))
        for row in rows
    )


async def _write(
    connection: AsyncConnection, invoice: Invoice, before: tuple[Entry, ...], after: tuple[Entry, ...]
) -> None:
    # Lines are changed in place: who waits for the lock of one that was made anew would wait for nothing.
    for line in invoice.lines:
        await write_anew(connection, invoice, line)
    left = [line.line_id for line in invoice.lines]
    mine = ledger_lines.c.invoice_id == invoice.invoice_id
    await connection.execute(delete(ledger_lines).where(mine, ledger_lines.c.line_id.not_in(left)))
    # What is reserved and stays is not touched.
    for entry in before:
        if entry not in after:
            await connection.execute(delete(ledger_entries).where(_key(invoice, entry)))
    rows = [
        {
            "invoice_id": invoice.invoice_id, "return_id": entry.holder, "line_id": entry.line_id,
            "quantity": entry.quantity, "value": entry.value, "net": entry.parts.get("net", 0),
            "taxes": taxes_of(entry.parts), "state": str(entry.state),
        }
        for entry in after
        if entry not in before
    ]  # fmt: skip
    if rows:
        await connection.execute(insert(ledger_entries), rows)


def _key(invoice: Invoice, entry: Entry) -> ColumnElement[bool]:
    return (
        (ledger_entries.c.invoice_id == invoice.invoice_id)
        & (ledger_entries.c.return_id == entry.holder)
        & (ledger_entries.c.line_id == entry.line_id)
    )
