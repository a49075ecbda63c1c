"""The database's preflight: an empty one, one of another release, one whose user may not write."""

from collections.abc import Iterator

import pytest
from sqlalchemy import NullPool, make_url, text

from domain.preflight import State
from runtime.embedded import postgres as embedded
from store import engine, migrate
from store.preflight import DatabasePreflight
from tests.preflight.looking import findings, wrong
from tests.stack.postgres import Postgres, api_url

_POOL = 10


async def test_nothing_is_wrong_with_a_migrated_database(postgres_url: str) -> None:
    found = await findings(DatabasePreflight(postgres_url, _POOL, api_url(postgres_url)))

    assert [each.state for each in found] == [State.OK] * 6
    assert found[1].about == migrate.head()


async def test_the_api_finds_nothing_wrong_with_its_own_rights(postgres_url: str) -> None:
    own = api_url(postgres_url)
    assert await wrong(DatabasePreflight(own, _POOL, own)) == []


async def test_a_wall_that_is_down_is_named_by_its_table(postgres_url: str) -> None:
    await _execute(postgres_url, "ALTER TABLE outbox DISABLE ROW LEVEL SECURITY")
    try:
        [found] = await wrong(DatabasePreflight(postgres_url, _POOL, api_url(postgres_url)))
    finally:
        await _execute(postgres_url, "ALTER TABLE outbox ENABLE ROW LEVEL SECURITY")

    assert found.seen.startswith("the wall of outbox is missing")
    assert "`migrate`" in found.mend


@pytest.mark.parametrize(
    ("user", "seen"),
    [
        (None, "BACKHAUL_DATABASE__API_URL is not set here"),
        ("backhaul", "is a superuser: row-level security does not bind it"),
        ("nobody_there", "there is no role nobody_there"),
        ("wall_bypasser", "has BYPASSRLS"),
        ("wall_member", "or is a member of who does"),
        ("wall_stranger", "wall_stranger may not read "),
    ],
)
async def test_a_role_of_the_api_that_nothing_binds_is_named(
    postgres_url: str, roles: None, user: str | None, seen: str
) -> None:
    own = make_url(postgres_url).set(username=user).render_as_string(False) + "?" if user else None
    [found] = await wrong(DatabasePreflight(postgres_url, _POOL, own))

    assert seen in found.seen
    assert found.about == "api role"


async def test_a_policy_that_shows_the_api_more_is_named(postgres_url: str) -> None:
    await _execute(postgres_url, "CREATE POLICY more ON returns USING (true)")
    try:
        [found] = await wrong(DatabasePreflight(postgres_url, _POOL, api_url(postgres_url)))
    finally:
        await _execute(postgres_url, "DROP POLICY more ON returns")

    assert found.mend == "DROP POLICY more ON returns"


@pytest.fixture
def roles(postgres: Postgres) -> Iterator[None]:
    make = "CREATE ROLE wall_bypasser BYPASSRLS; CREATE ROLE wall_member IN ROLE backhaul; CREATE ROLE wall_stranger"
    embedded.sql(postgres.server, make)
    yield
    embedded.sql(postgres.server, "DROP ROLE wall_bypasser, wall_member, wall_stranger")


async def test_a_database_that_was_never_migrated_is_named(postgres: Postgres) -> None:
    with postgres.bare() as url:
        [found] = await wrong(DatabasePreflight(url, _POOL))

    assert "at nothing" in found.seen
    assert "`migrate`" in found.mend


async def test_a_database_of_another_release_is_named(postgres_url: str) -> None:
    await _execute(postgres_url, "UPDATE alembic_version SET version_num = 'r9999'")
    try:
        [found] = await wrong(DatabasePreflight(postgres_url, _POOL))
    finally:
        await _execute(postgres_url, f"UPDATE alembic_version SET version_num = '{migrate.head()}'")

    assert "r9999" in found.seen


@pytest.fixture
def reader_url(postgres: Postgres, postgres_url: str) -> Iterator[str]:
    """The same database as somebody who may only read it."""
    name = str(make_url(postgres_url).database)
    for statement in (
        "CREATE ROLE preflight_reader LOGIN PASSWORD 'reader'",
        f"GRANT CONNECT ON DATABASE {name} TO preflight_reader",
    ):
        embedded.sql(postgres.server, statement)
    embedded.sql(postgres.server, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO preflight_reader", name)
    embedded.sql(postgres.server, "REVOKE SELECT ON outbox FROM preflight_reader", name)
    yield make_url(postgres_url).set(username="preflight_reader", password="reader").render_as_string(False)
    embedded.sql(postgres.server, "DROP OWNED BY preflight_reader", name)
    embedded.sql(postgres.server, f"REVOKE CONNECT ON DATABASE {name} FROM preflight_reader")
    embedded.sql(postgres.server, "DROP ROLE preflight_reader")


async def test_each_right_that_is_lacking_is_named_by_its_table(reader_url: str) -> None:
    found = {each.about: each for each in await wrong(DatabasePreflight(reader_url, _POOL))}

    assert found["returns"].seen == "the user may not INSERT, UPDATE on returns"
    assert "DELETE" in found["ledger_entries"].seen
    assert found["audit"].seen == "the user may not INSERT on audit", "what is only appended to needs no more"
    assert found["audit_append"].mend.startswith("GRANT EXECUTE ON FUNCTION audit_append")
    assert found["outbox"].mend.startswith("GRANT SELECT, INSERT, UPDATE ON outbox")


async def test_more_connections_than_the_server_has_are_warned_of(postgres_url: str) -> None:
    [found] = await wrong(DatabasePreflight(postgres_url, 100_000, api_url(postgres_url)))

    assert found.state is State.WARNING
    assert "BACKHAUL_DATABASE__POOL_SIZE" in found.mend


async def test_a_server_that_is_away_leaves_the_rest_unasked(postgres_url: str) -> None:
    away = postgres_url.rsplit("@", 1)[0] + "@127.0.0.1:9/none"
    found = await findings(DatabasePreflight(away, _POOL))

    assert [each.state for each in found] == [State.FAILED, *[State.SKIPPED] * 5]


async def _execute(url: str, statement: str) -> None:
    database = engine.create(url, poolclass=NullPool)
    async with database.begin() as connection:
        await connection.execute(text(statement))
    await database.dispose()
