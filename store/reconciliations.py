"""Reconciliations in PostgreSQL: what was met in an org stays until the run is over, so that absence can be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import text

from domain import ids
from domain.drift import Action, Cause, Standing
from domain.order import Contact
from domain.returns import CustomerStage, Stage, customer_stage
from store import snapshots
from store.engine import Database
from store.port.reconciliations import Comparable, Drift, Reconciliation, RunState

_OPEN_STAGES = [str(stage) for stage in Stage if customer_stage(stage) is not CustomerStage.DONE]
_DRIFTS = TypeAdapter(tuple[Drift, ...])
_KEPT = "30 days"

_BEGIN = text("""
    INSERT INTO crm_reconciliations (run_id, org, object, sample, state)
    VALUES (:run_id, :org, :of, :sample, 'running') ON CONFLICT DO NOTHING
""")
_FORGET = text(f"""
    DELETE FROM crm_reconciliations WHERE org = :org AND started_at < now() - interval '{_KEPT}'
""")  # noqa: S608 - our own text
_COMPARABLE = text("""
    SELECT returns.return_id, CAST(snapshot AS text) AS document, name, email, contacts.customer_id, company,
           coalesce(crm_shown.version, 0) AS shown, coalesce(owed, false) AS owed, coalesce(dead, false) AS dead
    FROM returns JOIN contacts USING (return_id)
    LEFT JOIN crm_shown ON crm_shown.return_id = returns.return_id AND crm_shown.org = :org
    LEFT JOIN LATERAL (
        SELECT bool_or(dead_at IS NULL) AS owed, bool_or(dead_at IS NOT NULL) AS dead FROM outbox
        WHERE outbox.return_id = returns.return_id AND lane = :lane AND delivered_at IS NULL
    ) AS waiting ON true
    WHERE returns.return_id = ANY(:return_ids)
""")
_SAMPLE = text("SELECT return_id FROM crm_shown WHERE org = :org ORDER BY random() LIMIT :many")
_ADVANCE = text("""
    UPDATE crm_reconciliations SET after = :after, in_crm = in_crm + :many, same = same + :same
    WHERE run_id = :run_id AND after = :before RETURNING run_id
""")
_SEEN = text("""
    INSERT INTO crm_seen (run_id, return_id) SELECT :run_id, unnest(CAST(:seen AS text[])) ON CONFLICT DO NOTHING
""")
_DRIFTED = text("""
    INSERT INTO crm_drift (run_id, return_id, record, field, cause, action, ours, theirs)
    SELECT :run_id, return_id, record, field, cause, action, ours, theirs
    FROM jsonb_to_recordset(CAST(:drifts AS jsonb))
    AS drift (return_id text, record text, field text, cause text, action text, ours text, theirs text)
""")
# What the org was told of, and every open return that some org is told of: an org that was added later is to show it.
_SHOULD = """
    FROM returns JOIN contacts USING (return_id)
    WHERE snapshot ->> 'currency' <> '' AND opened_at < run.started_at
      AND (EXISTS (SELECT FROM crm_shown WHERE crm_shown.return_id = returns.return_id AND crm_shown.org = run.org)
           OR EXISTS (SELECT FROM outbox WHERE outbox.return_id = returns.return_id AND lane = 'crm:' || run.org)
           OR stage = ANY(:open_stages))
"""
_UNMET = text(f"""
    SELECT return_id FROM crm_reconciliations AS run, LATERAL (
        SELECT returns.return_id {_SHOULD} AND returns.return_id > :after
        AND NOT EXISTS (SELECT FROM crm_seen WHERE crm_seen.run_id = run.run_id
                        AND crm_seen.return_id = returns.return_id)
        ORDER BY returns.return_id LIMIT :most
    ) AS missing WHERE run.run_id = :run_id ORDER BY return_id
""")  # noqa: S608 - our own text
_END = text(f"""
    UPDATE crm_reconciliations AS run SET state = :state, alive = :alive, reason = :reason, ended_at = now(),
           in_books = (SELECT count(*) {_SHOULD})
    WHERE run_id = :run_id
""")  # noqa: S608 - our own text
_UNSEE = text("DELETE FROM crm_seen WHERE run_id = :run_id")
_HEALED = text("UPDATE crm_reconciliations SET healed = :many WHERE run_id = :run_id")
_FOUND = text("""
    SELECT return_id, record, field, cause, action, ours, theirs FROM crm_drift
    WHERE run_id = :run_id AND (CAST(:action AS text) IS NULL OR action = :action) ORDER BY return_id, id LIMIT :limit
