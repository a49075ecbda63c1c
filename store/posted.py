"""The posted side of the ledger: an invoice's lines as first seen, and what other returns took of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import Refusal
from domain.invoice import Invoice, InvoiceLine
from domain.reversal import Taken
from store import footing, locks
from store.tables import ledger_entries, ledger_lines

# Composed once: that takes longer than to run them. The lines come in the order in which they are given.
_WRITE_DOWN = text("""
    INSERT INTO ledger_lines (invoice_id, line_id, order_id, currency, quantity, net, taxes)
    SELECT invoice_id, line_id, order_id, currency, quantity, net, taxes
    FROM jsonb_populate_recordset(NULL::ledger_lines, CAST(:rows AS jsonb))
    ON CONFLICT DO NOTHING
""")
_OF_OTHERS = select(ledger_entries).where(
    ledger_entries.c.invoice_id == bindparam("invoice_id"),
    ledger_entries.c.return_id != bindparam("return_id"),
    ledger_entries.c.state != "released",
)


@dataclass(frozen=True, slots=True)
class Others:
    """What all other returns hold of an invoice, by line; `certain` is that of it which nobody withdraws any more."""

    taken: dict[str, Taken]
    certain: dict[str, Taken]


async def taken_by_others(connection: AsyncConnection, return_id: str, invoice: Invoice) -> Others:
    """Lock the invoice's lines and answer what all returns but this one hold of them.

    Lines not seen before are written down. A line the ERP posts differently by now is written anew as long as nothing
    is taken of it; after that it raises Refusal, because the parts could no longer sum to the whole.
    """
    await write_down(connection, invoice)
    stored = {row.line_id: row for row in await locks.invoice_lines(connection, invoice.invoice_id)}
    entries = await _entries(connection, return_id, invoice.invoice_id)
    taken = _by_line(entries)
    for line_id, posted in stored.items():
        line = invoice.line(line_id)
        if line is None or _changed(posted, line, invoice.currency):
            if line_id in taken:
                raise Refusal(_sentence(invoice, posted, line))
            if line is not None:
                await write_anew(connection, invoice, line)
    return Others(taken, _by_line([entry for entry in entries if footing.certain(entry)]))


async def write_down(connection: AsyncConnection, invoice: Invoice) -> None:
    # In line order, as the lock: two first-comers wait for each other, they do not cross.
    rows = [_row(invoice, line) for line in sorted(invoice.lines, key=lambda line: line.line_id)]
    if rows:
        await connection.execute(_WRITE_DOWN, {"rows": json.dumps(rows)})


async def write_anew(connection: AsyncConnection, invoice: Invoice, line: InvoiceLine) -> None:
    key = (ledger_lines.c.invoice_id == invoice.invoice_id) & (ledger_lines.c.line_id == line.line_id)
    await connection.execute(update(ledger_lines).where(key).values(_row(invoice, line)))


async def _entries(connection: AsyncConnection, return_id: str, invoice_id: str) -> Sequence[Row[Any]]:
    return (await connection.execute(_OF_OTHERS, {"return_id": return_id, "invoice_id": invoice_id})).all()


def _by_line(entries: Sequence[Row[Any]]) -> dict[str, Taken]:
    taken: dict[str, Taken] = {}
    for entry in entries:
        so_far = taken.get(entry.line_id, Taken())
        codes = {**so_far.taxes, **entry.taxes}
        taken[entry.line_id] = Taken(
            so_far.quantity + entry.quantity,
            so_far.value + entry.value,
            so_far.net + entry.net,
            {code: so_far.taxes.get(code, 0) + entry.taxes.get(code, 0) for code in codes},
        )
    return taken


def _row(invoice: Invoice, line: InvoiceLine) -> dict[str, Any]:
    return {
        "invoice_id": invoice.invoice_id,
        "line_id": line.line_id,
        "order_id": invoice.order_id,
        "currency": invoice.currency,
        "quantity": line.quantity,
        "net": line.net,
        "taxes": line.taxes,
    }


def _changed(stored: Row[Any], line: InvoiceLine, currency: str) -> bool:
    was = (stored.quantity, stored.net, stored.taxes, stored.currency)
    return was != (line.quantity, line.net, line.taxes, currency)


def _sentence(invoice: Invoice, stored: Row[Any], line: InvoiceLine | None) -> str:
    was = f"{stored.quantity} units, net {stored.net}, taxes {stored.taxes} {stored.currency}"
    now = f"{line.quantity} units, net {line.net}, taxes {line.taxes} {invoice.currency}" if line else "not there"
    return (
        f"line {stored.line_id} of invoice {invoice.number} was posted as {was} when a return first took of it, and is "
        f"{now} today; finance must settle which is right before more of it is credited"
    )
