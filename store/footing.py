"""What a reservation stands on: by itself, or on goods that other returns only have reserved and may still withdraw.

Shipping given back when everything is back, and corrections of a promotion or a bundle, depend on the other returns of
the invoice. They are promised as long as nobody withdraws, but posted only on what is certain:

- FIRM: the same with or without what others only reserved. It may post.
- LEANING: not the same, or somebody else's part changed since. It is worked out again before it posts.
- YIELDED: worked out again on what is certain alone, and not the same. It may post unless more became certain since;
  what it gave up is then looked for by the others.
- POSTING: its credit memo is being posted, so that nobody withdraws it any more: certain for the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import WrongStage
from domain.invoice import SHIPPING_LINE, is_adjustment
from domain.refund import CreditLine
from store import locks
from store.tables import ledger_entries

FIRM, LEANING, YIELDED, POSTING = "firm", "leaning", "yielded", "posting"

# Composed once: that takes longer than to run them.
_HELD = select(ledger_entries).where(
    ledger_entries.c.return_id == bindparam("return_id"), ledger_entries.c.state != "released"
)
_POSTS = text("UPDATE ledger_entries SET footing = 'posting' WHERE return_id = :return_id AND state = 'reserved'")
_LOOK_AGAIN = text("""
    UPDATE ledger_entries SET footing = 'leaning'
    WHERE invoice_id = :invoice_id AND return_id <> :return_id AND state = 'reserved' AND footing = ANY(:footings)
""")


def certain(entry: Row[Any]) -> bool:
    return bool(entry.state == "reversed" or entry.footing == POSTING)


async def begin_posting(connection: AsyncConnection, return_id: str) -> bool:
    """False, and nothing changed, when it leans on others. The return's lock is held."""
    mine = await _held(connection, return_id)
    if not mine:
        raise WrongStage(f"return {return_id} has no reservation that its credit memo could reverse")
    await locks.invoice_lines(connection, mine[0].invoice_id)
    # Read again: until the lock was ours, another return may have set it.
    mine = [entry for entry in await _held(connection, return_id) if entry.state == "reserved"]
    if any(entry.footing == LEANING for entry in mine):
        return False
    if mine:
        moved = (YIELDED,) if mine[0].footing != YIELDED else (FIRM, YIELDED)
        await others_look_again(connection, return_id, mine[0].invoice_id, moved)
    await connection.execute(_POSTS, {"return_id": return_id})
    return True


async def leaves(connection: AsyncConnection, return_id: str, lines: tuple[CreditLine, ...] = ()) -> None:
    """The return's reservation becomes `lines`: what it had of shipping and corrections and no longer has, others may
    be due. Takes the invoice's lock when it had anything; the return's lock is held."""
    mine = await _held(connection, return_id)
    if mine:
        await locks.invoice_lines(connection, mine[0].invoice_id)
    now = {line.line_id: (line.net, line.taxes) for line in lines}
    if any(_shared(entry.line_id) and now.get(entry.line_id) != (entry.net, entry.taxes) for entry in mine):
        await others_look_again(connection, return_id, mine[0].invoice_id)


async def others_look_again(
    connection: AsyncConnection, return_id: str, invoice_id: str, footings: tuple[str, ...] = (FIRM, YIELDED)
) -> None:
    """Of the other open returns, those that stand on one of `footings`. The invoice's lines are locked."""
    which = {"invoice_id": invoice_id, "return_id": return_id, "footings": list(footings)}
    await connection.execute(_LOOK_AGAIN, which)


def of(promised: Mapping[bool, tuple[CreditLine, ...]], on_certain: bool) -> str:
    """The footing of a reservation worked out `on_certain` ground or not; `promised` has both results."""
    if promised[True] == promised[False]:
        return FIRM
    return YIELDED if on_certain else LEANING


async def _held(connection: AsyncConnection, return_id: str) -> Sequence[Row[Any]]:
    return (await connection.execute(_HELD, {"return_id": return_id})).all()


def _shared(line_id: str) -> bool:
    return line_id == SHIPPING_LINE or is_adjustment(line_id)
