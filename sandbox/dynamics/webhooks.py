"""Webhooks: a RemoteExecutionContext for each row created, changed or deleted, posted after the transaction.

As on the platform a delivery is tried once more only after 502, 503 or 504; anything else that fails is lost, which is
why receivers take a webhook for a hint and follow the delta link.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import httpx

from sandbox.dynamics.context import execution_context, shortened
from sandbox.dynamics.reply import Ask
from sandbox.dynamics.schema import Row, Table
from sandbox.dynamics.tables.platform import ENDPOINT, endpoint_row
from sandbox.dynamics.users import ORGANIZATION_NAME, acting
from sandbox.dynamics.values import timestamp
from sandbox.world import World

_MESSAGES = ("Create", "Update", "Delete", "Merge")
_AUTH = ("HttpHeader", "WebhookKey", "HttpQueryString")
_TRIED_AGAIN = (502, 503, 504)
_LARGEST = 256 * 1024
_KEPT = 2000
_TIMEOUT = httpx.Timeout(60.0, connect=5.0)


class Webhooks:
    """Emitting is part of the transaction that caused it; delivering never is."""

    def __init__(self, world: World) -> None:
        self._world, self._books = world, world.books
        self._wake = asyncio.Event()

    def register(self, wish: dict[str, Any]) -> dict[str, Any]:
        """One step: where, for which table and messages, with what proof. ValueError says what cannot be used."""
        messages = list(wish.get("messages") or _MESSAGES)
        auth = dict(wish.get("auth") or {})
        if not str(wish.get("url", "")).startswith(("http://", "https://")):
            raise ValueError("url must be the address to post to")
        if set(messages) - set(_MESSAGES):
            raise ValueError(f"messages are {', '.join(_MESSAGES)}")
        if auth and auth.get("kind") not in _AUTH:
            raise ValueError(f"the kind of auth is one of {', '.join(_AUTH)}")
        number = self._books.next_number("dynamics.step")
        step = {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"step/{number}")),
            "url": wish["url"],
            "table": str(wish.get("table") or ""),
            "messages": messages,
            "attributes": list(wish.get("attributes") or []),
            "auth": auth,
        }
        self._books.put("dynamics.step", step["id"], step)
        moment = timestamp(self._world.clock.now())
        self._books.put(ENDPOINT.kind, step["id"], endpoint_row(step, number, moment))
        return step

    def steps(self) -> list[dict[str, Any]]:
        return self._books.all("dynamics.step")

    def deliveries(self) -> list[dict[str, Any]]:
        return self._books.all("dynamics.delivery")

    def forget(self) -> None:
        for step in self.steps():
            self._books.delete("dynamics.step", step["id"])
            self._books.delete(ENDPOINT.kind, step["id"])

    def emit(self, ask: Ask, message: str, table: Table, row: Row, changes: Row, before: Row | None) -> None:
        """`changes` is what the Target shows; steps that filter by attributes ask for one of theirs among it."""
        if ask.bypasses_webhooks:
            return
        for step in self.steps():
            if message not in step["messages"] or step["table"] not in ("", table.name):
                continue
            if message == "Update" and step["attributes"] and not set(step["attributes"]) & _names(table, changes):
                continue
            self._enqueue(step, ask, message, table, row, changes, before)

    async def deliver_forever(self) -> None:
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
            while True:
                self._wake.clear()
                due = self._books.find("dynamics.delivery", status="pending")
                for delivery in due:
                    await self._deliver(client, delivery)
                self._prune()
                if not due:
                    await self._wake.wait()

    def _enqueue(
        self, step: dict[str, Any], ask: Ask, message: str, table: Table, row: Row, changes: Row, before: Row | None
    ) -> None:
        number = self._books.next_number("dynamics.delivery")
        now = self._world.clock.now()
        context = execution_context(number, step["id"], now, acting(ask), ask.tag, message, table, row, changes, before)
        body = json.dumps(context)
        headers = {
            "Content-Type": "application/json",
            "x-ms-dynamics-organization": ORGANIZATION_NAME,
            "x-ms-dynamics-entity-name": table.name,
            "x-ms-dynamics-request-name": message,
            "x-ms-correlation-request-id": context["CorrelationId"],
        }
        if len(body.encode()) > _LARGEST:
            body, headers["x-ms-dynamics-msg-size-exceeded"] = json.dumps(shortened(context)), "true"
        auth, url = step["auth"], step["url"]
        query: dict[str, str] = {}
        if auth.get("kind") == "HttpHeader":
            headers |= auth.get("values") or {}
        elif auth.get("kind") == "WebhookKey":
            query = {"code": str(auth.get("value") or "")}
        elif auth.get("kind") == "HttpQueryString":
            query = auth.get("values") or {}
        delivery = {
            "id": number,
            "url": str(httpx.URL(url).copy_merge_params(query)),
            "headers": headers,
            "body": body,
            "status": "pending",
            "attempts": 0,
            "answer": None,
        }
        self._books.put("dynamics.delivery", str(number), delivery)
        self._wake.set()

    async def _deliver(self, client: httpx.AsyncClient, delivery: dict[str, Any]) -> None:
        try:
            sent = await client.post(delivery["url"], content=delivery["body"].encode(), headers=delivery["headers"])
            status: int | None = sent.status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            status = None
        attempts = delivery["attempts"] + 1
        if status is not None and 200 <= status < 300:
            outcome = "delivered"
        else:
            outcome = "pending" if status in _TRIED_AGAIN and attempts == 1 else "lost"
        if self._books.get("dynamics.delivery", str(delivery["id"])) is None:
            # The books were changed for a snapshot's while it was under way.
            return
        after = {"attempts": attempts, "status": outcome, "answer": status}
        self._books.put("dynamics.delivery", str(delivery["id"]), delivery | after)

    def _prune(self) -> None:
        surplus = self._books.count("dynamics.delivery") - _KEPT
        if surplus <= 0:
            return
        with self._books.transaction():
            done = [one for one in self.deliveries() if one["status"] != "pending"]
            for one in done[: surplus + _KEPT // 10]:
                self._books.delete("dynamics.delivery", str(one["id"]))


def _names(table: Table, changes: Row) -> set[str]:
    """Logical names: a lookup without the underscores it is read with."""
    stored = (table.stored(name) for name in changes)
    return {column.name for column in stored if column is not None}
