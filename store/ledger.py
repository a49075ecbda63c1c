"""The reversal ledger in PostgreSQL: nobody is promised more of an invoice line than was posted and not yet taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Update, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import BadInput, WrongStage
from domain.invoice import SHIPPING_LINE, Invoice, InvoiceLine
from domain.refund import CreditLine
from domain.reversal import Taken, reverse
from domain.units import FULL_VALUE
from store import locks
from store.engine import Database
from store.port import LedgerAsk, LedgerLine
from store.posted import taken_by_others
from store.tables import ledger_entries, ledger_lines

RESERVED, REVERSED, RELEASED = "reserved", "reversed", "released"


class PostgresLedger:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(
        self, return_id: str, invoice: Invoice, asks: tuple[LedgerAsk, ...], with_shipping: bool
    ) -> tuple[CreditLine, ...]:
        asked = _lines(invoice, asks)
        async with self._database.transaction() as connection:
            await locks.return_of_ledger(connection, return_id)
            if await _posted_credit(connection, return_id):
                raise WrongStage(f"return {return_id} has posted its credit; nothing more can be reserved for it")
            taken = await taken_by_others(connection, return_id, invoice)
            if with_shipping:
                asked += _shipping(invoice, asks, taken)
            parts = [reverse(line, taken.get(line.line_id, Taken()), ask.quantity, ask.value) for line, ask in asked]
            await _forget(connection, return_id)
            if parts:
                rows = [_entry(return_id, invoice, ask, part) for (_, ask), part in zip(asked, parts, strict=True)]
                await connection.execute(insert(ledger_entries), rows)
        return tuple(parts)

    async def release(self, return_id: str) -> None:
        async with self._database.transaction() as connection:
            await locks.return_of_ledger(connection, return_id)
            await connection.execute(_reserved_of(return_id).values(state=RELEASED))

    async def reverse(self, return_id: str) -> None:
        """Raises WrongStage when nothing is reserved or reversed: a credit memo that nobody had promised."""
        async with self._database.transaction() as connection:
            await locks.return_of_ledger(connection, return_id)
            await connection.execute(_reserved_of(return_id).values(state=REVERSED))
            if not await _posted_credit(connection, return_id):
                raise WrongStage(f"return {return_id} has no reservation that its credit memo could reverse")

    async def lines(self, invoice_id: str) -> tuple[LedgerLine, ...]:
        same_line = (ledger_entries.c.invoice_id == ledger_lines.c.invoice_id) & (
            ledger_entries.c.line_id == ledger_lines.c.line_id
        )
        entry = [ledger_entries.c[name].label(f"entry_{name}") for name in ("net", "taxes", "state")]
        # One statement, so that what is read is one moment.
        wanted = select(ledger_lines, *entry).select_from(ledger_lines.outerjoin(ledger_entries, same_line))
        wanted = wanted.where(ledger_lines.c.invoice_id == invoice_id).order_by(ledger_lines.c.line_id)
        async with self._database.statement() as connection:
            rows = (await connection.execute(wanted)).all()
        return tuple(_components(rows))


def _lines(invoice: Invoice, asks: tuple[LedgerAsk, ...]) -> list[tuple[InvoiceLine, LedgerAsk]]:
    """Each ask with its invoice line. Raises BadInput for an unknown line, one named twice, or a negative number."""
    found = []
    for ask in asks:
        line = invoice.line(ask.line_id)
        if line is None:
            raise BadInput("line_id", f"{ask.line_id} is not on invoice {invoice.number}")
        if ask.quantity < 0 or ask.value < 0:
            raise BadInput(
                "quantity", f"{ask.quantity} units worth {ask.value} of line {ask.line_id} cannot be reserved"
            )
        found.append((line, ask))
    if len({ask.line_id for ask in asks}) < len(asks):
        raise BadInput("line_id", "every invoice line may be asked for once only")
    return found


def _shipping(
    invoice: Invoice, asks: tuple[LedgerAsk, ...], taken: dict[str, Taken]
) -> list[tuple[InvoiceLine, LedgerAsk]]:
    """The shipping line, when with these asks every goods line is back in full and nobody took the shipping yet."""
    line = invoice.line(SHIPPING_LINE)
    mine = {ask.line_id: ask.value for ask in asks}
    if line is None or SHIPPING_LINE in mine or taken.get(SHIPPING_LINE, Taken()).value:
        return []
    for goods in invoice.lines:
        back = taken.get(goods.line_id, Taken()).value + mine.get(goods.line_id, 0)
        if goods.line_id != SHIPPING_LINE and back < goods.quantity * FULL_VALUE:
            return []
    return [(line, LedgerAsk(SHIPPING_LINE, line.quantity, line.quantity * FULL_VALUE))]


def _entry(return_id: str, invoice: Invoice, ask: LedgerAsk, credit: CreditLine) -> dict[str, Any]:
    return {
        "return_id": return_id,
        "invoice_id": invoice.invoice_id,
        "line_id": ask.line_id,
        "quantity": ask.quantity,
        "value": ask.value,
        "net": credit.net,
        "taxes": credit.taxes,
        "state": RESERVED,
    }


async def _posted_credit(connection: AsyncConnection, return_id: str) -> bool:
    mine = (ledger_entries.c.return_id == return_id) & (ledger_entries.c.state == REVERSED)
    return (await connection.execute(select(ledger_entries.c.line_id).where(mine).limit(1))).first() is not None


async def _forget(connection: AsyncConnection, return_id: str) -> None:
    """A revised quote replaces the former reservation; the timeline keeps the story, the ledger only what counts."""
    await connection.execute(delete(ledger_entries).where(ledger_entries.c.return_id == return_id))


def _reserved_of(return_id: str) -> Update:
    mine = (ledger_entries.c.return_id == return_id) & (ledger_entries.c.state == RESERVED)
    return update(ledger_entries).where(mine)


def _components(rows: Sequence[Row[Any]]) -> Iterator[LedgerLine]:
    """One row per entry and line (an entry of None where nothing was taken) -> one per line and component."""
    lines = {row.line_id: row for row in rows}
    for line_id, line in lines.items():
        sums: dict[tuple[str, str], int] = {}
        for row in rows:
            if row.line_id == line_id and row.entry_state is not None:
                for component, amount in _parts(row.entry_net, row.entry_taxes).items():
                    sums[component, row.entry_state] = sums.get((component, row.entry_state), 0) + amount
        for component, posted in _parts(line.net, line.taxes).items():
            held = sums.get((component, RESERVED), 0), sums.get((component, REVERSED), 0)
            yield LedgerLine(line_id, component, posted, *held)


def _parts(net: int, taxes: dict[str, int]) -> dict[str, int]:
    return {"net": net, **{f"tax {code}": tax for code, tax in sorted(taxes.items())}}
