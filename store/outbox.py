"""The outbox in PostgreSQL: what is owed to the outside, told, or given up for now. Written by returns.record()."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Text, Update, and_, bindparam, func, or_, select, update

from store.engine import Database
from store.port import DeadLetter
from store.tables import outbox

NOTICE = "notice"

# Composed once: that takes longer than to run them.
_UNDELIVERED = and_(
    outbox.c.return_id == bindparam("of"), outbox.c.lane == bindparam("in_lane"), outbox.c.delivered_at.is_(None)
)
_ABOUT, _UNTIL = bindparam("about", type_=Text), bindparam("until", type_=Integer)
_OPEN = select(outbox.c.id).where(_UNDELIVERED, outbox.c.subject == _ABOUT).limit(1)
_TOLD = (
    update(outbox)
    .where(_UNDELIVERED, or_(_ABOUT.is_(None), outbox.c.subject == _ABOUT))
    .where(or_(_UNTIL.is_(None), outbox.c.version <= _UNTIL))
    .values(delivered_at=func.now(), dead_at=None, reason="")
)
_GIVEN_UP = (
    update(outbox)
    .where(_UNDELIVERED, outbox.c.dead_at.is_(None))
    .values(dead_at=func.now(), reason=bindparam("because"))
)


class PostgresOutbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_notice(self, return_id: str, subject: str) -> bool:
        notice = {"of": return_id, "in_lane": NOTICE, "about": subject}
        async with self._database.statement() as connection:
            return (await connection.execute(_OPEN, notice)).first() is not None

    async def delivered(
        self, return_id: str, lane: str, subject: str | None = None, version: int | None = None
    ) -> None:
        await self._run(_TOLD, {"of": return_id, "in_lane": lane, "about": subject, "until": version})

    async def park(self, return_id: str, lane: str, reason: str) -> None:
        """What is dead already keeps the day it died and its reason."""
        await self._run(_GIVEN_UP, {"of": return_id, "in_lane": lane, "because": reason})

    async def dead_letters(self) -> tuple[DeadLetter, ...]:
        dead = select(outbox).where(outbox.c.dead_at.is_not(None), outbox.c.delivered_at.is_(None))
        async with self._database.statement() as connection:
            rows = (await connection.execute(dead.order_by(outbox.c.dead_at, outbox.c.id))).all()
        return tuple(DeadLetter(row.return_id, row.lane, row.subject, row.dead_at, row.reason) for row in rows)

    async def _run(self, change: Update, values: dict[str, Any]) -> None:
        async with self._database.statement() as connection:
            await connection.execute(change, values)
