"""Webhooks: an outbox in the books, signed and delivered in the background with retries, duplicated on demand."""

import asyncio
import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx

from sandbox.world import World

_VERSION = "2026-07"
_DEFAULT_TOPICS = ("returns/request", "returns/approve", "returns/close", "returns/process", "refunds/create")
# Shopify retries 8 times over 4 hours; the sandbox keeps the count and compresses the waits. A subscription made by the
# API is deleted when the eighth retry fails too; the address given at the start is like one in the app's own file.
_WAITS = (0.2, 0.4, 0.8, 1.5, 3.0, 6.0, 12.0, 24.0)
_KEPT = 2000
_TIMEOUT = httpx.Timeout(5.0, connect=1.0)


def signature(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class Webhooks:
    """Emitting is part of the transaction that caused it; delivering never is."""

    def __init__(self, world: World) -> None:
        self._world, self._books = world, world.books
        self._wake = asyncio.Event()

    def emit(self, topic: str, payload: Callable[[], dict[str, Any]], after: float = 0, private: bool = False) -> None:
        """Tell everybody who wants to hear of it, `after` seconds from now at the soonest.

        `private` topics (of the privacy laws) go to the address given at the start: they cannot be subscribed to.
        """
        event = str(uuid.uuid5(uuid.NAMESPACE_URL, f"event/{self._books.next_number('shopify.event')}"))
        at, told = self._world.clock.now().isoformat(), None
        for url, subscription in self._receivers(topic, private):
            told = payload() if told is None else told
            wanted = subscription["include_fields"] if subscription else []
            body = {name: told[name] for name in wanted if name in told} if wanted else told
            number = subscription["id"] if subscription else None
            self._enqueue(topic, json.dumps(body), event, at, url, number, after=after)

    def repeat(self, topic: str | None, return_id: int | None, times: int, reverse: bool) -> int:
        """Deliver what was delivered again: same event, a new delivery id. Reversed, the newest comes first."""
        chosen = [
            one
            for one in self._books.all("shopify.webhook")
            if one["duplicate"] is False
            and topic in (None, one["topic"])
            and return_id in (None, json.loads(one["body"]).get("id"), _return_of(one))
        ]
        for one in reversed(chosen) if reverse else chosen:
            for _ in range(times):
                place = (one["url"], one["subscription"])
                self._enqueue(one["topic"], one["body"], one["event_id"], one["at"], *place, duplicate=True)
        return len(chosen) * times

    def hold(self, held: bool, reverse: bool = False) -> None:
        """While held nothing is delivered; released in reverse, events arrive in the wrong order."""
        self._books.put("shopify.webhookHold", "hold", {"held": held, "reverse": reverse})
        self._wake.set()

    def pace(self, factor: float) -> None:
        """How much of their usual length the waits between retries have from now on."""
        self._books.put("shopify.webhookPace", "pace", {"factor": factor})

    async def deliver_forever(self) -> None:
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
            while True:
                self._wake.clear()
                due = self._due()
                for delivery in due:
                    await self._deliver(client, delivery)
                self._prune()
                if not due:
                    await self._sleep()

    def _receivers(self, topic: str, private: bool) -> list[tuple[str, dict[str, Any] | None]]:
        wanted = topic.upper().replace("/", "_")
        found: list[tuple[str, dict[str, Any] | None]] = []
        if self._world.webhook_url and (private or topic in _DEFAULT_TOPICS):
            found.append((self._world.webhook_url, None))
        return found + [(one["uri"], one) for one in self._books.find("shopify.subscription", topic=wanted)]

    def _enqueue(
        self,
        topic: str,
        body: str,
        event_id: str,
        at: str,
        url: str,
        subscription: int | None,
        *,
        duplicate: bool = False,
        after: float = 0,
    ) -> None:
        number = self._books.next_number("shopify.webhook")
        delivery = {
            "id": number,
            "webhook_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"delivery/{number}")),
            "event_id": event_id,
            "topic": topic,
            "body": body,
            "at": at,
            "url": url,
            "subscription": subscription,
            "duplicate": duplicate,
            "status": "pending",
            "attempts": 0,
            "next_at": _in(after) if after else None,
        }
        self._books.put("shopify.webhook", str(number), delivery)
        self._wake.set()

    def _due(self) -> list[dict[str, Any]]:
        hold = self._books.get("shopify.webhookHold", "hold") or {"held": False, "reverse": False}
        if hold["held"]:
            return []
        now = datetime.now().astimezone()
        due = [
            one
            for one in self._books.find("shopify.webhook", status="pending")
            if one["next_at"] is None or datetime.fromisoformat(one["next_at"]) <= now
        ]
        if hold["reverse"]:
            due.reverse()
            self._books.delete("shopify.webhookHold", "hold")
        return due

    async def _deliver(self, client: httpx.AsyncClient, delivery: dict[str, Any]) -> None:
        body = delivery["body"].encode()
        credentials = self._world.credentials.shopify
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": delivery["topic"],
            "X-Shopify-Hmac-Sha256": signature(body, credentials.client_secret),
            "X-Shopify-Shop-Domain": f"{credentials.shop}.myshopify.com",
            "X-Shopify-API-Version": _VERSION,
            "X-Shopify-Webhook-Id": delivery["webhook_id"],
            "X-Shopify-Event-Id": delivery["event_id"],
            "X-Shopify-Triggered-At": delivery["at"],
        }
        try:
            answer = await client.post(delivery["url"], content=body, headers=headers)
            taken = answer.is_success
        except (httpx.HTTPError, httpx.InvalidURL):
            taken = False
        attempts = delivery["attempts"] + 1
        after: dict[str, Any] = {"attempts": attempts, "status": "delivered" if taken else "pending"}
        if not taken and attempts > len(_WAITS):
            after["status"] = "given up"
            self._unsubscribe(delivery["subscription"])
        elif not taken:
            factor = (self._books.get("shopify.webhookPace", "pace") or {"factor": 1.0})["factor"]
            after["next_at"] = _in(_WAITS[attempts - 1] * factor)
        if self._books.get("shopify.webhook", str(delivery["id"])) is not None:
            self._books.put("shopify.webhook", str(delivery["id"]), delivery | after)

    def _unsubscribe(self, subscription: int | None) -> None:
        if subscription is not None:
            self._books.delete("shopify.subscription", str(subscription))

    async def _sleep(self) -> None:
        # Retries fall due without anyone waking us, so the wait is short as well as interruptible.
        try:
            await asyncio.wait_for(self._wake.wait(), timeout=0.1)
        except TimeoutError:
            return

    def _prune(self) -> None:
        surplus = self._books.count("shopify.webhook") - _KEPT
        if surplus <= 0:
            return
        with self._books.transaction():
            done = [one for one in self._books.all("shopify.webhook") if one["status"] != "pending"]
            for one in done[: surplus + _KEPT // 10]:
                self._books.delete("shopify.webhook", str(one["id"]))


def _in(seconds: float) -> str:
    return (datetime.now().astimezone() + timedelta(seconds=seconds)).isoformat()


def _return_of(delivery: dict[str, Any]) -> int | None:
    inside = json.loads(delivery["body"]).get("return")
    return inside["id"] if isinstance(inside, dict) else None