""")
_LATEST = text("""
    SELECT DISTINCT ON (org) run_id, org, object, sample, state, in_crm, in_books, same, healed, alive, reason,
           started_at, ended_at,
           coalesce((SELECT jsonb_object_agg(cause, many) FROM (
               SELECT cause, count(*) AS many FROM crm_drift WHERE crm_drift.run_id = run.run_id GROUP BY cause
           ) AS counted), '{}') AS causes,
           coalesce((SELECT jsonb_object_agg(field, many) FROM (
               SELECT field, count(*) AS many FROM crm_drift
               WHERE crm_drift.run_id = run.run_id AND field <> '' GROUP BY field
           ) AS counted), '{}') AS fields
    FROM crm_reconciliations AS run WHERE CAST(:org AS text) IS NULL OR org = :org ORDER BY org, started_at DESC
""")


class PostgresReconciliations:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, run_id: str, org: str, of: str, sample: int) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(_FORGET, {"org": org})
            await connection.execute(_BEGIN, {"run_id": run_id, "org": org, "of": of, "sample": sample})

    async def comparable(self, org: str, return_ids: tuple[str, ...]) -> Mapping[str, Comparable]:
        given = {"org": org, "lane": ids.crm_lane(org), "return_ids": list(return_ids)}
        async with self._database.statement() as connection:
            rows = (await connection.execute(_COMPARABLE, given)).all()
        return {
            row.return_id: Comparable(
                snapshots.load(row.document),
                Contact(row.name, row.email, row.customer_id, row.company),
                Standing(row.shown, row.owed, row.dead),
            )
            for row in rows
        }

    async def sample(self, org: str, many: int) -> tuple[str, ...]:
        async with self._database.statement() as connection:
            return tuple((await connection.execute(_SAMPLE, {"org": org, "many": many})).scalars())

    async def met(
        self, run_id: str, before: str, after: str, seen: tuple[str, ...], same: int, drifts: tuple[Drift, ...]
    ) -> None:
        step = {"run_id": run_id, "before": before, "after": after, "many": len(seen), "same": same}
        async with self._database.transaction() as connection:
            if (await connection.execute(_ADVANCE, step)).first() is None:
                return
            await connection.execute(_SEEN, {"run_id": run_id, "seen": list(seen)})
            await connection.execute(_DRIFTED, _told(run_id, drifts))

    async def unmet(self, run_id: str, after: str, most: int) -> tuple[str, ...]:
        given = {"run_id": run_id, "after": after, "most": most, "open_stages": _OPEN_STAGES}
        async with self._database.statement() as connection:
            return tuple((await connection.execute(_UNMET, given)).scalars())

    async def missing(self, run_id: str, drifts: tuple[Drift, ...]) -> None:
        """Each is met now, so that telling them twice finds none the second time."""
        async with self._database.transaction() as connection:
            await connection.execute(_SEEN, {"run_id": run_id, "seen": [drift.return_id for drift in drifts]})
            await connection.execute(_DRIFTED, _told(run_id, drifts))

    async def end(self, run_id: str, state: RunState, alive: bool, reason: str) -> None:
        given = {"run_id": run_id, "state": str(state), "alive": alive, "reason": reason}
        async with self._database.transaction() as connection:
            await connection.execute(_END, given | {"open_stages": _OPEN_STAGES})
            await connection.execute(_UNSEE, {"run_id": run_id})

    async def healed(self, run_id: str, many: int) -> None:
        async with self._database.statement() as connection:
            await connection.execute(_HEALED, {"run_id": run_id, "many": many})

    async def drifts(self, run_id: str, action: Action | None = None, limit: int = 1000) -> tuple[Drift, ...]:
        given = {"run_id": run_id, "action": str(action) if action else None, "limit": limit}
        async with self._database.statement() as connection:
            rows = (await connection.execute(_FOUND, given)).all()
        return tuple(
            Drift(**(dict(row._mapping) | {"cause": Cause(row.cause), "action": Action(row.action)})) for row in rows
        )

    async def latest(self, org: str | None = None) -> tuple[Reconciliation, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_LATEST, {"org": org})).all()
        return tuple(Reconciliation(**(dict(row._mapping) | {"state": RunState(row.state)})) for row in rows)


def _told(run_id: str, drifts: tuple[Drift, ...]) -> dict[str, Any]:
    return {"run_id": run_id, "drifts": _DRIFTS.dump_json(drifts).decode()}
