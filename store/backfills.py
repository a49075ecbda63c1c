"""Backfills in PostgreSQL. A portion's outcome is one transaction, however many returns it has."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from domain import ids
from domain.order import Contact
from domain.returns import CustomerStage, Stage, customer_stage
from store import snapshots
from store.engine import Database
from store.port.backfills import Backfill, BackfillState, Ended, Portion, Size, Wanted

_OPEN_STAGES = [str(stage) for stage in Stage if customer_stage(stage) is not CustomerStage.DONE]

# A return whose order is not recorded has no customer yet, and one that is owed to the org is its lane's.
_WANTED = """
    FROM returns JOIN contacts USING (return_id)
    WHERE (NOT :only_open OR stage = ANY(:open_stages))
      AND (CAST(:since AS timestamptz) IS NULL OR opened_at >= :since)
      AND snapshot ->> 'currency' <> ''
      AND NOT EXISTS (SELECT FROM outbox WHERE outbox.return_id = returns.return_id AND lane = :lane
                      AND delivered_at IS NULL AND dead_at IS NULL)
"""
_SIZE = text(
    f"SELECT count(*) AS returns, coalesce(sum(jsonb_array_length(snapshot -> 'lines')), 0) AS lines {_WANTED}"
)
_PORTION = text(f"""
    SELECT return_id, CAST(snapshot AS text) AS document, name, email, contacts.customer_id, company
    {_WANTED} AND return_id > :after ORDER BY return_id LIMIT :most
""")
_BEGIN = text("""
    INSERT INTO crm_backfills (backfill_id, org, state, only_open, since, total)
    VALUES (:backfill_id, :org, 'running', :only_open, :since, :total) ON CONFLICT DO NOTHING
""")
_ONE = text("SELECT * FROM crm_backfills WHERE backfill_id = :backfill_id")
_LATEST = text("""
    SELECT DISTINCT ON (org) * FROM crm_backfills WHERE CAST(:org AS text) IS NULL OR org = :org
    ORDER BY org, started_at DESC
""")
_KEEP = text("UPDATE crm_backfills SET ticket = :ticket, changed_at = now() WHERE backfill_id = :backfill_id")
_MARK = text("""
    UPDATE crm_backfills SET state = :state, reason = :reason, changed_at = now() WHERE backfill_id = :backfill_id
""")
_ADVANCE = text("""
    UPDATE crm_backfills SET after = :last, ticket = '', changed_at = now(), shown = shown + :shown,
                             newer = newer + :newer, refused = refused + :refused
    WHERE backfill_id = :backfill_id AND after = :before RETURNING org
""")
_TOLD = """
    unnest(CAST(:ids AS text[]), CAST(:versions AS integer[]), CAST(:words AS text[]))
    AS told (return_id, version, word)
"""
_SHOWN = text(f"""
    WITH told AS (SELECT * FROM {_TOLD}), shown AS (
        INSERT INTO crm_shown (return_id, org, version, stage) SELECT return_id, :org, version, word FROM told
        ON CONFLICT (return_id, org) DO UPDATE
        SET version = excluded.version, stage = excluded.stage, shown_at = excluded.shown_at
        WHERE crm_shown.version < excluded.version OR (crm_shown.version = excluded.version AND crm_shown.stage = '')
    )
    UPDATE outbox SET delivered_at = now(), dead_at = NULL, reason = '' FROM told
    WHERE outbox.return_id = told.return_id AND lane = :lane AND delivered_at IS NULL AND outbox.version <= told.version
""")  # noqa: S608 - our own text
# What the lane owes by now is the lane's. What was given up before keeps its day, and has the newest reason.
_REFUSED = text(f"""
    WITH told AS (SELECT * FROM {_TOLD}), known AS (
        UPDATE outbox SET reason = told.word FROM told
        WHERE outbox.return_id = told.return_id AND lane = :lane AND delivered_at IS NULL AND dead_at IS NOT NULL
    )
    INSERT INTO outbox (return_id, lane, subject, version, dead_at, reason)
    SELECT return_id, :lane, 'backfill', version, now(), word FROM told
    WHERE NOT EXISTS (SELECT FROM outbox
                      WHERE outbox.return_id = told.return_id AND lane = :lane AND delivered_at IS NULL)
