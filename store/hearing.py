"""What PostgreSQL tells on a channel, for who listens: that something happened. What it is stands in the books."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from store.engine import Database
from store.port import StoreUnavailable

# A network that forgets connections does so in silence; asked this often, a lost one is noticed.
_QUIET_SECONDS = 20.0


@asynccontextmanager
async def hearing(database: Database, channel: str) -> AsyncIterator[AsyncIterator[Set[str]]]:
    """Inside, nothing that is told on the channel is missed: what was told, that of one moment together, for ever.
    Takes one connection of the pool. Raises StoreUnavailable when the database is lost."""
    told: asyncio.Queue[str | None] = asyncio.Queue()
    async with database.statement() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection

        def hear(_connection: Any, _process: int, _channel: str, word: str) -> None:
            told.put_nowait(word)

        def lost(_connection: Any) -> None:
            told.put_nowait(None)

        driver.add_termination_listener(lost)
        await driver.add_listener(channel, hear)
        try:
            yield _bursts(told, driver)
        finally:
            driver.remove_termination_listener(lost)
            if not driver.is_closed():
                await driver.remove_listener(channel, hear)


async def _bursts(told: asyncio.Queue[str | None], driver: Any) -> AsyncIterator[Set[str]]:
    while True:
        try:
            # Not wait_for: until Python 3.12 it may lose a cancellation that comes together with what it waits for.
            async with asyncio.timeout(_QUIET_SECONDS):
                heard = {await told.get()}
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
