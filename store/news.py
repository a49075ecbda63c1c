"""News of returns from PostgreSQL: LISTEN tells that something moved, the books tell what it is now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from store.engine import Database
from store.port import News, StoreUnavailable
from store.recording import CHANNEL
from store.tables import moves, returns

# A network that forgets connections does so in silence; asked this often, a lost one is noticed.
_QUIET_SECONDS = 20.0
_IDS = bindparam("ids", type_=ARRAY(Text))


def _newest() -> Select[Any]:
    """One row for each return: its newest version, and when that was recorded."""
    row = (returns.c.return_id, returns.c.version, returns.c.stage, returns.c.held, returns.c.region, returns.c.shop)
    same = (moves.c.return_id == returns.c.return_id) & (moves.c.version == returns.c.version)
    return select(*row, moves.c.recorded_at).join(moves, same).order_by(moves.c.recorded_at, returns.c.return_id)


_OF_THESE = _newest().where(returns.c.return_id == func.any(_IDS))


class PostgresNews:
    """Takes one connection of the pool for as long as it listens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[AsyncIterator[Set[str]]]:
        told: asyncio.Queue[str | None] = asyncio.Queue()
        async with self._database.statement() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection

            def hear(_connection: Any, _process: int, _channel: str, return_id: str) -> None:
                told.put_nowait(return_id)

            def lost(_connection: Any) -> None:
                told.put_nowait(None)

            driver.add_termination_listener(lost)
            await driver.add_listener(CHANNEL, hear)
            try:
                yield _bursts(told, driver)
            finally:
                driver.remove_termination_listener(lost)
                if not driver.is_closed():
                    await driver.remove_listener(CHANNEL, hear)

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


async def _bursts(told: asyncio.Queue[str | None], driver: Any) -> AsyncIterator[Set[str]]:
    while True:
        try:
            heard = {await asyncio.wait_for(told.get(), _QUIET_SECONDS)}
        except TimeoutError:
            await _ask(driver)
            continue
        while not told.empty():
            heard.add(told.get_nowait())
        if None in heard:
            raise StoreUnavailable("PostgreSQL ended the connection that listened for news")
        yield {one for one in heard if one is not None}


async def _ask(driver: Any) -> None:
    try:
        await driver.execute("SELECT 1")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise StoreUnavailable("PostgreSQL does not answer on the connection that listens for news") from error
