"""Raises the walls (walls.py) in a database, and lets one role in behind them: part of every upgrade, by the owner."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import BadInput
from security import scram
from store.finders import FINDERS, definition
from store.finders import mark as mark_of
from store.walls import WALLS, Wall

POLICY = "seen"
# What is called by who has rights of its own, and does more than its caller may.
FUNCTIONS = ("audit_append", *FINDERS)
VERSIONS = "alembic_version"
_STANDING = text("""
    SELECT class.relname AS name, obj_description(policy.oid, 'pg_policy') AS mark
    FROM pg_class AS class JOIN pg_policy AS policy ON policy.polrelid = class.oid
    WHERE class.relnamespace = CAST(current_schema() AS regnamespace) AND policy.polname = :policy
      AND class.relrowsecurity
""")
_FOUND = text("""
    SELECT proname AS name, obj_description(oid, 'pg_proc') AS mark FROM pg_proc
    WHERE pronamespace = CAST(current_schema() AS regnamespace) AND prosecdef
""")
_ROLE = text("""
    SELECT current_user = :role AS same, EXISTS (SELECT FROM pg_roles WHERE rolname = :role) AS there,
           (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS may_create
""")
_CREATE = text("SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', CAST(:role AS text), CAST(:verifier AS text))")
_QUOTED = text("""
    SELECT quote_ident(:role) AS role, quote_ident(current_schema()) AS schema,
           quote_ident(current_database()) AS database
""")


async def missing(connection: AsyncConnection) -> tuple[str, ...]:
    """The tables whose rows are not, or not as this version decides, behind a wall, and the functions that keep one."""
    standing = {row.name: row.mark for row in await connection.execute(_STANDING, {"policy": POLICY})}
    found = {row.name: row.mark for row in await connection.execute(_FOUND)}
    tables = [name for name, wall in WALLS.items() if standing.get(name) != wall.mark(name)]
    return (*tables, *(name for name in FINDERS if found.get(name) != mark_of(name)))


async def raise_walls(connection: AsyncConnection) -> None:
    """Only where one is missing: it waits for whoever uses the table, and they for it."""
    for name in await missing(connection):
        if name in WALLS:
            await _raise(connection, name, WALLS[name])
        else:
            await _define(connection, name)


async def _define(connection: AsyncConnection, finder: str) -> None:
    schema = (await connection.exec_driver_sql("SELECT quote_ident(current_schema())")).scalar_one()
    for statement in (
        definition(finder, schema),
        f"REVOKE EXECUTE ON FUNCTION {finder} FROM PUBLIC",
        f"COMMENT ON FUNCTION {finder} IS '{mark_of(finder)}'",
    ):
        await connection.exec_driver_sql(statement)


async def _raise(connection: AsyncConnection, table: str, wall: Wall) -> None:
    condition = wall.condition(table)
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS {POLICY} ON {table}",
        f"CREATE POLICY {POLICY} ON {table} USING ({condition}) WITH CHECK ({condition})",
        f"COMMENT ON POLICY {POLICY} ON {table} IS '{wall.mark(table)}'",
    ):
        await connection.exec_driver_sql(statement)


async def let_in(connection: AsyncConnection, role: str, password: str) -> None:
    """Give the role exactly the rights it needs, and make it first where it is not there.

    Nothing for a role that is our own: an owner needs none. Raises BadInput when it cannot be made."""
    known = (await connection.execute(_ROLE, {"role": role})).one()
    if known.same:
        return
    if not known.there:
        if not known.may_create:
            raise BadInput("database_api_url", _NO_ROLE.format(role=role))
        # Not the password itself: the server may write statements into its log.
        given = {"role": role, "verifier": scram.verifier(password)}
        await connection.exec_driver_sql((await connection.execute(_CREATE, given)).scalar_one())
    named = (await connection.execute(_QUOTED, {"role": role})).one()
    for statement in _grants(named.role, named.schema, named.database):
        await connection.exec_driver_sql(statement)


_NO_ROLE = (
    "names the role {role}, which is not there, and the role of BACKHAUL_DATABASE__URL may not make one; as an "
    "administrator of PostgreSQL run CREATE ROLE {role} LOGIN PASSWORD '…', then `migrate` again"
)


def rights(table: str) -> tuple[str, ...]:
    return ("SELECT", "INSERT", "UPDATE", "DELETE") if WALLS[table].written else ("SELECT",)


def _grants(role: str, schema: str, database: str) -> list[str]:
    grants = [f"GRANT CONNECT ON DATABASE {database} TO {role}", f"GRANT USAGE ON SCHEMA {schema} TO {role}"]
    grants += [f"GRANT SELECT ON {VERSIONS} TO {role}"]
    for table in WALLS:
        grants += [f"REVOKE ALL ON {table} FROM {role}", f"GRANT {', '.join(rights(table))} ON {table} TO {role}"]
    return [*grants, *(f"GRANT EXECUTE ON FUNCTION {function} TO {role}" for function in FUNCTIONS)]
