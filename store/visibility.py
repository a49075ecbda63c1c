"""What the CRMs show of returns, over all of them: how much of it is current, since when not, and what was given up.

Read from what is stored only: the newest version of each return, what each org was owed and when, and what it took.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain import ids
from domain.returns import CustomerStage, Stage, customer_stage
from store.engine import Database
from store.port import Coverage, CrmLetter, Lagging, Latency, OrgCoverage, Shown

_OPEN_STAGES = [str(stage) for stage in Stage if customer_stage(stage) is not CustomerStage.DONE]

_LETTERS = text("""
    SELECT item.return_id, substr(item.lane, 5) AS org, returns.stage, returns.version,
           coalesce(crm_shown.version, 0) AS shown, min(item.dead_at) AS since,
           (array_agg(item.reason ORDER BY item.dead_at DESC, item.id DESC))[1] AS reason, count(*) AS given_up
    FROM outbox AS item
    JOIN returns ON returns.return_id = item.return_id
    LEFT JOIN crm_shown ON crm_shown.return_id = item.return_id AND crm_shown.org = substr(item.lane, 5)
    WHERE item.dead_at IS NOT NULL AND item.delivered_at IS NULL AND item.lane LIKE 'crm:%'
      AND (CAST(:lane AS text) IS NULL OR item.lane = :lane)
      AND (CAST(:return_ids AS text[]) IS NULL OR item.return_id = ANY(:return_ids))
    GROUP BY item.return_id, item.lane, returns.stage, returns.version, crm_shown.version
    HAVING position(lower(CAST(:cause AS text))
                    IN lower((array_agg(item.reason ORDER BY item.dead_at DESC, item.id DESC))[1])) > 0
    ORDER BY since, item.return_id, org
""")
_WHOSE = text("""
    SELECT return_id, region, shop FROM returns WHERE return_id = ANY(:return_ids)
""")
_OF_RETURN = text("""
    WITH owed AS (
        SELECT substr(lane, 5) AS org, min(created_at) AS owed_since, max(dead_at) AS given_up_at,
               (array_agg(reason ORDER BY dead_at DESC NULLS LAST, id DESC))[1] AS reason
        FROM outbox WHERE return_id = :return_id AND delivered_at IS NULL AND lane LIKE 'crm:%' GROUP BY lane
    ), shown AS (SELECT org, version, stage, shown_at FROM crm_shown WHERE return_id = :return_id)
    SELECT org, coalesce(version, 0) AS version, coalesce(stage, '') AS stage, shown_at, owed_since, given_up_at,
           coalesce(reason, '') AS reason
    FROM shown FULL JOIN owed USING (org) ORDER BY org
""")
_ORGS = text("""
    SELECT org FROM crm_shown
    UNION SELECT substr(lane, 5) FROM outbox WHERE delivered_at IS NULL AND lane LIKE 'crm:%'
    ORDER BY org
""")

# Each return an org was ever owed, once. It is current when nothing is owed any more and what was shown is the stage
# of the books: a version in which nothing changed that a CRM shows is never owed.
_STANDING = """
    WITH owed AS (
        SELECT return_id, substr(lane, 5) AS org, min(created_at) AS since,
               (array_agg(reason ORDER BY dead_at DESC NULLS LAST, id DESC))[1] AS reason
        FROM outbox WHERE delivered_at IS NULL AND lane LIKE 'crm:%' GROUP BY return_id, lane
    ), standing AS (
        SELECT return_id, org, region, returns.stage, returns.version, returns.stage = ANY(:open_stages) AS is_open,
               coalesce(crm_shown.stage, '') AS shown_stage, coalesce(crm_shown.version, 0) AS shown,
               owed.since IS NULL AND crm_shown.stage = returns.stage AS current,
               coalesce(owed.since, returns.changed_at) AS since, coalesce(owed.reason, '') AS reason
        FROM crm_shown FULL JOIN owed USING (return_id, org) JOIN returns USING (return_id)
        WHERE (CAST(:org AS text) IS NULL OR org = :org)
          -- Of an erased person nobody is shown anything any more.
          AND NOT EXISTS (SELECT FROM erased_returns AS gone WHERE gone.return_id = returns.return_id)
    )
