"""How far each CRM was listened to, and which known records are gone, in PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text

from store.engine import Database
from store.port import Losses, Position

# What else there is to do is told with it: that is asked with every page, and there is hardly ever anything.
_POSITION = text("""
    SELECT *,
           EXISTS (SELECT FROM crm_items WHERE org = :org AND object = :object AND resolved_at IS NOT NULL
                                           AND acted_at IS NULL) AS decided,
           EXISTS (SELECT FROM crm_asks WHERE org = :org AND answered_at IS NULL) AS asking
    FROM crm_cursors WHERE org = :org AND object = :object AND mapping = :mapping
""")
_POSITIONS = text("""
    SELECT DISTINCT ON (org, object) * FROM crm_cursors
    WHERE CAST(:org AS text) IS NULL OR org = :org ORDER BY org, object, saved_at DESC
""")
_BEGUN = text("""
    INSERT INTO crm_cursors (org, object, mapping, cursor, comparing, after, began, probed_at, restarted_at)
    VALUES (:org, :object, :mapping, :cursor, :comparing, '', now(), now(), now())
    ON CONFLICT (org, object, mapping) DO UPDATE
    SET cursor = excluded.cursor, comparing = excluded.comparing, after = '', began = now(), saved_at = now(),
        probed_at = now(), restarted_at = now()
""")
_MOVED = text("""
    UPDATE crm_cursors
    SET cursor = :cursor, saved_at = now(), told_at = CASE WHEN :changes > 0 THEN now() ELSE told_at END
    WHERE org = :org AND object = :object AND mapping = :mapping AND cursor = :before
    RETURNING 1
""")
_PROBED = text("""
    UPDATE crm_cursors SET probed_at = now() WHERE org = :org AND object = :object AND mapping = :mapping
""")
# No CRM tells a change again after a week: Dataverse's change tracking keeps seven days by default, Salesforce three.
_OLD_EVENTS = text("DELETE FROM crm_events WHERE org = :org AND seen_at < now() - interval '9 days'")
_SEEN = text("""
    UPDATE crm_records SET seen_at = now() WHERE org = :org AND object = :object AND record = ANY(:records)
""")
# What somebody began anew meanwhile begins at its beginning.
_ONWARD = text("""
    UPDATE crm_cursors SET after = :after
    WHERE org = :org AND object = :object AND mapping = :mapping AND began = :began
""")
_OVER = text("""
    UPDATE crm_cursors SET comparing = '', after = '', began = NULL
    WHERE org = :org AND object = :object AND mapping = :mapping AND began = :began
""")
# What came into the books after the comparing began may rightly be behind the place it had reached.
_UNSEEN = text("""
    SELECT record FROM crm_records
    WHERE org = :org AND object = :object AND state = 'live' AND seen_at < :began AND added_at < :began ORDER BY record
""")
_MISSING = text("""
    UPDATE crm_records SET state = 'missing', gone_at = :at, seq = seq + 1
    WHERE org = :org AND object = :object AND record = ANY(:records) AND state = 'live'
""")
_STANDING = text("""
    SELECT count(*) FILTER (WHERE state = 'live' OR gone_at > now() - CAST(:window AS interval)) AS known,
           count(*) FILTER (WHERE state <> 'live' AND gone_at > now() - CAST(:window AS interval)) AS gone
    FROM crm_records WHERE org = :org AND object = :object
""")
_IS_MISSING = text("""
    SELECT record FROM crm_records WHERE org = :org AND object = :object AND state = 'missing' ORDER BY record
""")


class PostgresWatching:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def position(self, org: str, of: str, mapping: str) -> Position | None:
        async with self._database.statement() as connection:
            row = (await connection.execute(_POSITION, _which(org, of, mapping))).one_or_none()
        return _position(row) if row else None

    async def positions(self, org: str | None = None) -> tuple[Position, ...]:
        async with self._database.statement() as connection:
            return tuple(_position(row) for row in (await connection.execute(_POSITIONS, {"org": org})).all())

    async def begun(self, org: str, of: str, mapping: str, cursor: str, comparing: str) -> None:
        async with self._database.statement() as connection:
            await connection.execute(_BEGUN, _which(org, of, mapping) | {"cursor": cursor, "comparing": comparing})

    async def moved(self, before: Position, cursor: str, changes: int) -> bool:
        which = _which(before.org, before.object, before.mapping)
        move = which | {"cursor": cursor, "before": before.cursor, "changes": changes}
        async with self._database.statement() as connection:
            return (await connection.execute(_MOVED, move)).first() is not None

    async def probed(self, org: str, of: str, mapping: str) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(_PROBED, _which(org, of, mapping))
            await connection.execute(_OLD_EVENTS, {"org": org})

    async def compared(self, at: Position, records: tuple[str, ...], after: str | None) -> tuple[str, ...]:
        which = _which(at.org, at.object, at.mapping)
        here = {"org": at.org, "object": at.object}
        async with self._database.transaction() as connection:
            await connection.execute(_SEEN, here | {"records": list(records)})
            if after is not None:
                await connection.execute(_ONWARD, which | {"after": after, "began": at.began})
                return ()
            unseen = await connection.execute(_UNSEEN, here | {"began": at.began})
            return tuple(unseen.scalars())

    async def over(self, at: Position) -> None:
        which = _which(at.org, at.object, at.mapping)
        async with self._database.statement() as connection:
            await connection.execute(_OVER, which | {"began": at.began})

    async def missing(self, org: str, of: str, records: tuple[str, ...], at: datetime, window: timedelta) -> Losses:
        here = {"org": org, "object": of}
        async with self._database.transaction() as connection:
            await connection.execute(_MISSING, here | {"records": list(records), "at": at})
            row = (await connection.execute(_STANDING, here | {"window": window})).one()
        return Losses(row.known, row.gone)

    async def is_missing(self, org: str, of: str) -> tuple[str, ...]:
        async with self._database.statement() as connection:
            return tuple((await connection.execute(_IS_MISSING, {"org": org, "object": of})).scalars())


def _which(org: str, of: str, mapping: str) -> dict[str, Any]:
    return {"org": org, "object": of, "mapping": mapping}


def _position(row: Row[Any]) -> Position:
    return Position(**row._mapping)
