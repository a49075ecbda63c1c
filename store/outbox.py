"""The outbox in PostgreSQL: what is owed to the outside, told, or given up for now. Written by returns.record()."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Update, func, select, update

from store.engine import Database
from store.port import DeadLetter
from store.tables import outbox

NOTICE = "notice"


class PostgresOutbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_notice(self, return_id: str, subject: str) -> bool:
        owed = select(outbox.c.id).where(
            outbox.c.return_id == return_id,
            outbox.c.lane == NOTICE,
            outbox.c.subject == subject,
            outbox.c.delivered_at.is_(None),
        )
        async with self._database.transaction() as connection:
            return (await connection.execute(owed.limit(1))).first() is not None

    async def delivered(
        self, return_id: str, lane: str, subject: str | None = None, version: int | None = None
    ) -> None:
        told = _undelivered(return_id, lane)
        if version is not None:
            told = told.where(outbox.c.version <= version)
        if subject is not None:
            told = told.where(outbox.c.subject == subject)
        await self._run(told.values(delivered_at=func.now(), dead_at=None, reason=""))

    async def park(self, return_id: str, lane: str, reason: str) -> None:
        """What is dead already keeps the day it died and its reason."""
        given_up = _undelivered(return_id, lane).where(outbox.c.dead_at.is_(None))
        await self._run(given_up.values(dead_at=func.now(), reason=reason))

    async def dead_letters(self) -> tuple[DeadLetter, ...]:
        dead = select(outbox).where(outbox.c.dead_at.is_not(None), outbox.c.delivered_at.is_(None))
        async with self._database.transaction() as connection:
            rows = (await connection.execute(dead.order_by(outbox.c.dead_at, outbox.c.id))).all()
        return tuple(DeadLetter(row.return_id, row.lane, row.subject, row.dead_at, row.reason) for row in rows)

    async def _run(self, change: Update) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(change)


def _undelivered(return_id: str, lane: str) -> Update:
    mine: Any = (outbox.c.return_id == return_id) & (outbox.c.lane == lane)
    return update(outbox).where(mine, outbox.c.delivered_at.is_(None))
