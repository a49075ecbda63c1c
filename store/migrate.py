"""Brings a database to the newest revision and raises its walls. One transaction per upgrade: wholly or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from store import engine, locks, walling
from store.port import StoreUnavailable
from store.tables import METADATA

# insufficient_privilege (PostgreSQL manual, appendix A).
_NOT_LET_IN = "42501"
# An index over years of returns takes its time.
_UPGRADE_SECONDS = 3600


def head() -> str:
    """The newest revision this code knows."""
    newest = _scripts().get_current_head()
    assert newest is not None, "store/migrations/versions is empty"
    return newest


async def current(url: str) -> str | None:
    """The revision the database is at; None before its first upgrade. Raises StoreUnavailable."""
    async with _connection(url) as connection:
        try:
            return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") == _NOT_LET_IN:
                let_in = "run `migrate` with its address in BACKHAUL_DATABASE__API_URL"
                raise StoreUnavailable(f"PostgreSQL lets this role read nothing; {let_in}") from error
            raise


async def behind(url: str) -> str | None:
    """The revision it lacks; None when it is at the newest this code knows, or at one that only newer code knows.
    Raises StoreUnavailable."""
    at, scripts = await current(url), _scripts()
    older = at is None or (at != head() and at in {script.revision for script in scripts.walk_revisions()})
    return head() if older else None


async def upgrade(url: str, api_url: str | None = None) -> None:
    """Run what is missing, and let the role of `api_url` in behind the walls. Upgrades of several processes at once
    wait for each other. Raises StoreUnavailable, and BadInput when that role cannot be made."""
    async with _connection(url) as connection:
        await locks.schema(connection)
        await connection.run_sync(lambda sync: _run(sync, lambda at: _scripts()._upgrade_revs("head", at)))
        await walling.raise_walls(connection)
        if api_url is not None:
            door = make_url(api_url)
            await walling.let_in(connection, door.username or "", str(door.password or ""))


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[AsyncConnection]:
    once = engine.create(url, _UPGRADE_SECONDS, poolclass=NullPool)
    try:
        async with engine.outages_named(), once.begin() as connection:
            yield connection
    finally:
        await once.dispose()


def _run(connection: Connection, steps: Callable[[Any], Any]) -> None:
    """Without an env.py: there is nothing to configure, and the connection is ours."""
    with EnvironmentContext(Config(), _scripts(), fn=lambda at, _: steps(at)) as environment:
        environment.configure(connection=connection, target_metadata=METADATA)
        environment.run_migrations()


def _scripts() -> ScriptDirectory:
    # As a package, so that it is found in a checkout and in an installed wheel alike.
    config = Config()
    config.set_main_option("script_location", "store:migrations")
    return ScriptDirectory.from_config(config)
