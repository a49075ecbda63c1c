"""The connection pool to PostgreSQL, and the one way to a transaction. Lower errors end here: see StoreUnavailable.

Here and nowhere else the database is told what is seen (store/port/scope.py), which its policies keep (store/walls.py).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from domain.errors import BadInput
from store import liveness
from store.port import EVERYTHING, Scope, StoreUnavailable, current

_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 30
_WAIT_SECONDS = 10
# SQLSTATE classes after which the same transaction may simply be tried again: the connection or the server is gone or
# going (08, 57), full (53), refuses the sign-in (28) or has no such database (3D) for now, a deadlock or conflict (40),
# a lock that was not had in time (55P03). PostgreSQL manual, appendix A.
_PASSING = ("08", "57", "53", "28", "3D", "40", "55P03")

# A table that is not there: the database waits for its migration.
_NOT_MIGRATED = "42P01"

# Until the transaction ends, so that a connection never takes it along to whoever is lent it next.
_SEE = text("SELECT set_config('backhaul.regions', :regions, true), set_config('backhaul.shops', :shops, true)")


class Database:
    """One pool of at most `connections`. It connects when first asked and belongs to the event loop it is used in.

    `scope`: what is seen through it; None: what whoever asks may see, said anew in each transaction."""

    def __init__(self, url: str, connections: int = 10, scope: Scope | None = EVERYTHING) -> None:
        self._scope = scope
        always = {f"backhaul.{name}": value for name, value in said(scope).items()} if scope is not None else {}
        pool = {"pool_size": connections, "max_overflow": 0, "pool_timeout": _WAIT_SECONDS}
        self._engine = create(url, always=always, **pool)
        self._single = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._moment = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._turn = asyncio.Lock()
        liveness.watch(self._engine.sync_engine)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Committed at the end of the block, rolled back when it raises. Raises StoreUnavailable."""
        async with outages_named(), self._engine.begin() as connection:
            yield await self._told(connection)

    @asynccontextmanager
    async def one_moment(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads, and all of it as of one moment."""
        async with outages_named(), self._moment.begin() as connection:
            yield await self._told(connection)

    @asynccontextmanager
    async def in_turn(self) -> AsyncIterator[AsyncConnection]:
        """A transaction for what one lock serializes everywhere: of this process one at a time waits for it, so that
        a crowd does not hold all connections while it waits."""
        async with self._turn, self.transaction() as connection:
            yield connection

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[AsyncConnection]:
        """For a single statement, which is a transaction by itself: begin and commit would cost two round trips more.
        Where it depends on who asks what is seen, it costs them. Raises StoreUnavailable."""
        if self._scope is None:
            async with self.transaction() as connection:
                yield connection
        else:
            async with outages_named(), self._single.connect() as connection:
                yield connection

    async def _told(self, connection: AsyncConnection) -> AsyncConnection:
        if self._scope is None:
            await connection.execute(_SEE, said(current()))
        return connection

    async def close(self) -> None:
        await self._engine.dispose()


def said(scope: Scope) -> dict[str, str]:
    """As the policies read it: arrays as PostgreSQL writes them, with a star for all."""
    parts = {"regions": scope.regions, "shops": scope.shops}
    return {name: _array(names if names is not None else ("*",)) for name, names in parts.items()}


def _array(names: Collection[str]) -> str:
    # What is in no text of PostgreSQL's names nothing there.
    quoted = (re.sub(r'(["\\])', r"\\\1", name) for name in sorted(names) if "\0" not in name)
    return "{" + ",".join(f'"{name}"' for name in quoted) + "}"


def create(
    url: str, statement_seconds: int = _STATEMENT_SECONDS, always: Mapping[str, str] | None = None, **options: Any
) -> AsyncEngine:
    """An engine for 'postgresql://user:password@host:port/database'. Raises BadInput for any other kind of URL.
    `always` is set in every session."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("postgresql", "postgres"):
        # The URL itself is not shown: it may hold the password.
        raise BadInput("database_url", "must look like postgresql://user:password@host:5432/database")
    parsed = parsed.set(drivername="postgresql+asyncpg")
    if mode := parsed.query.get("sslmode"):  # libpq's word, which every other client of the same URL expects
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    settings = {"application_name": "backhaul", "lock_timeout": f"{_WAIT_SECONDS}s", **(always or {})}
    arguments = {"timeout": _CONNECT_SECONDS, "command_timeout": statement_seconds, "server_settings": settings}
    return create_async_engine(parsed, connect_args=arguments, **options)


@asynccontextmanager
async def outages_named() -> AsyncIterator[None]:
    """Turn every way in which PostgreSQL is away or too busy into StoreUnavailable."""
    try:
        yield
    except PoolTimeout as error:
        raise StoreUnavailable(f"no database connection came free within {_WAIT_SECONDS} s") from error
    except DBAPIError as error:
        if _state(error) == _NOT_MIGRATED:
            raise StoreUnavailable("PostgreSQL lacks tables of this version; run `migrate`") from error
        if error.connection_invalidated or _passing(error):
            raise StoreUnavailable(f"PostgreSQL is not available: {_sentence(error.orig)}") from error
        raise
    except (OSError, TimeoutError) as error:
        raise StoreUnavailable(f"PostgreSQL did not answer: {_sentence(error)}") from error


def _passing(error: DBAPIError) -> bool:
    return _state(error).startswith(_PASSING)


def _state(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None) or "")


def _sentence(error: BaseException | None) -> str:
    """The first line says what happened; later ones may quote values."""
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
