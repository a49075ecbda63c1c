"""One move as one statement: row, version, timeline, outbox, answers, audit and the news of it, all or none, in one
trip."""

from __future__ import annotations

import json
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import TextClause, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain import webhooks
from domain.change_request import RequestState
from domain.errors import WrongStage
from domain.returns import Snapshot
from domain.webhooks import HELD, STAGE_CHANGED
from store import auditing, snapshots
from store.port import Move, Outgoing, TimelineEvent
from store.port.audit import stream_of_return
from store.tables import returns

# Carries the return's id when a move was recorded, for whoever shows returns live.
CHANNEL = "returns"
# Carries the name of a subscription that is owed something.
OWED = "webhooks"

_EVENTS = TypeAdapter(tuple[TimelineEvent, ...])
_OUTGOING = TypeAdapter(tuple[Outgoing, ...])
_CHANGES = TypeAdapter(tuple[dict[str, str | datetime | None], ...])


def _statement() -> TextClause:
    """Answers the document before, or no row at all for a version that was recorded already.

    - `newer` locks the return's row. Only a newer version changes it, and nothing forgets the key of the first request.
    - `first` comes after that, by counting what it did: two moves of a return wait for each other here.
    - What the last SELECT reads is what was there when the statement began; so does what tells a new stage.
    - Whoever subscribed to events is owed them here; nobody did, and it costs a look into an empty table.
    """
    columns = [column.name for column in returns.c]
    kept = {"request_key": "coalesce(returns.request_key, excluded.request_key)"}
    newer = ", ".join(f"{name} = {kept.get(name, f'excluded.{name}')}" for name in columns if name != "return_id")
    return text(f"""
        WITH newer AS (
            INSERT INTO returns ({", ".join(columns)})
            SELECT {", ".join(columns)} FROM jsonb_populate_record(NULL::returns, CAST(:row AS jsonb))
            ON CONFLICT (return_id) DO UPDATE SET {newer} WHERE returns.version < excluded.version
            RETURNING return_id
        ), first AS (
            INSERT INTO moves (return_id, version)
            SELECT CAST(:return_id AS text), CAST(:version AS integer) FROM (SELECT count(*) FROM newer) AS locked
            ON CONFLICT DO NOTHING
            RETURNING return_id, version
        ), told AS (
            INSERT INTO timeline (return_id, version, seq, kind, text, at, actor, detail)
            SELECT first.return_id, first.version, event.place - 1, kind, text, at, actor, detail
            FROM first, ROWS FROM (
                jsonb_to_recordset(CAST(:events AS jsonb))
                AS (kind text, text text, at timestamptz, actor text, detail jsonb)
            ) WITH ORDINALITY AS event (kind, text, at, actor, detail, place)
        ), owed AS (
            INSERT INTO outbox (return_id, version, lane, subject)
            SELECT first.return_id, first.version, item.lane, item.subject
            FROM first, jsonb_to_recordset(CAST(:outgoing AS jsonb)) AS item (lane text, subject text)
        ), requested AS (
            INSERT INTO change_requests
                (return_id, id, kind, value, source, asked_by, asked_at, status, sentence, answered_at)
            SELECT first.return_id, ask.id, kind, value, source, asked_by, asked_at, status, sentence, answered_at
            FROM first, jsonb_to_recordset(CAST(:changes AS jsonb)) AS ask (
                id text, kind text, value text, source text, asked_by text, asked_at timestamptz, status text,
                sentence text, answered_at timestamptz
            )
            ON CONFLICT (return_id, id) DO UPDATE
            SET status = excluded.status, sentence = excluded.sentence, answered_at = excluded.answered_at
            WHERE change_requests.status = 'pending'
        ), announced AS (
            INSERT INTO webhook_deliveries (name, event_id, kind, return_id, version, data, at)
            SELECT name, CAST(:return_id AS text) || ':' || CAST(:version AS text) || ':' || split_part(kind, '.', 4),
                   kind, newer.return_id, CAST(:version AS integer), CAST(:news AS jsonb), CAST(:at AS timestamptz)
            FROM newer, webhook_subscriptions, unnest(CAST(:kinds AS text[])) AS kind
            WHERE state = 'active' AND (types = '{{}}' OR kind = ANY(types))
              AND (kind <> '{STAGE_CHANGED}' OR NOT EXISTS (
                  SELECT FROM returns AS before WHERE before.return_id = newer.return_id AND before.stage = :stage))
            ON CONFLICT DO NOTHING RETURNING name
        )
        SELECT (SELECT CAST(snapshot AS text) FROM returns WHERE return_id = first.return_id) AS before,
               pg_notify(:channel, first.return_id), (SELECT count(pg_notify('{OWED}', name)) FROM announced),
               audit_append(:stream, CAST(:acts AS jsonb), coalesce((
                   SELECT jsonb_build_object('stage', stage, 'version', CAST(version AS text))
                   FROM returns WHERE return_id = first.return_id
               ), '{{}}'))
        FROM first
    """)  # noqa: S608 - the names of columns, from the table's own definition


_RECORD = _statement()
_NOW = text("SELECT CAST(snapshot AS text) FROM returns WHERE return_id = :return_id")


async def record(connection: AsyncConnection, move: Move) -> Snapshot | None:
    """Answers what the books said before."""
    snapshot = move.snapshot
    values = {
        "row": snapshots.row(snapshot, move.request_key),
        "return_id": snapshot.return_id,
        "version": snapshot.version,
        "events": _EVENTS.dump_json(move.events).decode(),
        "outgoing": _OUTGOING.dump_json(move.outgoing).decode(),
        "changes": _CHANGES.dump_json(tuple(_row(state) for state in move.changes)).decode(),
        "channel": CHANNEL,
        "stream": stream_of_return(snapshot.return_id),
        "acts": auditing.of_move(move),
        "kinds": [STAGE_CHANGED, *([HELD] if any(event.kind == "held" for event in move.events) else [])],
        "news": json.dumps(webhooks.data(snapshot)),
        "stage": str(snapshot.stage),
        "at": snapshot.changed_at,
    }
    try:
        recorded = (await connection.execute(_RECORD, values)).one_or_none()
    except IntegrityError as error:
        if "one_return_per_request" not in str(error.orig):
            raise
        order, key = snapshot.order_id, move.request_key
        sentence = f"order {order} already has another return for the request {key!r}; search the order's returns"
        raise WrongStage(f"{sentence} for it") from error
    if recorded is None:
        # A repeat: its own version or a newer one is there by now.
        before = (await connection.execute(_NOW, {"return_id": snapshot.return_id})).scalar_one()
    else:
        before = recorded.before
    return snapshots.load(before) if before is not None else None


def _row(state: RequestState) -> dict[str, str | datetime | None]:
    ask = state.request
    return {
        "id": ask.request_id, "kind": str(ask.kind), "value": ask.value, "source": ask.source, "asked_by": ask.by,
        "asked_at": ask.at, "status": str(state.status), "sentence": state.sentence, "answered_at": state.answered_at,
    }  # fmt: skip
