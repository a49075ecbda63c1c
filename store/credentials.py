"""Credentials of vendors in PostgreSQL. They come and go sealed; nothing here can open them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import select, text

from domain.credentials import Credential
from store import auditing
from store.engine import Database
from store.hearing import hearing
from store.port import Act, StoredCredential, Written
from store.tables import credentials

CHANNEL = "backhaul_credentials"
_STREAM = "credentials"

_ALL = select(credentials).order_by(credentials.c.vendor, credentials.c.org, credentials.c.name)
# The end of an overlap is the database's clock's, and what is over is not kept.
_FORGET = text("UPDATE credentials SET before = NULL, before_until = NULL WHERE before_until <= now()")
_WRITE = text("""
    INSERT INTO credentials AS kept (vendor, org, name, version, sealed, before, before_until, set_at, set_by, key)
    VALUES (:vendor, :org, :name, :version, :sealed, :before,
            CASE WHEN CAST(:before AS bytea) IS NOT NULL THEN now() + make_interval(secs => :overlap) END,
            now(), :by, :key)
    ON CONFLICT (vendor, org, name) DO UPDATE
    SET version = excluded.version, sealed = excluded.sealed, before = excluded.before,
        before_until = excluded.before_until, set_at = excluded.set_at, set_by = excluded.set_by, key = excluded.key
    WHERE kept.version = excluded.version - 1
    RETURNING version
""")
_RESEAL = text("""
    UPDATE credentials SET sealed = :sealed, before = :before
    WHERE vendor = :vendor AND org = :org AND name = :name AND version = :version
      AND (before IS NULL) = (CAST(:before AS bytea) IS NULL)
    RETURNING version
""")
_TELL = text(f"SELECT pg_notify('{CHANNEL}', '')")


class PostgresCredentials:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[StoredCredential, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_ALL)).all()
        return tuple(
            StoredCredential(
                Credential(row.vendor, row.org, row.name), row.version, row.sealed, row.before, row.before_until,
                row.set_at, row.set_by, row.key,
            )
            for row in rows
        )  # fmt: skip

    async def write(self, written: Written) -> bool:
        which = written.credential
        row = {"vendor": which.vendor, "org": which.org, "name": which.name, "version": written.version}
        row |= {"sealed": written.sealed, "before": written.before, "overlap": written.overlap}
        row |= {"by": written.by, "key": written.key}
        after = {"version": str(written.version)}
        if written.before is not None:
            after["overlap"] = f"{written.overlap:.0f} s"
        action = "credential:drop" if written.sealed is None else "credential:write"
        async with self._database.transaction() as connection:
            if (await connection.execute(_WRITE, row)).first() is None:
                return False
            await connection.execute(_FORGET)
            await connection.execute(_TELL)
            await auditing.append(connection, Act(_STREAM, written.by, action, str(which), after=after))
        return True

    async def reseal(self, rows: tuple[StoredCredential, ...], key_id: str, by: str) -> int:
        done = 0
        async with self._database.transaction() as connection:
            for row in rows:
                which = row.credential
                given = {"vendor": which.vendor, "org": which.org, "name": which.name, "version": row.version}
                given |= {"sealed": row.sealed, "before": row.before}
                done += (await connection.execute(_RESEAL, given)).first() is not None
            await connection.execute(_FORGET)
            told = {"key": key_id, "credentials": str(done)}
            await auditing.append(connection, Act(_STREAM, by, "credential:reencrypt", _STREAM, after=told))
        return done

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[AsyncIterator[None]]:
        async with hearing(self._database, CHANNEL) as bursts:
            yield _changes(bursts)


async def _changes(bursts: AsyncIterator[object]) -> AsyncIterator[None]:
    async for _ in bursts:
        yield None
