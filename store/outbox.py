"""The outbox in PostgreSQL: what is owed to the outside, told, or given up for now. Written by returns.record()."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Executable, and_, bindparam, func, select, text, update

from domain import ids
from domain.returns import CrmState
from store.engine import Database
from store.port import DeadLetter
from store.tables import outbox

NOTICE = "notice"

# Composed once: that takes longer than to run them.
_UNDELIVERED = and_(
    outbox.c.return_id == bindparam("of"), outbox.c.lane == bindparam("in_lane"), outbox.c.delivered_at.is_(None)
)
# One statement: what a CRM shows and what it is owed never say two things.
_SHOWN = text("""
    WITH shown AS (
        INSERT INTO crm_shown (return_id, org, version, stage) VALUES (:return_id, :org, :version, :stage)
        ON CONFLICT (return_id, org) DO UPDATE
        SET version = excluded.version, stage = excluded.stage, shown_at = excluded.shown_at
        WHERE crm_shown.version < excluded.version OR (crm_shown.version = excluded.version AND crm_shown.stage = '')
    )
    UPDATE outbox SET delivered_at = now(), dead_at = NULL, reason = ''
    WHERE return_id = :return_id AND lane = :lane AND delivered_at IS NULL AND version <= :version
""")
_WAIVED = text("""
    UPDATE outbox SET delivered_at = now(), dead_at = NULL, reason = ''
    WHERE return_id = :return_id AND lane = :lane AND delivered_at IS NULL AND version <= :version
""")
_STATES = text("""
    SELECT lane, max(version) AS version, bool_or(dead) AS dead FROM (
        SELECT 'crm:' || org AS lane, version, false AS dead FROM crm_shown WHERE return_id = :return_id
        UNION ALL
        SELECT lane, 0, true FROM outbox
        WHERE return_id = :return_id AND dead_at IS NOT NULL AND delivered_at IS NULL AND lane <> :notice
    ) AS known GROUP BY lane ORDER BY lane
""")
_FAILED = text("""
    INSERT INTO crm_attempts (org, region, work, cause, hour, many)
    SELECT :org, region, :work, :cause, date_trunc('hour', now()), 1 FROM returns WHERE return_id = :return_id
    ON CONFLICT (org, region, work, cause, hour) DO UPDATE SET many = crm_attempts.many + 1
""")
_GIVEN_UP = (
    update(outbox)
    .where(_UNDELIVERED, outbox.c.dead_at.is_(None))
    .values(dead_at=func.now(), reason=bindparam("because"))
)


class PostgresOutbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def shown(self, return_id: str, org: str, version: int, stage: str) -> None:
        what = {"return_id": return_id, "org": org, "version": version, "stage": stage, "lane": ids.crm_lane(org)}
        await self._run(_SHOWN, what)

    async def waive(self, return_id: str, org: str, version: int) -> None:
        await self._run(_WAIVED, {"return_id": return_id, "version": version, "lane": ids.crm_lane(org)})

    async def crm_states(self, return_id: str) -> tuple[CrmState, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_STATES, {"return_id": return_id, "notice": NOTICE})).all()
        return tuple(CrmState(ids.org_of_lane(row.lane) or "", row.version, row.dead) for row in rows)

    async def park(self, return_id: str, lane: str, reason: str) -> None:
        """What is dead already keeps the day it died and its reason."""
        await self._run(_GIVEN_UP, {"of": return_id, "in_lane": lane, "because": reason})

    async def failed(self, return_id: str, org: str, work: str, cause: str) -> None:
        await self._run(_FAILED, {"return_id": return_id, "org": org, "work": work, "cause": cause})

    async def dead_letters(self) -> tuple[DeadLetter, ...]:
        dead = select(outbox).where(outbox.c.dead_at.is_not(None), outbox.c.delivered_at.is_(None))
        async with self._database.statement() as connection:
            rows = (await connection.execute(dead.order_by(outbox.c.dead_at, outbox.c.id))).all()
        return tuple(DeadLetter(row.return_id, row.lane, row.subject, row.dead_at, row.reason) for row in rows)

    async def _run(self, change: Executable, values: dict[str, Any]) -> None:
        async with self._database.statement() as connection:
            await connection.execute(change, values)
