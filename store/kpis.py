"""Figures of the CRMs in PostgreSQL, each one question."""

from __future__ import annotations

from sqlalchemy import text

from store.engine import Database
from store.port.kpis import Attempts, FieldQuality, Scorecard, Staleness

# Rows of the outbox that were delivered in one statement are one publication.
_ATTEMPTS = text("""
    WITH ended AS (
        SELECT substr(lane, 5) AS org, region, '' AS cause, count(DISTINCT (return_id, delivered_at)) AS many
        FROM outbox JOIN returns USING (return_id)
        WHERE lane LIKE 'crm:%' AND delivered_at >= now() - make_interval(days => CAST(:days AS integer))
          AND subject <> 'backfill'
        GROUP BY lane, region
        UNION ALL
        SELECT org, region, cause, sum(many) FROM crm_attempts
        WHERE hour >= date_trunc('hour', now() - make_interval(days => CAST(:days AS integer)))
        GROUP BY org, region, cause
    ), summed AS (
        SELECT org, coalesce(region, '') AS region, grouping(region) = 1 AS whole, cause, sum(many) AS many
        FROM ended WHERE CAST(:org AS text) IS NULL OR org = :org
        GROUP BY GROUPING SETS ((org, cause), (org, region, cause))
    )
    SELECT org, region, whole, coalesce(sum(many) FILTER (WHERE cause = ''), 0)::bigint AS went,
           coalesce(sum(many) FILTER (WHERE cause <> ''), 0)::bigint AS failed,
           coalesce(jsonb_object_agg(cause, many) FILTER (WHERE cause <> ''), '{}') AS causes
    FROM summed GROUP BY org, region, whole ORDER BY org, whole DESC, region
""")
_FIELDS = text(r"""
    WITH mine AS (
        SELECT returns.*, contacts.email, contacts.name FROM returns LEFT JOIN contacts USING (return_id)
        WHERE opened_at >= now() - make_interval(days => CAST(:days AS integer))
    )
    SELECT field, count(*) AS every, count(*) FILTER (WHERE value <> '') AS filled,
           count(*) FILTER (WHERE value ~ shape) AS valid
    FROM mine, LATERAL (VALUES
        ('customer', customer_id, '\S'),
        ('name', coalesce(name, ''), '\S'),
        ('email', coalesce(email, ''), '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
        ('region', region, '^[A-Z]{2}(-[A-Z0-9]{1,3})?$'),
        ('currency', coalesce(snapshot ->> 'currency', ''), '^[A-Z]{3}$'),
        ('order_name', coalesce(snapshot ->> 'order_name', ''), '\S'),
        ('reason', coalesce(snapshot -> 'lines' -> 0 ->> 'reason', ''), '^[a-z_]+$')
    ) AS wanted (field, value, shape)
    GROUP BY field ORDER BY field
""")
_DUPLICATES = text("""
    SELECT count(*) FROM (
        SELECT lower(email) FROM contacts WHERE email <> '' AND customer_id <> ''
        GROUP BY lower(email) HAVING count(DISTINCT customer_id) > 1
    ) AS shared
""")
# The status is behind when another stage is shown; amounts are when that stage was left by a posting or a payout.
_STALENESS = text("""
    WITH standing AS (
        SELECT org, returns.changed_at, crm_shown.stage <> returns.stage AS status,
               crm_shown.stage <> returns.stage AND returns.stage IN ('credited', 'paid', 'closed') AS amounts
        FROM crm_shown JOIN returns USING (return_id)
        WHERE (CAST(:org AS text) IS NULL OR org = :org)
          AND opened_at >= now() - make_interval(days => CAST(:days AS integer))
    )
    SELECT org, fields, count(*) FILTER (WHERE behind) AS behind, min(changed_at) FILTER (WHERE behind) AS oldest
    FROM standing, LATERAL (VALUES ('status', status), ('amounts', amounts)) AS class (fields, behind)
    GROUP BY org, fields ORDER BY org, fields DESC
""")


class PostgresKpis:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def attempts(self, org: str | None, days: int) -> tuple[Attempts, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_ATTEMPTS, {"org": org, "days": days})).all()
        # A region that is not known is no region: it stands in the whole only.
        told = [row for row in rows if row.whole or row.region]
        return tuple(Attempts(row.org, row.region, row.went, row.failed, row.causes) for row in told)

    async def quality(self, org: str | None, days: int) -> Scorecard:
        async with self._database.transaction() as connection:
            fields = (await connection.execute(_FIELDS, {"days": days})).all()
            (duplicates,) = (await connection.execute(_DUPLICATES)).one()
            stale = (await connection.execute(_STALENESS, {"org": org, "days": days})).all()
        return Scorecard(
            tuple(FieldQuality(row.field, row.every, row.filled, row.valid) for row in fields),
            duplicates,
            tuple(Staleness(row.org, row.fields, row.behind, row.oldest) for row in stale),
        )
