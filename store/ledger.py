"""The reversal ledger in PostgreSQL: nobody is promised more of an invoice line than was posted and not yet taken."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.basis import Basis
from domain.errors import WrongStage
from domain.invoice import Invoice, is_adjustment
from domain.reckoning import Asked, Reckoning, reckon
from domain.refund import CreditLine, Difference
from domain.reversal import Taken
from domain.units import FULL_VALUE
from store import as_posted, footing, locks
from store.engine import Database
from store.port import LedgerLine, Reserved
from store.posted import Others, taken_by_others
from store.tables import ledger_entries, ledger_lines

RESERVED, REVERSED, RELEASED = "reserved", "reversed", "released"

# Composed once: that takes longer than to run them.
_HAS_POSTED = text("SELECT EXISTS (SELECT FROM ledger_entries WHERE return_id = :return_id AND state = 'reversed')")
_FORGET = text("DELETE FROM ledger_entries WHERE return_id = :return_id")
_KEEP = text("""
    INSERT INTO ledger_entries (return_id, invoice_id, line_id, quantity, value, net, taxes, state, footing)
    SELECT return_id, invoice_id, line_id, quantity, value, net, taxes, state, footing
    FROM jsonb_populate_recordset(NULL::ledger_entries, CAST(:rows AS jsonb))
""")
_BECOME = text("UPDATE ledger_entries SET state = :state WHERE return_id = :return_id AND state = 'reserved'")


class PostgresLedger:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(
        self, return_id: str, invoice: Invoice, asks: tuple[Asked, ...], basis: Basis, on_certain: bool = False
    ) -> Reserved:
        async with self._database.transaction() as connection:
            await locks.return_of_ledger(connection, return_id)
            if await _posted_credit(connection, return_id):
                raise WrongStage(f"return {return_id} has posted its credit; nothing more can be reserved for it")
            others = await taken_by_others(connection, return_id, invoice)
            found = _reckoned(invoice, others, asks, basis)
            stands = footing.of({certain: one.lines for certain, one in found.items()}, on_certain)
            mine = found[on_certain]
            if stands != footing.YIELDED:
                await footing.leaves(connection, return_id, mine.lines)
            await _forget(connection, return_id)
            if mine.lines:
                worth = {ask.line_id: ask.value for ask in asks}
                rows = [_entry(return_id, invoice, line, worth, stands) for line in mine.lines]
                await connection.execute(_KEEP, {"rows": json.dumps(rows)})
        return Reserved(mine.lines, mine.notes, stands == footing.LEANING)

    async def begin_posting(self, return_id: str) -> bool:
        async with self._database.transaction() as connection:
            await locks.return_of_ledger(connection, return_id)
            return await footing.begin_posting(connection, return_id)

    async def release(self, return_id: str) -> None:
        async with self._database.transaction() as connection:
            await locks.return_of_ledger(connection, return_id)
            await footing.leaves(connection, return_id)
            await connection.execute(_BECOME, {"return_id": return_id, "state": RELEASED})

    async def reprice(self, return_id: str, lines: tuple[CreditLine, ...]) -> tuple[Difference, ...]:
        async with self._database.transaction() as connection:
            await locks.return_of_ledger(connection, return_id)
            held = await as_posted.own(connection, return_id, RESERVED)
            if not held:
                raise WrongStage(f"return {return_id} has no reservation to hold at the ERP's amounts")
            return await as_posted.put(connection, held, lines, RESERVED)

    async def reverse(self, return_id: str, posted: tuple[CreditLine, ...]) -> None:
        async with self._database.transaction() as connection:
            await locks.return_of_ledger(connection, return_id)
            held = await as_posted.own(connection, return_id, RESERVED)
            if held and as_posted.same(held, posted):
                await locks.invoice_lines(connection, held[0].invoice_id)
                await connection.execute(_BECOME, {"return_id": return_id, "state": REVERSED})
            elif held:
                await as_posted.put(connection, held, posted, REVERSED)
            elif not await _posted_credit(connection, return_id):
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


def _reckoned(invoice: Invoice, others: Others, asks: tuple[Asked, ...], basis: Basis) -> dict[bool, Reckoning]:
    """With all that others hold counted as back (False), and with what is certain only (True)."""

    def reckoned(certain: dict[str, Taken]) -> Reckoning:
        by = (basis.policy, basis.terms, basis.reasons, basis.groups)
        return reckon(invoice, others.taken, asks, *by, certain=certain, content_with=basis.content_with)

    found = reckoned(others.taken)
    return {False: found, True: found if others.certain == others.taken else reckoned(others.certain)}


def _entry(return_id: str, invoice: Invoice, line: CreditLine, worth: dict[str, int], stands: str) -> dict[str, Any]:
    """Shipping is taken whole. What policies take off or give back has no units."""
    whole = 0 if is_adjustment(line.line_id) else line.quantity * FULL_VALUE
    return {
        "return_id": return_id,
        "invoice_id": invoice.invoice_id,
        "line_id": line.line_id,
        "quantity": line.quantity,
        "value": worth.get(line.line_id, whole),
        "net": line.net,
        "taxes": line.taxes,
        "state": RESERVED,
        "footing": stands,
    }


async def _posted_credit(connection: AsyncConnection, return_id: str) -> bool:
    return bool((await connection.execute(_HAS_POSTED, {"return_id": return_id})).scalar_one())


async def _forget(connection: AsyncConnection, return_id: str) -> None:
    """A revised quote replaces the former reservation; the timeline keeps the story, the ledger only what counts."""
    await connection.execute(_FORGET, {"return_id": return_id})


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
