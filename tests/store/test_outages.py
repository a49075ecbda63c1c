"""A database that is away, restarts, is full or refuses: StoreUnavailable, and well again by itself."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from runtime.embedded import postgres as embedded
from store import engine, liveness, migrate
from store.engine import Database, outages_named
from store.port import Search, StoreUnavailable
from store.stores import open_stores
from tests.store.samples import move


@pytest.fixture
def own_server() -> Iterator[embedded.Server]:
    """A server this test may stop."""
    with TemporaryDirectory(prefix="backhaul-postgres-") as folder:
        server = embedded.start(Path(folder), fast=True)
        yield server
        embedded.stop(embedded.start(Path(folder)))


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    opened = Database(postgres_url)
    yield opened
    await opened.close()


async def test_a_restart_is_an_outage_and_then_over(own_server: embedded.Server) -> None:
    folder, url = Path(own_server.folder), own_server.url()
    await migrate.upgrade(url)
    async with open_stores(url) as stores:
        await stores.returns.record(move())
        embedded.stop(own_server)
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                await stores.returns.record(move(version=2))
        embedded.start(folder, port=own_server.port)
        await stores.returns.record(move(version=2))
        found = await stores.returns.snapshot("R-1-A")
    assert found is not None
    assert found.version == 2


@pytest.mark.parametrize("trusted_seconds", [0.0, liveness.TRUSTED_SECONDS])
async def test_a_connection_that_died_in_the_pool_is_replaced_unseen(postgres_url: str, trusted_seconds: float) -> None:
    pooled = engine.create(postgres_url, pool_size=1, max_overflow=0)
    liveness.watch(pooled.sync_engine, trusted_seconds)
    killer = await asyncpg.connect(postgres_url)
    seen = []
    for _ in range(3):
        async with pooled.connect() as connection:
            seen.append((await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())
        await killer.execute("SELECT pg_terminate_backend($1, 2000)", seen[-1])
    await killer.close()
    await pooled.dispose()
    assert len(set(seen)) == 3


async def test_a_session_cut_in_the_middle_is_an_outage(database: Database, postgres_url: str) -> None:
    async def cut_myself_off() -> None:
        async with database.transaction() as connection:
            pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            killer = await asyncpg.connect(postgres_url)
            await killer.execute("SELECT pg_terminate_backend($1)", pid)
            await killer.close()
            await connection.execute(text("SELECT 1"))

    with pytest.raises(StoreUnavailable):
        await cut_myself_off()


async def test_a_lock_not_had_in_time_may_be_tried_again(database: Database) -> None:
    async def want(lock_timeout: str) -> None:
        async with database.transaction() as connection:
            await connection.execute(text(f"SET LOCAL lock_timeout = '{lock_timeout}'"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(1)"))

    async with database.transaction() as first:
        await first.execute(text("SELECT pg_advisory_xact_lock(1)"))
        with pytest.raises(StoreUnavailable):
            await want("50ms")
    await want("50ms")


async def test_a_statement_without_an_end_is_given_up(postgres_url: str) -> None:
    async def sleep(seconds: int) -> None:
        async with outages_named(), impatient.begin() as connection:
            await connection.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})

    impatient = engine.create(postgres_url, statement_seconds=1)
    with pytest.raises(StoreUnavailable):
        await sleep(30)
    await sleep(0)
    await impatient.dispose()


async def test_a_mistake_of_ours_is_no_outage(database: Database) -> None:
    async def ask_nonsense() -> None:
        async with database.transaction() as connection:
            await connection.execute(text("SELECT nonsense"))

    with pytest.raises(ProgrammingError):
        await ask_nonsense()


async def test_a_wrong_password_or_database_is_named_without_the_password(postgres_url: str) -> None:
    head, tail = postgres_url.rsplit("@", 1)
    wrong = f"postgresql://backhaul:open-sesame@{tail}"
    for url in (wrong, f"{head}@{tail.split('/')[0]}/nowhere"):
        async with open_stores(url) as stores:
            with pytest.raises(StoreUnavailable) as away:
                await stores.returns.search(Search())
        assert "open-sesame" not in str(away.value)


async def test_a_server_that_never_answers_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the kernel accepts, nobody reads
        url = f"postgresql://a:b@127.0.0.1:{silent.getsockname()[1]}/x"
        async with asyncio.timeout(20), open_stores(url) as stores:
            with pytest.raises(StoreUnavailable):
                await stores.returns.search(Search())


async def test_the_url_may_ask_for_tls_in_the_words_of_libpq(postgres_url: str) -> None:
    async with open_stores(postgres_url + "?sslmode=disable") as stores:
        await stores.returns.search(Search())
    async with open_stores(postgres_url + "?sslmode=require") as stores:
        with pytest.raises(StoreUnavailable):  # the embedded server has no TLS; it must not be spoken to without
            await stores.returns.search(Search())


async def test_more_askers_than_connections_take_turns(postgres_url: str) -> None:
    async with open_stores(postgres_url, connections=2) as stores:
        await asyncio.gather(*(stores.returns.record(move(f"R-1-{number}")) for number in range(30)))
        assert len((await stores.returns.search(Search())).snapshots) == 30
