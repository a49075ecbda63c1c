"""The audit's checkpoints and its reading as of one moment, in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit import checkpoint_form, marks_root, sha256
from store import audit_cutting, audit_timeline, locks
from store.audit import entry
from store.engine import Database
from store.port import AuditReader, Chain, Checkpoint, Cut, Entry, Mark, Signs, Stub

# Streams that are read together.
_TOGETHER = 200
_NEWEST = text("SELECT number, hash, clock_timestamp() AS now FROM audit_checkpoints ORDER BY number DESC LIMIT 1")
_NOW = text("SELECT clock_timestamp()")
# As committed, without waiting for whoever appends: what is under way now is covered next time.
_MOVED = text("SELECT stream, seq, hash FROM audit_heads WHERE unsigned AND seq > 0 ORDER BY stream")
_SIGNED = text("""
    WITH mine AS (
        SELECT stream FROM audit_heads JOIN audit_checkpoint_heads AS mark USING (stream, seq)
        WHERE mark.number = :number FOR UPDATE OF audit_heads SKIP LOCKED
    )
    UPDATE audit_heads SET unsigned = false FROM mine WHERE audit_heads.stream = mine.stream
""")
_MARKS = text("""
    INSERT INTO audit_checkpoint_heads (number, stream, seq, hash)
    SELECT :number, stream, seq, hash
    FROM unnest(CAST(:streams AS text[]), CAST(:seqs AS bigint[]), CAST(:hashes AS bytea[])) AS m (stream, seq, hash)
""")
_KEEP = text("""
    INSERT INTO audit_checkpoints (number, at, streams, root, prev, hash, key_id, signature)
    VALUES (:number, :at, :streams, :root, :prev, :hash, :key_id, :signature)
""")
_CHECKPOINTS = text("SELECT * FROM audit_checkpoints ORDER BY number")
_MARKS_OF = text("SELECT number, stream, seq, hash FROM audit_checkpoint_heads WHERE number = :number ORDER BY stream")
# A checkpoint whose own row is gone is told by its marks.
_STREAMS = text("""
    SELECT stream FROM (
        (SELECT stream FROM audit_heads WHERE stream > :after ORDER BY stream LIMIT :most)
        UNION (SELECT DISTINCT stream FROM audit WHERE stream > :after ORDER BY stream LIMIT :most)
        UNION (SELECT DISTINCT stream FROM audit_checkpoint_heads WHERE stream > :after ORDER BY stream LIMIT :most)
        UNION (SELECT DISTINCT stream FROM audit_stubs WHERE stream > :after ORDER BY stream LIMIT :most)
    ) AS known ORDER BY stream LIMIT :most
""")
_OF = "WHERE stream = ANY(CAST(:streams AS text[])) ORDER BY stream, seq"
_MARKS_HERE = text(f"SELECT number, stream, seq, hash FROM audit_checkpoint_heads {_OF}, number")  # noqa: S608
_STUBS_HERE = text(f"SELECT * FROM audit_stubs {_OF}")  # noqa: S608
_HEADS_HERE = text(f"SELECT stream, seq, hash FROM audit_heads {_OF}")  # noqa: S608
_ACTS_HERE = text(f"""
    SELECT audit.*, reason, salt FROM audit LEFT JOIN audit_reasons USING (stream, seq)
    LEFT JOIN audit_salts ON audit_salts.subject = audit_reasons.subject {_OF}
""")  # noqa: S608


class PostgresAuditBooks:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def checkpoint(self, key: Signs) -> Checkpoint | None:
        async with self._database.transaction() as connection:
            await locks.audit_signing(connection)
            return await _checkpoint(connection, key)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AuditReader]:
        async with self._database.one_moment() as connection:
            yield PostgresReader(connection)

    async def cut(self, kind: str, before: datetime, key: Signs | None, by: str) -> Cut:
        async with self._database.transaction() as connection:
            await locks.audit_signing(connection)
            return await audit_cutting.cut(connection, kind, before, key, by)


async def _checkpoint(connection: AsyncConnection, key: Signs) -> Checkpoint | None:
    newest = (await connection.execute(_NEWEST)).one_or_none()
    moved = (await connection.execute(_MOVED)).all()
    if not moved:
        return None
    at = newest.now if newest else (await connection.execute(_NOW)).scalar_one()
    number, prev = (newest.number + 1, newest.hash) if newest else (1, b"")
    root = marks_root((row.stream, row.seq, row.hash) for row in moved)
    form = checkpoint_form(number, at, len(moved), root, prev, key.key_id)
    made = Checkpoint(number, at, len(moved), root, prev, sha256(form), key.key_id, key.sign(form))
    marks = {"streams": [row.stream for row in moved], "seqs": [row.seq for row in moved]}
    await connection.execute(_MARKS, marks | {"number": number, "hashes": [row.hash for row in moved]})
    await connection.execute(_KEEP, {name: getattr(made, name) for name in Checkpoint.__slots__})
    await connection.execute(_SIGNED, {"number": number})
    return made


class PostgresReader:
    """Within the caller's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def checkpoints(self) -> AsyncIterator[tuple[Checkpoint, tuple[Mark, ...]]]:
        for row in (await self._connection.execute(_CHECKPOINTS)).all():
            marks = (await self._connection.execute(_MARKS_OF, {"number": row.number})).all()
            yield Checkpoint(**row._mapping), tuple(map(_mark, marks))

    async def chains(self, stream: str | None = None) -> AsyncIterator[Chain | Entry]:
        after, some = "", [stream] if stream is not None else await self._streams("")
        while some:
            async for part in self._together(some):
                yield part
            after = some[-1]
            some = [] if stream is not None else await self._streams(after)

    async def _streams(self, after: str) -> list[str]:
        return list((await self._connection.execute(_STREAMS, {"after": after, "most": _TOGETHER})).scalars())

    async def _together(self, streams: list[str]) -> AsyncIterator[Chain | Entry]:
        these = {"streams": streams}
        marks = (await self._connection.execute(_MARKS_HERE, these)).all()
        stubs = (await self._connection.execute(_STUBS_HERE, these)).all()
        heads = {row.stream: (row.seq, row.hash) for row in (await self._connection.execute(_HEADS_HERE, these)).all()}
        chains = [
            Chain(
                stream,
                tuple(_mark(row) for row in marks if row.stream == stream),
                tuple(Stub(**row._mapping) for row in stubs if row.stream == stream),
                heads.get(stream),
            )
            for stream in streams
        ]
        written = await audit_timeline.sentences(self._connection, streams)
        acts = await self._connection.stream(_ACTS_HERE, these)
        waiting = iter(chains)
        open_ = None
        async for row in acts:
            while open_ != row.stream:
                chain = next(waiting)
                open_ = chain.stream
                yield chain
            act = entry(row)
            yield act if written.still(act) else replace(act, committed=False)
        for chain in waiting:
            yield chain


def _mark(row: Row[Any]) -> Mark:
    return Mark(row.number, row.stream, row.seq, row.hash)