"""
_COUNTS = text(f"""
    {_STANDING}
    SELECT org, coalesce(region, '') AS region, grouping(region) = 1 AS whole,
           count(*) FILTER (WHERE is_open) AS open, count(*) FILTER (WHERE is_open AND current) AS open_current,
           count(*) AS every, count(*) FILTER (WHERE current) AS every_current,
           min(since) FILTER (WHERE NOT current) AS oldest
    FROM standing GROUP BY GROUPING SETS ((org), (org, region)) ORDER BY org, region
""")  # noqa: S608 - our own text
_LAGGING = text(f"""
    {_STANDING}
    SELECT return_id, org, stage, version, shown_stage, shown, since, is_open, reason
    FROM standing WHERE NOT current ORDER BY since, return_id, org LIMIT :limit
""")  # noqa: S608 - our own text
_LATENCIES = text("""
    SELECT substr(lane, 5) AS org, coalesce(region, '') AS region, grouping(region) = 1 AS whole, count(*) AS many,
           percentile_cont(ARRAY[0.5, 0.95, 0.99])
               WITHIN GROUP (ORDER BY extract(epoch FROM delivered_at - created_at)) AS seconds
    FROM outbox JOIN returns USING (return_id)
    WHERE lane LIKE 'crm:%' AND delivered_at >= now() - make_interval(days => CAST(:days AS integer))
      AND subject <> 'backfill'
    GROUP BY GROUPING SETS ((lane), (lane, region))
""")
_UNTOLD = text("""
    SELECT count(*) FROM returns WHERE stage = ANY(:open_stages)
      AND NOT EXISTS (SELECT FROM crm_shown WHERE crm_shown.return_id = returns.return_id)
      AND NOT EXISTS (SELECT FROM outbox WHERE outbox.return_id = returns.return_id
                      AND delivered_at IS NULL AND lane LIKE 'crm:%')
""")


class PostgresVisibility:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def orgs(self) -> tuple[str, ...]:
        async with self._database.statement() as connection:
            return tuple((await connection.execute(_ORGS)).scalars())

    async def whose(self, return_ids: tuple[str, ...]) -> Mapping[str, tuple[str, str]]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_WHOSE, {"return_ids": list(return_ids)})).all()
        return {row.return_id: (row.region, row.shop) for row in rows}

    async def of_return(self, return_id: str) -> tuple[Shown, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_OF_RETURN, {"return_id": return_id})).all()
        return tuple(Shown(**row._mapping) for row in rows)

    async def letters(
        self, org: str | None = None, cause: str = "", return_ids: tuple[str, ...] | None = None
    ) -> tuple[CrmLetter, ...]:
        lane = ids.crm_lane(org) if org is not None else None
        wanted = {"lane": lane, "cause": cause, "return_ids": list(return_ids) if return_ids is not None else None}
        async with self._database.statement() as connection:
            rows = (await connection.execute(_LETTERS, wanted)).all()
        return tuple(CrmLetter(**row._mapping) for row in rows)

    async def coverage(self, org: str | None, days: int, limit: int) -> Coverage:
        wanted = {"org": org, "open_stages": _OPEN_STAGES}
        # The numbers and the list are of the same moment.
        async with self._database.one_moment() as connection:
            counts = await _rows(connection, _COUNTS, wanted)
            lagging = await _rows(connection, _LAGGING, wanted | {"limit": limit})
            measured = await _rows(connection, _LATENCIES, {"days": days})
            latencies = {(row.org, row.region, row.whole): row for row in measured}
            (untold,) = (await connection.execute(_UNTOLD, {"open_stages": _OPEN_STAGES})).one()
        counted = [(row.whole, _counted(row, latencies.get((row.org, row.region, row.whole)))) for row in counts]
        return Coverage(
            tuple(one for whole, one in counted if whole),
            tuple(Lagging(**row._mapping) for row in lagging),
            untold,
            tuple(one for whole, one in counted if not whole),
        )


async def _rows(connection: AsyncConnection, question: Any, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
    return (await connection.execute(question, values)).all()


def _counted(row: Row[Any], latency: Row[Any] | None) -> OrgCoverage:
    told = Latency(latency.many, *(float(each) for each in latency.seconds)) if latency is not None else None
    return OrgCoverage(row.org, row.open, row.open_current, row.every, row.every_current, row.oldest, told, row.region)
