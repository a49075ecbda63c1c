"""Webhooks in PostgreSQL: subscriptions with their sealed secrets, and what each is owed.

Events are owed by recording.py, with the move they are about.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Set
from contextlib import AbstractAsyncContextManager
from typing import Any

from sqlalchemy import Row, TextClause, text

from domain.webhooks import TEST, Event, Parcel
from store import auditing
from store.engine import Database
from store.hearing import hearing
from store.port import Act, Delivery, Subscription
from store.recording import OWED

# In a row, before a subscription rests; how long then, doubled with each failure more up to the longest.
_PATIENT, _REST, _LONGEST_REST = 5, 5, 300
# Who finds the rest over tries alone for so long.
_PROBE = 30
# So many of the oldest are looked at; twenty returns that are under way have far fewer events.
_WINDOW = 1000

# Carries the name of a subscription that may be owed something by now: also because what was before it is done.
_TELL = f"pg_notify('{OWED}', name)"
_WAKE = text(f"SELECT {_TELL} FROM webhook_subscriptions WHERE name = :name")  # noqa: S608 - our own text

_ADD = text("""
    WITH made AS (
        INSERT INTO webhook_subscriptions (name, url, types, made_by) VALUES (:name, :url, :types, :by)
        ON CONFLICT DO NOTHING RETURNING name
    )
    INSERT INTO webhook_secrets (name, number, sealed) SELECT name, 1, :secret FROM made RETURNING name
""")
_ROTATE = text("""
    WITH last AS (
        UPDATE webhook_secrets SET ends_at = least(ends_at, now() + make_interval(secs => :overlap))
        WHERE name = :name AND (ends_at IS NULL OR ends_at > now()) RETURNING number
    )
    INSERT INTO webhook_secrets (name, number, sealed)
    SELECT name, (SELECT coalesce(max(number), 0) + 1 FROM webhook_secrets AS known WHERE known.name = :name), :secret
    FROM webhook_subscriptions WHERE name = :name RETURNING name
""")
_SWITCH = text("""
    UPDATE webhook_subscriptions SET state = :state, failures = 0, resting = NULL WHERE name = :name RETURNING name
""")
_ALL = text("""
    SELECT each.*,
           (SELECT count(*) FROM webhook_deliveries AS told
            WHERE told.name = each.name AND delivered_at IS NULL AND dead_at IS NULL) AS owed,
           (SELECT count(*) FROM webhook_deliveries AS told
            WHERE told.name = each.name AND delivered_at IS NULL AND dead_at IS NOT NULL) AS dead
    FROM webhook_subscriptions AS each ORDER BY each.name
""")
_TEST = text("""
    INSERT INTO webhook_deliveries (name, event_id, kind, return_id, version, data, at)
    VALUES (:name, :event_id, :kind, '', 0, jsonb_build_object('subscription', CAST(:name AS text)), now()) RETURNING id
""")
_DELIVERY = text("SELECT * FROM webhook_deliveries WHERE name = :name AND id = :id")
_DELIVERIES = text("""
    SELECT * FROM webhook_deliveries
    WHERE name = :name ORDER BY id DESC LIMIT :limit
""")
_DEAD = text("""
    SELECT * FROM webhook_deliveries
    WHERE name = :name AND dead_at IS NOT NULL AND delivered_at IS NULL ORDER BY id DESC LIMIT :limit
""")
# A number of its own: a lane leaves out the numbers it has under way, and may not have heard yet that one is delivered.
_AGAIN = text("""
    UPDATE webhook_deliveries
    SET id = DEFAULT, delivered_at = NULL, dead_at = NULL, attempts = 0, reason = '', owed_since = now()
    WHERE name = :name AND CASE WHEN cardinality(CAST(:ids AS bigint[])) > 0 THEN id = ANY(CAST(:ids AS bigint[]))
                                ELSE dead_at IS NOT NULL AND delivered_at IS NULL END
    RETURNING id