""")  # noqa: S608 - our own text
_COUNTED = text(f"""
    INSERT INTO crm_attempts (org, region, work, cause, hour, many)
    SELECT :org, region, 'backfill', word, date_trunc('hour', now()), count(*)
    FROM {_TOLD} JOIN returns USING (return_id) GROUP BY region, word
    ON CONFLICT (org, region, work, cause, hour) DO UPDATE SET many = crm_attempts.many + excluded.many
""")  # noqa: S608 - our own text


class PostgresBackfills:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def size(self, wanted: Wanted) -> Size:
        async with self._database.statement() as connection:
            row = (await connection.execute(_SIZE, _filter(wanted))).one()
        return Size(row.returns, row.lines)

    async def begin(self, backfill_id: str, wanted: Wanted, total: int) -> None:
        given = {"backfill_id": backfill_id, "org": wanted.org, "only_open": wanted.only_open, "since": wanted.since}
        async with self._database.statement() as connection:
            await connection.execute(_BEGIN, given | {"total": total})

    async def get(self, backfill_id: str) -> Backfill | None:
        async with self._database.statement() as connection:
            row = (await connection.execute(_ONE, {"backfill_id": backfill_id})).one_or_none()
        return _backfill(row) if row else None

    async def latest(self, org: str | None = None) -> tuple[Backfill, ...]:
        async with self._database.statement() as connection:
            return tuple(_backfill(row) for row in (await connection.execute(_LATEST, {"org": org})).all())

    async def portion(self, wanted: Wanted, after: str, most: int) -> Portion:
        given = _filter(wanted) | {"after": after, "most": most}
        async with self._database.statement() as connection:
            rows = (await connection.execute(_PORTION, given)).all()
        found = tuple(
            (snapshots.load(row.document), Contact(row.name, row.email, row.customer_id, row.company)) for row in rows
        )
        return Portion(found, rows[-1].return_id if rows else None)

    async def keep(self, backfill_id: str, ticket: str) -> None:
        async with self._database.statement() as connection:
            await connection.execute(_KEEP, {"backfill_id": backfill_id, "ticket": ticket})

    async def ended(self, backfill_id: str, before: str, last: str, results: tuple[Ended, ...]) -> None:
        good = [one for one in results if not one.cause]
        bad = [one for one in results if one.cause]
        newer = sum(one.newer for one in good)
        step: dict[str, Any] = {"backfill_id": backfill_id, "before": before, "last": last}
        step |= {"shown": len(good) - newer, "newer": newer, "refused": len(bad)}
        async with self._database.transaction() as connection:
            org = (await connection.execute(_ADVANCE, step)).scalar_one_or_none()
            if org is None:
                return
            where = {"org": org, "lane": ids.crm_lane(org)}
            await connection.execute(_SHOWN, where | _columns(good, [one.stage for one in good]))
            letters = {"lane": where["lane"]} | _columns(bad, [one.reason for one in bad])
            await connection.execute(_REFUSED, letters)
            every = [*good, *bad]
            await connection.execute(_COUNTED, {"org": org} | _columns(every, [one.cause for one in every]))

    async def mark(self, backfill_id: str, state: BackfillState, reason: str = "") -> None:
        async with self._database.statement() as connection:
            await connection.execute(_MARK, {"backfill_id": backfill_id, "state": str(state), "reason": reason})


def _filter(wanted: Wanted) -> dict[str, Any]:
    return {
        "only_open": wanted.only_open,
        "since": wanted.since,
        "open_stages": _OPEN_STAGES,
        "lane": ids.crm_lane(wanted.org),
    }


def _columns(results: list[Ended], words: list[str]) -> dict[str, list[Any]]:
    return {
        "ids": [one.return_id for one in results],
        "versions": [one.version for one in results],
        "words": words,
    }


def _backfill(row: Any) -> Backfill:
    return Backfill(**(dict(row._mapping) | {"state": BackfillState(row.state)}))
