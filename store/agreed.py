"""What is agreed with each CRM, in PostgreSQL: read, compared elsewhere, and saved only if nobody was there between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, TextClause, text

from domain import ids
from domain.agreement import Agreement
from domain.change_request import Answered, ChangeRequest, RequestKind
from domain.conflict import Outcome
from domain.likeness import Value
from store.engine import Database
from store.items import open_item
from store.port import Asking, Conflict, Record, RecordState, Ruling, Saved, UnderWay

_FIELDS = TypeAdapter(dict[str, Agreement])
_VALUES = TypeAdapter(dict[str, Value])

_COLUMNS = """
    org, object, record, key, state, digest, version, CAST(fields AS text) AS fields, seq, due,
    (SELECT count(*) FROM crm_records AS other
     WHERE other.org = crm_records.org AND other.key = crm_records.key AND other.object = crm_records.object
       AND other.state = 'deleted') AS lost
"""
_OF_RETURN = text(f"""
    SELECT {_COLUMNS} FROM crm_records WHERE org = :org AND key = :key
    ORDER BY state = 'live' DESC, added_at DESC LIMIT 1
""")  # noqa: S608 - our own text
_OF_RECORD = text(f"""
    SELECT {_COLUMNS} FROM crm_records WHERE org = :org AND object = :object AND record = :record
""")  # noqa: S608 - our own text

_KEEP = """
    INSERT INTO crm_records (org, object, record, key, state, digest, version, fields, due, seq, gone_at)
    SELECT :org, :object, :record, CAST(:key AS text), CAST(:state AS text), CAST(:digest AS text),
           CAST(:version AS integer), CAST(:fields AS jsonb), CAST(:due AS boolean), 0,
           CASE WHEN CAST(:state AS text) = 'live' THEN NULL ELSE now() END
    {only}
    ON CONFLICT (org, object, record) DO UPDATE
    SET key = excluded.key, state = excluded.state, digest = excluded.digest, version = excluded.version,
        fields = excluded.fields, due = excluded.due, seq = crm_records.seq + 1,
        gone_at = CASE WHEN excluded.state = 'live' THEN NULL ELSE coalesce(crm_records.gone_at, now()) END
    WHERE crm_records.seq = :seq
    RETURNING seq
"""
# One statement: what a CRM holds, what it shows and what it is owed never say three things.
_PUBLISHED = text(f"""
    WITH kept AS ({_KEEP.format(only="")}), replaced AS (
        UPDATE crm_records SET state = 'deleted', due = false, seq = seq + 1, gone_at = coalesce(gone_at, now())
        WHERE org = :org AND object = :object AND key = :key AND record <> :record AND (state <> 'deleted' OR due)
          AND EXISTS (SELECT FROM kept)
    ), shown AS (
        INSERT INTO crm_shown (return_id, org, version, stage)
        SELECT :key, :org, CAST(:shown_version AS integer), CAST(:stage AS text) FROM kept
        ON CONFLICT (return_id, org) DO UPDATE
        SET version = excluded.version, stage = excluded.stage, shown_at = excluded.shown_at
        WHERE crm_shown.version < excluded.version OR (crm_shown.version = excluded.version AND crm_shown.stage = '')
    ), told AS (
        UPDATE outbox SET delivered_at = now(), dead_at = NULL, reason = ''
        WHERE return_id = :key AND lane = :lane AND delivered_at IS NULL AND version <= :shown_version
          AND EXISTS (SELECT FROM kept)
    ), arrived AS (
        DELETE FROM crm_under_way
        WHERE org = :org AND key = :key AND version <= :shown_version AND EXISTS (SELECT FROM kept)
    )
    SELECT seq FROM kept
""")  # noqa: S608 - our own text
_SENDING = text("""
    WITH mine AS (
        INSERT INTO crm_under_way (org, key, version, fields) VALUES (:org, :key, :version, CAST(:fields AS jsonb))
        ON CONFLICT (org, key, version) DO UPDATE SET fields = excluded.fields, at = excluded.at
    )
    SELECT version, CAST(fields AS text) AS fields, at FROM crm_under_way
    WHERE org = :org AND key = :key AND version < :version ORDER BY version
""")
_UNDER_WAY = text("""
    SELECT version, CAST(fields AS text) AS fields, at FROM crm_under_way WHERE org = :org AND key = :key
    ORDER BY version
""")
# What nobody dealt with before, and the record after it.
_DEALT_WITH = text(f"""
    WITH told AS (
        INSERT INTO crm_events (org, object, event) VALUES (:org, :object, :event) ON CONFLICT DO NOTHING
        RETURNING event
    ), kept AS ({_KEEP.format(only="FROM told")})
    SELECT (SELECT count(*) FROM told) AS told, (SELECT count(*) FROM kept) AS kept
""")  # noqa: S608 - our own text
_CONFLICT = text("""
    INSERT INTO crm_conflicts (org, object, record, key, field, rule, outcome, reason, base, theirs, ours, value,
                               evidence, own, writer, at, event, request_id)
    VALUES (:org, :object, :record, :key, :field, :rule, :outcome, :reason, CAST(:base AS jsonb),
            CAST(:theirs AS jsonb), CAST(:ours AS jsonb), CAST(:value AS jsonb), :evidence, :own, :writer, :at, :event,
            :request_id)
""")
_ASK = text("""
    INSERT INTO crm_asks (request_id, org, return_id, kind, value, note, by, at)
    VALUES (:request_id, :org, :return_id, :kind, :value, :note, :by, :at) ON CONFLICT DO NOTHING
""")
_DUE = text("""
    SELECT DISTINCT key FROM crm_records
    WHERE org = :org AND object = :object AND due AND key <> ALL(CAST(:but AS text[])) ORDER BY key LIMIT :most
