"""Entries of the ledger at the ERP's amounts, where those are not what we had worked out.

A quote the ERP prices otherwise is held at the ERP's amounts, so that what the customer is shown is what is kept for
them. A credit memo is recorded as it was posted, also when that is more than the invoice had left: it cannot be
unposted by not writing it down. See docs/adr/0013-the-ledger-records-what-was-posted.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoice import is_adjustment
from domain.ledger import Amounts, added, amounts, lacking, taxes_of
from domain.refund import CreditLine, Difference
from domain.units import FULL_VALUE
from store import locks
from store.tables import ledger_entries

# Composed once: that takes longer than to run it.
_OWN = select(ledger_entries).where(
    ledger_entries.c.return_id == bindparam("return_id"), ledger_entries.c.state == bindparam("in_state")
)


async def own(connection: AsyncConnection, return_id: str, state: str) -> Sequence[Row[Any]]:
    return (await connection.execute(_OWN, {"return_id": return_id, "in_state": state})).all()


def same(held: Sequence[Row[Any]], lines: tuple[CreditLine, ...]) -> bool:
    """Do the entries hold exactly these amounts."""
    ours = {row.line_id: amounts(row.net, row.taxes) for row in held}
    return _worth_something(ours) == _worth_something(_by_line(lines))


async def put(
    connection: AsyncConnection, held: Sequence[Row[Any]], lines: tuple[CreditLine, ...], state: str
) -> tuple[Difference, ...]:
    """Replace the entries of a return by these amounts; answers where the invoice has less left than they take.

    A line keeps the units and the value it was reserved with, also when it is worth nothing and the ERP leaves it out.
    What the ERP credits besides counts as whole units."""
    return_id, invoice_id = held[0].return_id, held[0].invoice_id
    posted = {row.line_id: amounts(row.net, row.taxes) for row in await locks.invoice_lines(connection, invoice_id)}
    before = {row.line_id: row for row in held}
    wanted = {line_id: Amounts() for line_id, row in before.items() if not amounts(row.net, row.taxes)} | _by_line(
        lines
    )
    rows = []
    for line_id, parts in wanted.items():
        known = before.get(line_id)
        units = 0 if is_adjustment(line_id) else sum(line.quantity for line in lines if line.line_id == line_id)
        rows.append({
            "return_id": return_id, "invoice_id": invoice_id, "line_id": line_id, "state": state,
            "quantity": known.quantity if known else units, "value": known.value if known else units * FULL_VALUE,
            "net": parts.get("net", 0),
            "taxes": taxes_of(parts), "footing": held[0].footing,
        })  # fmt: skip
    await connection.execute(delete(ledger_entries).where(ledger_entries.c.return_id == return_id))
    if rows:
        await connection.execute(insert(ledger_entries), rows)
    taken = await _taken(connection, invoice_id)
    found = []
    for line_id, parts in wanted.items():
        over = lacking(posted.get(line_id, {}), taken[line_id]) if line_id in posted else {}
        for component in over.keys() & parts.keys():
            left = parts[component] - over[component]
            found.append(Difference(f"{line_id} {component}, left of the invoice", left, parts[component]))
    return tuple(found)


async def _taken(connection: AsyncConnection, invoice_id: str) -> dict[str, Amounts]:
    held = (ledger_entries.c.invoice_id == invoice_id) & (ledger_entries.c.state != "released")
    found: dict[str, Amounts] = {}
    for row in (await connection.execute(select(ledger_entries).where(held))).all():
        found[row.line_id] = added(found.get(row.line_id, {}), amounts(row.net, row.taxes))
    return found


def _by_line(lines: Iterable[CreditLine]) -> dict[str, Amounts]:
    found: dict[str, Amounts] = {}
    for line in lines:
        found[line.line_id] = added(found.get(line.line_id, {}), amounts(line.net, line.taxes))
    return found


def _worth_something(by_line: dict[str, Amounts]) -> dict[str, Amounts]:
    return {line_id: parts for line_id, parts in by_line.items() if parts}