""")
_ACTIVE = text("SELECT name FROM webhook_subscriptions WHERE state = 'active' ORDER BY name")
# What is about no return waits for nothing but itself. Of a long queue the beginning is enough: what is the oldest of a
# return there is its oldest of all.
_DUE = text("""
    SELECT state, owed.id FROM webhook_subscriptions
    LEFT JOIN LATERAL (
        SELECT min(id) AS id FROM (
            SELECT id, return_id, event_id FROM webhook_deliveries
            WHERE webhook_deliveries.name = webhook_subscriptions.name AND delivered_at IS NULL AND dead_at IS NULL
            ORDER BY id LIMIT :window
        ) AS oldest
        GROUP BY coalesce(nullif(return_id, ''), event_id) HAVING NOT bool_or(id = ANY(CAST(:busy AS bigint[])))
        ORDER BY 1 LIMIT :most
    ) AS owed ON true
    WHERE webhook_subscriptions.name = :name ORDER BY owed.id
""")
_PARCEL = text("""
    SELECT told.*, url, failures, extract(epoch FROM resting - now()) AS wait,
           extract(epoch FROM now() - owed_since) AS age,
           ARRAY(SELECT sealed FROM webhook_secrets AS secret
                 WHERE secret.name = told.name AND (ends_at IS NULL OR ends_at > now()) ORDER BY number DESC) AS secrets
    FROM webhook_deliveries AS told JOIN webhook_subscriptions USING (name)
    WHERE id = :id AND name = :name AND delivered_at IS NULL AND dead_at IS NULL AND state = 'active'
""")
_TRY = text("""
    UPDATE webhook_subscriptions SET resting = now() + make_interval(secs => :probe)
    WHERE name = :name AND resting <= now() RETURNING name
""")
_DELIVERED = text(f"""
    WITH rested AS (
        UPDATE webhook_subscriptions SET failures = 0, resting = NULL WHERE name = :name AND failures > 0
    )
    UPDATE webhook_deliveries SET delivered_at = now(), attempts = attempts + 1, reason = '' WHERE id = :id
    RETURNING {_TELL}
""")  # noqa: S608 - our own text
_FAILED = text("""
    WITH counted AS (
        UPDATE webhook_subscriptions SET failures = failures + 1, resting = CASE WHEN failures + 1 >= :patient THEN
            now() + make_interval(secs => least(:longest, :rest * power(2, least(failures + 1 - :patient, 20))))
        END WHERE name = :name AND (failures < :patient OR failures <= :seen)
    )
    UPDATE webhook_deliveries SET attempts = attempts + 1, reason = :reason WHERE id = :id
""")
_BURY = text(f"""
    UPDATE webhook_deliveries SET dead_at = now(), reason = :reason
    WHERE id = :id AND name = :name AND delivered_at IS NULL AND dead_at IS NULL
    RETURNING {_TELL}
""")  # noqa: S608 - our own text
_FORGET = text("""
    WITH told AS (
        DELETE FROM webhook_deliveries WHERE delivered_at < now() - make_interval(days => :days)
    ), dead AS (
        DELETE FROM webhook_deliveries
        WHERE delivered_at IS NULL AND dead_at < now() - make_interval(days => :undelivered)
    ), unwanted AS (
        DELETE FROM webhook_deliveries USING webhook_subscriptions AS whose
        WHERE whose.name = webhook_deliveries.name AND state <> 'active' AND delivered_at IS NULL AND dead_at IS NULL
          AND owed_since < now() - make_interval(days => :undelivered)
    )
    DELETE FROM webhook_secrets WHERE ends_at <= now()