""")
_UNANSWERED = text("SELECT * FROM crm_asks WHERE org = :org AND answered_at IS NULL ORDER BY found_at, at, request_id")
_ANSWERED = text("""
    UPDATE crm_asks SET status = :status, sentence = :sentence, note = '', answered_at = coalesce(answered_at, :at)
    WHERE request_id = :request_id
""")
_CONFLICTS = text("""
    SELECT * FROM crm_conflicts
    WHERE (CAST(:org AS text) IS NULL OR org = :org) AND (CAST(:of AS text) IS NULL OR record = :of OR key = :of)
    ORDER BY id DESC LIMIT :limit
""")


class PostgresAgreements:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_return(self, org: str, key: str) -> Record | None:
        async with self._database.statement() as connection:
            row = (await connection.execute(_OF_RETURN, {"org": org, "key": key})).one_or_none()
        return _record(row) if row else None

    async def of_record(self, org: str, of: str, record: str) -> Record | None:
        async with self._database.statement() as connection:
            which = {"org": org, "object": of, "record": record}
            row = (await connection.execute(_OF_RECORD, which)).one_or_none()
        return _record(row) if row else None

    async def published(self, record: Record, version: int, stage: str) -> bool:
        more = {"shown_version": version, "stage": stage, "lane": ids.crm_lane(record.org)}
        async with self._database.statement() as connection:
            return (await connection.execute(_PUBLISHED, _values(record) | more)).first() is not None

    async def sending(self, org: str, key: str, version: int, fields: Mapping[str, Value]) -> tuple[UnderWay, ...]:
        what = {"org": org, "key": key, "version": version, "fields": _VALUES.dump_json(dict(fields)).decode()}
        return await self._under_way(_SENDING, what)

    async def under_way(self, org: str, key: str) -> tuple[UnderWay, ...]:
        return await self._under_way(_UNDER_WAY, {"org": org, "key": key})

    async def _under_way(self, question: TextClause, what: dict[str, Any]) -> tuple[UnderWay, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(question, what)).all()
        return tuple(UnderWay(row.version, _VALUES.validate_json(row.fields), row.at) for row in rows)

    async def decide(self, decision: Ruling) -> Saved:
        which = {"org": decision.org, "object": decision.object, "event": decision.event}
        async with self._database.transaction() as connection:
            done = (await connection.execute(_DEALT_WITH, which | _values(decision.record))).one()
            if not done.told:
                return Saved.KNOWN
            if not done.kept:
                await connection.rollback()
                return Saved.OVERTAKEN
            for conflict in decision.conflicts:
                await connection.execute(_CONFLICT, _conflict_values(conflict))
            for asking in decision.asking:
                await connection.execute(_ASK, _asking_values(decision.org, asking))
            for item in decision.items:
                await open_item(connection, item)
            return Saved.DONE

    async def due(self, org: str, of: str, but: tuple[str, ...], most: int) -> tuple[str, ...]:
        wanted = {"org": org, "object": of, "but": list(but), "most": most}
        async with self._database.statement() as connection:
            return tuple((await connection.execute(_DUE, wanted)).scalars())

    async def unanswered(self, org: str) -> tuple[Asking, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_UNANSWERED, {"org": org})).all()
        return tuple(_asking(row) for row in rows)

    async def answered(self, answer: Answered) -> None:
        said = {"request_id": answer.request_id, "status": answer.status, "sentence": answer.sentence, "at": answer.at}
        async with self._database.statement() as connection:
            await connection.execute(_ANSWERED, said)

    async def conflicts(self, org: str | None, of: str | None, limit: int) -> tuple[Conflict, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_CONFLICTS, {"org": org, "of": of, "limit": limit})).all()
        return tuple(_conflict(row) for row in rows)


def _values(record: Record) -> dict[str, Any]:
    return {
        "org": record.org,
        "object": record.object,
        "record": record.record,
        "key": record.key,
        "state": record.state,
        "digest": record.digest,
        "version": record.version,
        "fields": _FIELDS.dump_json(dict(record.fields), exclude_defaults=True).decode(),
        "seq": record.seq,
        "due": record.due,
    }


def _record(row: Row[Any]) -> Record:
    return Record(
        org=row.org,
        object=row.object,
        record=row.record,
        key=row.key,
        state=RecordState(row.state),
        digest=row.digest,
        version=row.version,
        fields=_FIELDS.validate_json(row.fields),
        seq=row.seq,
        lost=row.lost,
        due=row.due,
    )


def _asking_values(org: str, asking: Asking) -> dict[str, Any]:
    request = asking.request
    return {
        "request_id": request.request_id, "org": org, "return_id": asking.return_id, "kind": request.kind,
        "value": request.value, "note": asking.note, "by": request.by, "at": request.at,
    }  # fmt: skip


def _asking(row: Row[Any]) -> Asking:
    source = ids.crm_source(row.org)
    request = ChangeRequest(row.request_id, RequestKind(row.kind), row.value, source, row.by, row.at)
    return Asking(row.return_id, request, row.note)


_JSON = TypeAdapter(str | int | float | bool | None)
_SCALARS = ("base", "theirs", "ours", "value")


def _conflict_values(conflict: Conflict) -> dict[str, Any]:
    names = ("org", "object", "record", "key", "field", "rule", "outcome", "reason", "evidence", "own", "writer")
    values = {name: getattr(conflict, name) for name in (*names, "at", "event", "request_id")}
    return values | {name: _JSON.dump_json(getattr(conflict, name)).decode() for name in _SCALARS}


def _conflict(row: Row[Any]) -> Conflict:
    values = {name: value for name, value in row._mapping.items() if name not in ("id", "outcome")}
    return Conflict(outcome=Outcome(row.outcome), **values)
