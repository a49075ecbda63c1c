"""What matching learns from, in PostgreSQL: comparisons counted by pattern, facts, and the versions of the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store import forest, locks
from store.engine import Database
from store.port import SavedWeights, Seen, UnknownParty
from store.tables import identity_weights, party_details

_PATTERNS = text("""
    SELECT levels, coalesce(facts.kind, '') AS kind, count(*) AS many
    FROM party_comparisons LEFT JOIN identity_facts AS facts USING (one, other) GROUP BY levels, facts.kind
""")
# Every n-th record, so that a sample is of all ages.
_SAMPLE = text("""
    SELECT fields FROM (SELECT fields, row_number() OVER (ORDER BY link_id) AS place FROM party_details) AS numbered
    WHERE place % :every = 0 LIMIT :sample
""")


class PostgresWeighing:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def seen(self, sample: int) -> Seen:
        async with self._database.transaction() as connection:
            rows = (await connection.execute(_PATTERNS)).all()
            counted = select(func.count()).select_from(party_details)
            records = int((await connection.execute(counted)).scalar_one())
            fields = (
                (await connection.execute(_SAMPLE, {"every": max(records // sample, 1), "sample": sample}))
                .scalars()
                .all()
            )
        by_kind: dict[str, dict[tuple[int, ...], int]] = {"together": {}, "apart": {}, "": {}}
        every: dict[tuple[int, ...], int] = {}
        for row in rows:
            pattern = tuple(row.levels)
            by_kind[row.kind][pattern] = row.many
            every[pattern] = every.get(pattern, 0) + row.many
        return Seen(every, by_kind["together"], by_kind["apart"], tuple(fields), records)

    async def save(self, document: Mapping[str, Any], records: int, by: str) -> int:
        new = insert(identity_weights).values(document=dict(document), records=records, by_whom=by)
        async with self._database.transaction() as connection:
            version = int((await connection.execute(new.returning(identity_weights.c.version))).scalar_one())
            await forest.audit(connection, by, "train", "", {}, {"weights": version})
        return version

    async def activate(self, version: int, by: str, why: str) -> None:
        async with self._database.transaction() as connection:
            await locks.identity(connection)
            before = await _active(connection)
            off = update(identity_weights).where(identity_weights.c.active.is_(True)).values(active=False)
            await connection.execute(off)
            if version:
                on = update(identity_weights).where(identity_weights.c.version == version).values(active=True)
                if not (await connection.execute(on)).rowcount:
                    raise UnknownParty(f"there are no weights of version {version}")
            await forest.audit(connection, by, "activate", why, {"weights": before}, {"weights": version})

    async def versions(self) -> tuple[SavedWeights, ...]:
        wanted = select(identity_weights).order_by(identity_weights.c.version)
        async with self._database.statement() as connection:
            rows = (await connection.execute(wanted)).all()
        return tuple(
            SavedWeights(row.version, row.document, row.records, row.active, row.by_whom, row.at) for row in rows
        )


async def _active(connection: AsyncConnection) -> int:
    wanted = select(identity_weights.c.version).where(identity_weights.c.active.is_(True))
    return (await connection.execute(wanted)).scalar_one_or_none() or 0
