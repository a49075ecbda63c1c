"""News of returns from PostgreSQL: LISTEN tells that something moved, the books tell what it is now."""

from __future__ import annotations

from collections.abc import AsyncIterator, Set
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from store.engine import Database
from store.hearing import hearing
from store.port import News
from store.recording import CHANNEL
from store.tables import moves, returns

_IDS = bindparam("ids", type_=ARRAY(Text))


def _newest() -> Select[Any]:
    """One row for each return: its newest version, and when that was recorded."""
    shop = returns.c.snapshot["shop"].as_string().label("shop")
    row = (returns.c.return_id, returns.c.version, returns.c.stage, returns.c.held, returns.c.region, shop)
    same = (moves.c.return_id == returns.c.return_id) & (moves.c.version == returns.c.version)
    return select(*row, moves.c.recorded_at).join(moves, same).order_by(moves.c.recorded_at, returns.c.return_id)


_OF_THESE = _newest().where(returns.c.return_id == func.any(_IDS))


class PostgresNews:
    """Takes one connection of the pool for as long as it listens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listening(self) -> AbstractAsyncContextManager[AsyncIterator[Set[str]]]:
        return hearing(self._database, CHANNEL)

    async def newest(self, return_ids: Set[str]) -> tuple[News, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_OF_THESE, {"ids": sorted(return_ids)})).all()
        return tuple(News(*row) for row in rows)

    async def since(self, at: datetime, most: int) -> tuple[News, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_newest().where(moves.c.recorded_at > at).limit(most))).all()
        return tuple(News(*row) for row in rows)

    async def now(self) -> datetime:
        async with self._database.statement() as connection:
            found: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
        return found