""")


class PostgresWebhooks:
    """Both question lists, of who subscribes and of the lanes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, name: str, url: str, types: tuple[str, ...], secret: bytes, by: str) -> bool:
        given = {"name": name, "url": url, "types": list(types), "secret": secret, "by": by}
        return bool(await self._act(_ADD, given, by, "webhook:add", {"url": url, "types": ",".join(types)}))

    async def rotate(self, name: str, secret: bytes, overlap: float, by: str) -> bool:
        given = {"name": name, "secret": secret, "overlap": overlap}
        return bool(await self._act(_ROTATE, given, by, "webhook:rotate", {"overlap": f"{overlap:.0f} s"}))

    async def switch(self, name: str, state: str, by: str) -> bool:
        return bool(await self._act(_SWITCH, {"name": name, "state": state}, by, "webhook:switch", {"state": state}))

    async def all(self) -> tuple[Subscription, ...]:
        return tuple(
            Subscription(
                row.name, row.url, tuple(row.types), row.state, row.made_at, row.made_by, row.failures, row.resting,
                row.owed, row.dead,
            )
            for row in await self._rows(_ALL, {})
        )  # fmt: skip

    async def owe_test(self, name: str, event_id: str, by: str) -> int:
        given = {"name": name, "event_id": event_id, "kind": TEST}
        (row,) = await self._act(_TEST, given, by, "webhook:test", {"event": event_id})
        return int(row.id)

    async def delivery(self, name: str, delivery_id: int) -> Delivery | None:
        rows = await self._rows(_DELIVERY, {"name": name, "id": delivery_id})
        return _delivery(rows[0]) if rows else None

    async def deliveries(self, name: str, only_dead: bool, limit: int) -> tuple[Delivery, ...]:
        rows = await self._rows(_DEAD if only_dead else _DELIVERIES, {"name": name, "limit": limit})
        return tuple(_delivery(row) for row in rows)

    async def again(self, name: str, delivery_ids: tuple[int, ...], by: str) -> int:
        which = {"deliveries": ",".join(map(str, delivery_ids)) or "all dead letters"}
        return len(await self._act(_AGAIN, {"name": name, "ids": list(delivery_ids)}, by, "webhook:replay", which))

    async def active(self) -> tuple[str, ...]:
        return tuple(row.name for row in await self._rows(_ACTIVE, {}))

    def stirring(self) -> AbstractAsyncContextManager[AsyncIterator[Set[str]]]:
        return hearing(self._database, OWED)

    async def due(self, name: str, busy: tuple[int, ...], most: int) -> tuple[int, ...] | None:
        rows = await self._rows(_DUE, {"name": name, "busy": list(busy), "most": most, "window": _WINDOW})
        if not rows or rows[0].state != "active":
            return None
        return tuple(row.id for row in rows if row.id is not None)

    async def parcel(self, name: str, delivery_id: int) -> Parcel | None:
        found = await self._rows(_PARCEL, {"name": name, "id": delivery_id})
        if not found:
            return None
        (row,) = found
        wait = 0.0
        if row.wait is not None:
            mine = row.wait <= 0 and await self._rows(_TRY, {"name": name, "probe": _PROBE})
            wait = 0.0 if mine else max(float(row.wait), 1.0)
        event = Event(row.event_id, row.kind, row.return_id, row.version, row.data, row.at)
        return Parcel(row.url, tuple(row.secrets), event, row.failures, wait, float(row.age))

    async def delivered(self, name: str, delivery_id: int) -> None:
        await self._do(_DELIVERED, {"name": name, "id": delivery_id})

    async def failed(self, name: str, delivery_id: int, reason: str, seen: int) -> None:
        limits = {"patient": _PATIENT, "rest": _REST, "longest": _LONGEST_REST}
        await self._do(_FAILED, {"name": name, "id": delivery_id, "reason": reason, "seen": seen} | limits)

    async def gone(self, name: str) -> None:
        await self.switch(name, "gone", by="receiver")

    async def bury(self, name: str, delivery_id: int, reason: str) -> None:
        await self._do(_BURY, {"name": name, "id": delivery_id, "reason": reason})

    async def forget(self, days: int, undelivered_days: int) -> None:
        await self._do(_FORGET, {"days": days, "undelivered": undelivered_days})

    async def _rows(self, statement: TextClause, given: dict[str, Any]) -> list[Row[Any]]:
        async with self._database.statement() as connection:
            return list((await connection.execute(statement, given)).all())

    async def _act(
        self, statement: TextClause, given: dict[str, Any], by: str, action: str, after: dict[str, str]
    ) -> list[Row[Any]]:
        """What somebody does, with its entry in the audit where it did something."""
        async with self._database.transaction() as connection:
            rows = list((await connection.execute(statement, given)).all())
            if rows:
                await connection.execute(_WAKE, {"name": given["name"]})
                await auditing.append(connection, Act("webhooks", by, action, given["name"], after=after))
            return rows

    async def _do(self, statement: TextClause, given: dict[str, Any]) -> None:
        async with self._database.statement() as connection:
            await connection.execute(statement, given)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        row.id, row.event_id, row.kind, row.return_id, row.owed_since, row.delivered_at, row.dead_at, row.attempts,
        row.reason,
    )  # fmt: skip
