"""The locks by name, in the one order in which they are taken. All end with their transaction.

1. schema             one upgrade at a time
2. return_of_ledger   one question about a return's reservation at a time; of several returns, in the order of their ids
3. invoice_lines      the posted lines of one invoice, in line order: who reserves of them or changes an entry of theirs
4. (returns)          the row of a return, taken by the upsert in recording.py, never together with 2 or 3
5. identity           one change of who is who at a time, never together with 2 to 4
6. audit_signing      one checkpoint, or one cut of the audit's old acts at a time
7. audit_heads        the end of a stream of acts, by audit_append (migration 11): after all others; of several streams
                      in the order of their names
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables import ledger_lines

# Composed once: that takes longer than to run them.
_NAMED = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_INVOICE_LINES = (
    select(ledger_lines)
    .where(ledger_lines.c.invoice_id == bindparam("invoice"))
    .order_by(ledger_lines.c.line_id)
    .with_for_update()
)


async def schema(connection: AsyncConnection) -> None:
    # Another's upgrade may rightly take longer than any lock of daily work.
    await connection.execute(text("SET LOCAL lock_timeout = 0"))
    await _named(connection, "schema")


async def return_of_ledger(connection: AsyncConnection, return_id: str) -> None:
    """By name, since a return without entries has no row to lock."""
    await _named(connection, f"ledger:{return_id}")


async def invoice_lines(connection: AsyncConnection, invoice_id: str) -> Sequence[Row[Any]]:
    """Lock and answer all ledger lines of the invoice."""
    return (await connection.execute(_INVOICE_LINES, {"invoice": invoice_id})).all()


async def identity(connection: AsyncConnection) -> None:
    """One for all: two records of one person may have no row and no key in common before they are compared."""
    await _named(connection, "identity")


async def audit_signing(connection: AsyncConnection) -> None:
    """One checkpoint or one cut of retention at a time; before the ends of streams."""
    await _named(connection, "audit")


async def _named(connection: AsyncConnection, name: str) -> None:
    await connection.execute(_NAMED, {"name": f"backhaul:{name}"})
