"""What customers were told, in PostgreSQL: the notices of the outbox, sent or not."""

from __future__ import annotations

from sqlalchemy import select

from store.engine import Database
from store.outbox import NOTICE
from store.port import Sent
from store.tables import outbox


class PostgresMessages:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, return_id: str) -> tuple[Sent, ...]:
        mine = select(outbox).where(outbox.c.return_id == return_id, outbox.c.lane == NOTICE).order_by(outbox.c.id)
        async with self._database.statement() as connection:
            rows = (await connection.execute(mine)).all()
        return tuple(
            Sent(row.subject, row.version, row.created_at, row.delivered_at, row.dead_at, row.reason) for row in rows
        )
