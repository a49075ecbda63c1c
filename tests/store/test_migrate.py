"""The schema: made from nothing, once, by whoever comes first, and the same as tables.py says."""

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, NullPool

from domain.errors import BadInput
from store import engine, migrate
from store.port import StoreUnavailable
from store.tables import METADATA
from tests.stack.postgres import Postgres


async def test_an_empty_database_is_brought_to_the_newest_revision(postgres: Postgres) -> None:
    with postgres.bare() as url:
        assert await migrate.current(url) is None
        await migrate.upgrade(url)
        assert await migrate.current(url) == migrate.head()
        await migrate.upgrade(url)
        assert await migrate.current(url) == migrate.head()


async def test_upgrades_at_the_same_moment_wait_for_each_other(postgres: Postgres) -> None:
    with postgres.bare() as url:
        await asyncio.gather(*(migrate.upgrade(url) for _ in range(5)))
        assert await migrate.current(url) == migrate.head()


async def test_migrations_and_tables_say_the_same(postgres_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))

    database = engine.create(postgres_url, poolclass=NullPool)
    async with database.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_server_that_is_away_is_named_so(postgres_url: str) -> None:
    away = postgres_url.rsplit("@", 1)[0] + "@127.0.0.1:9/none"
    with pytest.raises(StoreUnavailable):
        await migrate.current(away)


@pytest.mark.parametrize("url", ["", "sqlite:///x.db", "not a url", "mysql://root@localhost/x"])
async def test_another_kind_of_url_is_refused_by_field(url: str) -> None:
    with pytest.raises(BadInput) as refused:
        await migrate.current(url)
    assert refused.value.field == "database_url"
