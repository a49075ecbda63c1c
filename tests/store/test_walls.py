"""The second wall: plain questions without any condition, asked by the API's role, show what its caller may see."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, Table, insert, make_url, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import BadInput
from runtime.embedded import postgres as embedded
from store import migrate, walling
from store.engine import Database
from store.finders import FINDERS
from store.port import EVERYTHING, NOTHING, Scope, StoreUnavailable, apart, see
from store.stores import open_doors
from store.tables import METADATA, moves, outbox, returns, timeline
from store.walls import WALLS, Rows
from tests.stack.postgres import Postgres, api_url

GERMAN = Scope(frozenset({"DE"}), None)
WHOSE = ("DE", "FR")
# One of the words that a table's own rules allow.
ALLOWED = {
    ("change_requests", "status"): "pending",
    ("ledger_entries", "state"): "reserved",
    ("match_decisions", "verdict"): "human",
    ("match_decisions", "outcome"): "open",
    ("identity_facts", "kind"): "apart",
    ("crm_items", "kind"): "manual",
    ("contacts", "email"): "S",
}


def of(region: str) -> str:
    return f"R-{region}"


def row(table: Table, region: str, number: int) -> dict[str, Any]:
    """One that is about the region's return, as far as the table says what its rows are about."""
    wall, values = WALLS[table.name], dict[str, Any]()
    for column in table.columns:
        made = column.server_default is not None or column.identity is not None or column.computed is not None
        if column.name == wall.by:
            values[column.name] = f"return:{of(region)}" if wall.rows is Rows.OF_A_STREAM else of(region)
        elif (table.name, column.name) in ALLOWED:
            values[column.name] = ALLOWED[table.name, column.name]
        elif not made and not column.nullable:
            values[column.name] = sample(column, region, number)
    return values


def sample(column: Column[Any], region: str, number: int) -> Any:
    """Another one for each region; of two sides of a pair the first is the smaller one."""
    samples = {
        str: of(region), int: number + (column.name == "other"), bool: False, float: 1.0, list: [], dict: {},
        bytes: region.encode(), UUID: UUID(int=number), datetime: datetime(2026, 11, number, tzinfo=UTC),
    }  # fmt: skip
    return samples[dict if isinstance(column.type, JSONB) else column.type.python_type]


async def fill(connection: AsyncConnection) -> None:
    """A row for each region in every table; nothing but returns has to be there for it."""
    await connection.execute(text("SET LOCAL session_replication_role = replica"))
    for number, region in enumerate(WHOSE, 1):
        for table in METADATA.sorted_tables:
            values = row(table, region, number)
            if table is returns:
                values |= {"region": region, "order_id": of(region), "snapshot": {"shop": f"shop-{region}"}}
                values |= {"words": "S", "skus": ["S"], "tracking": ["S"]}
            await connection.execute(insert(table).values(values))


@pytest.fixture(scope="module")
def books(postgres: Postgres) -> Iterator[str]:
    with postgres.fresh() as url:
        asyncio.run(_filled(url))
        yield url


async def _filled(url: str) -> None:
    owner = Database(url, 1)
    async with owner.transaction() as connection:
        await fill(connection)
    await owner.close()


@pytest.fixture
async def behind(books: str) -> AsyncIterator[Database]:
    """As the API has it, with one connection, which every transaction is lent in turn."""
    opened = Database(api_url(books), 1, scope=None)
    with apart():
        yield opened
    await opened.close()


async def shown(database: Database, table: Table) -> int:
    async with database.transaction() as connection:
        return len((await connection.execute(select(table))).all())


async def test_for_every_table_it_is_decided_who_sees_what_and_the_database_keeps_it(books: str) -> None:
    assert set(WALLS) == set(METADATA.tables), "decide in store/walls.py who sees the rows of a new table"
    owner = Database(books, 1)
    async with owner.transaction() as connection:
        there = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert set((await connection.execute(there)).scalars()) == {*WALLS, walling.VERSIONS}
        assert await walling.missing(connection) == ()
        await connection.execute(text("ALTER TABLE outbox DISABLE ROW LEVEL SECURITY"))
        await connection.execute(text("DROP POLICY seen ON contacts"))
        await connection.execute(text("COMMENT ON POLICY seen ON timeline IS 'older'"))
        assert set(await walling.missing(connection)) == {"outbox", "contacts", "timeline"}
        await walling.raise_walls(connection)
        assert await walling.missing(connection) == ()
        await connection.rollback()
    await owner.close()


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=str)
async def test_without_any_condition_only_what_is_theirs_is_shown(behind: Database, table: Table) -> None:
    rows = WALLS[table.name].rows
    open_ = rows is Rows.ANY
    assert await shown(behind, table) == (2 if open_ else 0), "nobody said what may be seen"
    see(GERMAN)
    assert await shown(behind, table) == {Rows.ANY: 2, Rows.WHOLE: 0}.get(rows, 1)
    if wall_of := WALLS[table.name].by:
        async with behind.transaction() as connection:
            told = (await connection.execute(select(table.c[wall_of]))).scalars().all()
        assert open_ or all(str(one).endswith(of("DE")) for one in told)
    see(Scope(None, frozenset({"shop-FR"})))
    assert await shown(behind, table) == {Rows.ANY: 2, Rows.WHOLE: 0}.get(rows, 1)
    see(Scope(frozenset({"DE"}), frozenset({"shop-FR"})))
    assert await shown(behind, table) == (2 if open_ else 0)
    see(EVERYTHING)
    assert await shown(behind, table) == 2


