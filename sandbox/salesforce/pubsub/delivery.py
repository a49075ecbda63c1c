"""One subscription's flow: what the client asked for, what it was given, when to tell it that nothing happened."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from sandbox.salesforce.capture import Bus, Schemas
from sandbox.salesforce.capture.bus import Event, replay_id
from sandbox.salesforce.org import Org
from sandbox.salesforce.pubsub.messages import ConsumerEvent, ProducerEvent
from sandbox.salesforce.pubsub.refusals import Refused

MOST_REQUESTED = 100
# Clients take four megabytes in one message unless they are told otherwise.
_MOST_OCTETS = 2_000_000


class Delivery:
    """Yields batches of events, the empty one as a sign of life. Ends when the client asks for nothing any more."""

    def __init__(self, org: Org, carries: frozenset[str], position: int, requested: int) -> None:
        self._org, self._bus = org, org.bus
        self._carries, self.position = carries, position
        self.pending = min(requested, MOST_REQUESTED)
        self._bell = asyncio.Event()
        self._closed = self._urgent = False
        self._refused: Refused | None = None

    async def batches(self, requests: AsyncIterator[Any], take: Callable[[Any], None]) -> AsyncIterator[list[Event]]:
        """`take` looks at each further request, and may refuse it or `ask` for more."""
        reader = asyncio.create_task(self._read(requests, take))
        self._bus.listen(self._bell)
        clock = asyncio.get_running_loop().time
        quiet = clock()
        try:
            while True:
                self._bell.clear()
                if self._refused is not None:
                    raise self._refused
                if (found := self._next()) or self._urgent:
                    self.pending -= len(found)
                    self._urgent = False
                    yield found
                    quiet = clock()
                    continue
                if not self.pending and self._closed:
                    return
                left = quiet + self._patience() - clock()
                if left <= 0:
                    if not self.pending:
                        return
                    yield []
                    quiet = clock()
                    continue
                await self._rung(left)
        finally:
            self._bus.leave(self._bell)
            reader.cancel()

    def ask(self, more: int) -> None:
        self.pending = min(self.pending + more, MOST_REQUESTED)

    def speak(self) -> None:
        """Yield now, be there events or not: the caller has something else to tell."""
        self._urgent = True

    def end(self, refused: Refused) -> None:
        self._refused = refused
        self._bell.set()

    def _next(self) -> list[Event]:
        found: list[Event] = []
        if self._org.settings()["mute_streams"]:
            return found
        size = 0
        for event in self._bus.after(self.position):
            if len(found) == self.pending:
                break
            if event["topic"] in self._carries:
                size += _size(event)
                if found and size > _MOST_OCTETS:
                    break
                found.append(event)
            self.position = int(event["number"])
        return found

    def _patience(self) -> float:
        """Seconds until an empty batch is due, or until a client that asks for nothing is let go."""
        return float(self._org.settings()["keepalive_seconds" if self.pending else "idle_stream_seconds"])

    async def _rung(self, seconds: float) -> None:
        """Not wait_for: a client that leaves rings the bell and cancels at once, of which it would forget one."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.wait()

    async def _read(self, requests: AsyncIterator[Any], take: Callable[[Any], None]) -> None:
        try:
            async for request in requests:
                take(request)
                self._bell.set()
        except Refused as refused:
            self._refused = refused
        finally:
            self._closed = True
            self._bell.set()


def told(events: list[Event], schemas: Schemas) -> list[Any]:
    """The events as the wire carries them."""
    return [
        ConsumerEvent(
            event=ProducerEvent(id=event["id"], schema_id=event["schema"], payload=_payload(event, schemas)),
            replay_id=replay_id(int(event["number"])),
        )
        for event in events
    ]


def _size(event: Event) -> int:
    """About as large as the event's payload: its texts count, the rest is small."""
    texts = [value for value in event.get("values", {}).values() if isinstance(value, str)]
    return len(event.get("payload", "")) + sum(len(text.encode()) for text in texts)


def latest(events: list[Event], bus: Bus) -> bytes:
    return replay_id(int(events[-1]["number"]) if events else bus.latest())


def _payload(event: Event, schemas: Schemas) -> bytes:
    if "payload" in event:
        return base64.b64decode(event["payload"])
    schema = schemas.by_id(event["schema"])
    assert schema is not None, "every schema an event was written with is kept"
    return schema.encoded({"ChangeEventHeader": event["header"], **event["values"]})
