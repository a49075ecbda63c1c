"""The schema: made from nothing, once, by whoever comes first, and the same as tables.py says."""

import asyncio
import importlib

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, NullPool, text

from domain.errors import BadInput
from store import engine, migrate
from store.port import Outgoing, Stores, StoreUnavailable
from store.tables import METADATA
from tests.stack.postgres import Postgres
from tests.store.samples import move


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


async def test_what_crms_were_told_before_is_what_they_show(stores: Stores, postgres_url: str) -> None:
    """Revision 4, over an outbox that an older release filled."""
    for version, stage in ((1, "quoted"), (2, "closed"), (3, "closed")):
        owed = (Outgoing("crm:sf", stage), Outgoing("crm:dyn", stage), Outgoing("notice", stage))
        await stores.returns.record(move(version=version, outgoing=owed))
    await stores.outbox.shown("R-1-A", "sf", 2, "closed")
    await stores.notices.sent("R-1-A", "quoted", "m1")
    revision = importlib.import_module("store.migrations.versions.r0004_what_crms_show")
    database = engine.create(postgres_url, poolclass=NullPool)
    async with database.begin() as connection:
        await connection.execute(text("DELETE FROM crm_shown"))
        await connection.execute(text(revision._FILL))
        rows = (await connection.execute(text("SELECT org, version, stage FROM crm_shown"))).all()
    assert [tuple(row) for row in rows] == [("sf", 2, "closed")]