async def test_a_connection_takes_nobodys_sight_to_the_next(behind: Database) -> None:
    see(GERMAN)
    assert await shown(behind, returns) == 1
    async with behind._engine.connect() as connection:
        left = await connection.execute(text("SELECT backhaul_scope('regions'), count(*) FROM returns"))
        assert tuple(left.one()) == ([], 0), "it stayed on the connection"
    with pytest.raises(ZeroDivisionError):
        async with behind.transaction():
            raise ZeroDivisionError
    async with behind.one_moment() as connection:
        assert (await connection.execute(select(returns.c.return_id))).scalars().all() == [of("DE")]
    see(NOTHING)
    assert await shown(behind, returns) == 0
    async with behind.statement() as connection:
        assert (await connection.execute(select(returns.c.return_id))).all() == []
    async with behind.one_moment() as connection:
        assert (await connection.execute(select(returns.c.return_id))).all() == []

    async def ask(region: str) -> list[str]:
        see(Scope(frozenset({region}), None))
        async with behind.statement() as connection:
            return list((await connection.execute(select(returns.c.return_id))).scalars())

    # At the same time, over one connection; neither says anything for the other, or for who started them.
    assert list(await asyncio.gather(ask("DE"), ask("FR"), ask("DE"))) == [[of("DE")], [of("FR")], [of("DE")]]
    assert await shown(behind, returns) == 0


@pytest.mark.parametrize("finder", FINDERS)
async def test_searches_that_run_as_the_owner_find_what_is_theirs_only(behind: Database, finder: str) -> None:
    async def found() -> set[str]:
        async with behind.statement() as connection:
            return set((await connection.execute(text(f"SELECT * FROM {finder}('S')"))).scalars())

    assert await found() == set()
    see(GERMAN)
    assert await found() == {of("DE")}
    see(Scope(None, frozenset({"shop-FR"})))
    assert await found() == {of("FR")}
    see(EVERYTHING)
    assert await found() == {of("DE"), of("FR")}


async def test_nothing_is_written_about_others(behind: Database) -> None:
    see(GERMAN)
    happened = {"seq": 9, "version": 1, "kind": "k", "text": "t", "at": text("now()"), "actor": "a", "detail": {}}
    with pytest.raises(DBAPIError, match="row-level security"):
        async with behind.transaction() as connection:
            await connection.execute(insert(timeline).values(return_id=of("FR"), **happened))
    with pytest.raises(DBAPIError, match="row-level security"):
        async with behind.transaction() as connection:
            await connection.execute(returns.update().values(region="FR"))
    async with behind.transaction() as connection:
        assert (await connection.execute(outbox.update().values(reason="seen"))).rowcount == 1
        assert (await connection.execute(moves.delete())).rowcount == 1
        await connection.execute(insert(timeline).values(return_id=of("DE"), **happened))
        await connection.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_heads VALUES ('return:R-DE', 1, '')",
        "UPDATE audit SET actor = 'somebody else'",
        "DELETE FROM audit_reasons",
        "ALTER TABLE returns DISABLE ROW LEVEL SECURITY",
        "DROP POLICY seen ON returns",
        "TRUNCATE timeline",
        "SET ROLE backhaul",
    ],
)
async def test_the_apis_role_can_neither_rewrite_the_audit_nor_take_the_wall_down(
    behind: Database, statement: str
) -> None:
    see(EVERYTHING)
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        async with behind.transaction() as connection:
            await connection.execute(text(statement))


async def test_acts_are_told_by_whoever_sees_nothing_and_not_into_a_table_of_their_own(behind: Database) -> None:
    act = json.dumps([{"actor": "a", "action": "x:y", "subject": "s", "why": "", "before": {}, "after": {}}])
    tell = text("SELECT audit_append('access:wall', CAST(:acts AS jsonb))")
    for name in ("audit", "audit_heads"):
        async with behind.transaction() as connection:
            await connection.execute(text(f"CREATE TEMPORARY TABLE {name} (LIKE public.{name})"))
    async with behind.transaction() as connection:
        await connection.execute(tell, {"acts": act.replace("{}}", '{}, "about_person": false}')})
    see(EVERYTHING)
    async with behind.transaction() as connection:
        found = await connection.execute(text("SELECT count(*) FROM public.audit WHERE stream = 'access:wall'"))
        assert found.scalar_one() == 1
        await connection.execute(text("DROP TABLE pg_temp.audit, pg_temp.audit_heads"))


async def test_rooms_that_forget_a_condition_show_nothing_of_others(books: str) -> None:
    async with open_doors(api_url(books), 1, scope=None) as doors:
        with apart():
            see(GERMAN)
            whose = await doors.visibility.whose((of("DE"), of("FR")))
            assert set(whose) == {of("DE")}
            assert [one.key for one in await doors.crm.items.listed()] == [of("DE")]
            assert len(await doors.visibility.of_return(of("DE"))) == 1
            assert await doors.visibility.of_return(of("FR")) == ()


async def test_a_role_that_was_not_let_in_is_told_so(books: str, postgres: Postgres) -> None:
    embedded.sql(postgres.server, "CREATE ROLE outside LOGIN PASSWORD 'outside'")
    try:
        with pytest.raises(StoreUnavailable, match="BACKHAUL_DATABASE__API_URL"):
            await migrate.behind(make_url(books).set(username="outside", password="outside").render_as_string(False))
    finally:
        embedded.sql(postgres.server, "DROP ROLE outside")


async def test_a_role_that_cannot_be_made_is_named(behind: Database) -> None:
    with pytest.raises(BadInput, match="run CREATE ROLE nobody_yet LOGIN PASSWORD"):
        async with behind.transaction() as connection:
            await walling.let_in(connection, "nobody_yet", "secret")
