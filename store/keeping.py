"""What is old is deleted from the books of the CRMs, in PostgreSQL. What stands in a CRM needs none of it."""

from __future__ import annotations

from sqlalchemy import text

from store.engine import Database
from store.port.keeping import Forgotten

# Decisions are explained by these rows and depend on none: what is agreed of a field is kept with its record.
_FORGET = text("""
    WITH old AS (SELECT now() - make_interval(days => CAST(:days AS integer)) AS day), conflicts AS (
        DELETE FROM crm_conflicts USING old WHERE org = :org AND decided_at < old.day RETURNING 1
    ), asks AS (
        DELETE FROM crm_asks USING old WHERE org = :org AND answered_at < old.day AND found_at < old.day RETURNING 1
    ), events AS (
        DELETE FROM crm_events USING old WHERE org = :org AND seen_at < old.day RETURNING 1
    ), attempts AS (
        DELETE FROM crm_attempts USING old WHERE org = :org AND hour < old.day RETURNING 1
    ), items AS (
        DELETE FROM crm_items USING old WHERE org = :org AND acted_at < old.day
    ), unheard AS (
        -- Calls whose end nobody ever learnt: no CRM tells of a write so long afterwards.
        DELETE FROM crm_under_way USING old WHERE org = :org AND at < old.day
    )
    SELECT (SELECT count(*) FROM conflicts) AS conflicts, (SELECT count(*) FROM asks) AS asks,
           (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM attempts) AS attempts
""")


class PostgresKeeping:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget(self, org: str, days: int) -> Forgotten:
        async with self._database.statement() as connection:
            row = (await connection.execute(_FORGET, {"org": org, "days": days})).one()
        return Forgotten(row.conflicts, row.asks, row.events, row.attempts)
