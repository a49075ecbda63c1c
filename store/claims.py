"""Who works on which hold, in PostgreSQL: one row each, taken by one statement, so that one of two askers has it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, text

from store.engine import Database
from store.port import Claim

# What was taken by the asker before, or by somebody whose time is over, is taken anew. No row: somebody else has it.
_TAKE = text("""
    INSERT INTO hold_claims (return_id, hold_id, by, until)
    VALUES (:return_id, :hold_id, :by, now() + make_interval(secs => CAST(:lasts AS double precision)))
    ON CONFLICT (return_id, hold_id) DO UPDATE
    SET by = excluded.by, until = excluded.until,
        taken_at = CASE WHEN hold_claims.by = excluded.by AND hold_claims.until > now()
                        THEN hold_claims.taken_at ELSE now() END
    WHERE hold_claims.by = excluded.by OR hold_claims.until <= now()
    RETURNING *
""")
_WHOSE = text("SELECT * FROM hold_claims WHERE return_id = :return_id AND hold_id = :hold_id")
# Whose time was over long ago: nobody is told of them, and one that somebody takes up just now is left alone.
_FORGET = text("""
    DELETE FROM hold_claims WHERE (return_id, hold_id) IN (
        SELECT return_id, hold_id FROM hold_claims WHERE until < now() - interval '30 days' FOR UPDATE SKIP LOCKED
    )
""")
_RELEASE = text("""
    DELETE FROM hold_claims WHERE return_id = :return_id AND hold_id = :hold_id AND by = :by AND until > now()
    RETURNING hold_id
""")
_OF = text("SELECT * FROM hold_claims WHERE return_id = ANY(:return_ids) AND until > now()")
_BY = text("SELECT * FROM hold_claims WHERE by = :name AND until > now() ORDER BY taken_at, return_id, hold_id")


class PostgresClaims:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, return_id: str, hold_id: str, by: str, lasts: timedelta) -> Claim:
        which = {"return_id": return_id, "hold_id": hold_id}
        async with self._database.transaction() as connection:
            await connection.execute(_FORGET)
            row = (
                await connection.execute(_TAKE, which | {"by": by, "lasts": lasts.total_seconds()})
            ).one_or_none() or (await connection.execute(_WHOSE, which)).one()
        return _claim(row)

    async def release(self, return_id: str, hold_id: str, by: str) -> bool:
        which = {"return_id": return_id, "hold_id": hold_id, "by": by}
        async with self._database.statement() as connection:
            return (await connection.execute(_RELEASE, which)).first() is not None

    async def of(self, return_ids: tuple[str, ...]) -> tuple[Claim, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_OF, {"return_ids": list(return_ids)})).all()
        return tuple(_claim(row) for row in rows)

    async def by(self, name: str) -> tuple[Claim, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_BY, {"name": name})).all()
        return tuple(_claim(row) for row in rows)


def _claim(row: Row[Any]) -> Claim:
    return Claim(row.return_id, row.hold_id, row.by, row.taken_at, row.until)
