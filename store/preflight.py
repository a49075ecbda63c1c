"""The database looked at before the first return: connection, schema, rights, the second wall, connections left."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import NullPool, make_url, text
from sqlalchemy.exc import DBAPIError

from domain.preflight import Check, Finding, each_or_all, failed, ok, warning
from store import engine, migrate, wall_checks, walling
from store.port import StoreUnavailable
from store.tables import (
    METADATA,
    audit,
    audit_checkpoint_heads,
    audit_checkpoints,
    audit_reasons,
    audit_salts,
    audit_stubs,
    ledger_entries,
    ledger_lines,
)

_RIGHTS = ("SELECT", "INSERT", "UPDATE")
_ALSO_DELETED = (ledger_entries.name, ledger_lines.name, audit_reasons.name, audit_salts.name)
# What nobody ever changes may be granted so.
_APPENDED = (audit.name, audit_checkpoints.name, audit_checkpoint_heads.name, audit_stubs.name)
_MAY = text("SELECT has_table_privilege(current_user, :name, :right)")
_MAY_CALL = text("""
    SELECT proname FROM pg_proc WHERE pronamespace = CAST(current_schema() AS regnamespace) AND proname = ANY(:names)
    AND NOT has_function_privilege(current_user, oid, 'EXECUTE') ORDER BY proname
""")


class DatabasePreflight:
    """`api_url`: the API's own, None where it is not known."""

    def __init__(self, url: str, pool_size: int, api_url: str | None = None) -> None:
        self._url, self._pool_size = url, pool_size
        self._api_role = make_url(api_url).username if api_url is not None else None
        # The API examines itself: it has no rights but those it is let in with.
        self._is_api = api_url == url
        self._engine = engine.create(url, poolclass=NullPool)

    def checks(self) -> Sequence[Check]:
        connected = ("connection",)
        return (
            Check("connection", self._connection),
            Check("schema", self._schema, needs=connected),
            Check("rights", self._rights, needs=("connection", "schema")),
            Check("walls", self._walls, needs=("connection", "schema")),
            Check("api role", self._role, needs=("connection", "schema")),
            Check("connections", self._connections, needs=connected),
        )

    async def aclose(self) -> None:
        await self._engine.dispose()

    async def _connection(self) -> Iterable[Finding]:
        row = (await self._ask("SELECT current_database(), current_user, current_setting('server_version')"))[0]
        return [ok(str(row[0]), f"connected to {row[0]} as {row[1]}, PostgreSQL {row[2]}")]

    async def _schema(self) -> Iterable[Finding]:
        async with _refusals_named():
            there, newest = await migrate.current(self._url), migrate.head()
        if there == newest:
            return [ok(newest, f"the schema is at {newest}")]
        mend = "run `migrate`, or run the release this database belongs to"
        return [failed(newest, f"the schema is at {there or 'nothing'}, this release needs {newest}", mend)]

    async def _rights(self) -> Iterable[Finding]:
        bad = []
        async with _refusals_named(), self._engine.connect() as connection:
            for name in METADATA.tables:
                lacking = [
                    right
                    for right in (walling.rights(name) if self._is_api else _wanted(name))
                    if not (await connection.execute(_MAY, {"name": name, "right": right})).scalar_one()
                ]
                if lacking:
                    what = f"the user may not {', '.join(lacking)} on {name}"
                    bad.append(failed(name, what, f"GRANT {', '.join(lacking)} ON {name}, or use the owner's name"))
            for (function,) in await connection.execute(_MAY_CALL, {"names": list(walling.FUNCTIONS)}):
                mend = f"GRANT EXECUTE ON FUNCTION {function}, or use the owner's name"
                bad.append(failed(function, f"the user may not call {function}", mend))
        return each_or_all(bad, "rights", f"{len(METADATA.tables)} tables may be read and written")

    async def _walls(self) -> Iterable[Finding]:
        async with _refusals_named(), self._engine.connect() as connection:
            return await wall_checks.walls(connection)

    async def _role(self) -> Iterable[Finding]:
        async with _refusals_named(), self._engine.connect() as connection:
            return await wall_checks.role(connection, self._api_role)

    async def _connections(self) -> Iterable[Finding]:
        most = int(str((await self._ask("SELECT current_setting('max_connections')"))[0][0]))
        seen = f"one process opens up to {self._pool_size} of the server's {most} connections"
        if self._pool_size >= most:
            return [warning("connections", seen, "lower BACKHAUL_DATABASE__POOL_SIZE, or raise max_connections")]
        return [ok("connections", seen)]

    async def _ask(self, question: str) -> Sequence[Sequence[object]]:
        async with _refusals_named(), self._engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(question))]


def _wanted(table: str) -> tuple[str, ...]:
    if table in _APPENDED:
        return ("SELECT", "INSERT")
    return (*_RIGHTS, "DELETE") if table in _ALSO_DELETED else _RIGHTS


@asynccontextmanager
async def _refusals_named() -> AsyncIterator[None]:
    """Besides outages also what PostgreSQL refuses for good: a preflight tells it instead of failing."""
    try:
        async with engine.outages_named():
            yield
    except DBAPIError as error:
        raise StoreUnavailable(f"PostgreSQL refuses: {str(error.orig).partition(chr(10))[0]}") from error
