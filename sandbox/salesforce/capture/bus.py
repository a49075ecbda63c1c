"""The event bus: events in the order they were committed, kept for 72 hours, each with the number a replay id tells."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sandbox.world import World

RETENTION = timedelta(hours=72)
MOST_KEPT = 5000
_EVENT, _STATE = "salesforce.event", "salesforce.bus"
# A position handed out is good for the whole retention; an entry without an event carries it while nothing happens.
_FRESH = timedelta(hours=1)
_FIRST = 1_000_000
Event = dict[str, Any]


class Stale(Exception):
    """No event of the retention window has this replay id."""


class Bus:
    """One stream for all topics. Numbers grow and are not contiguous within a topic; they say nothing else."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._listening: set[asyncio.Event] = set()

    @property
    def last(self) -> int:
        """The number of the newest entry, also when it is no longer kept."""
        state = self._world.books.get(_STATE, "last")
        return _FIRST if state is None else int(state["number"])

    def append(self, event: Event) -> int:
        """Put an event at the end; the caller's transaction decides whether it happened."""
        number, books = self.last + 1, self._world.books
        now = self._world.clock.now().isoformat()
        books.put(
            _EVENT,
            str(number),
            {"number": number, "id": self._world.chance.guid("salesforce.event"), "at": now} | event,
        )
        books.put(_STATE, "last", {"number": number})
        books.delete(_EVENT, str(number - MOST_KEPT))
        # Listeners run once the transaction is over, so they see it whole or not at all.
        for bell in self._listening:
            bell.set()
        return number

    def latest(self) -> int:
        """The tip of the stream, as a position that can be resumed from for as long as events are kept."""
        last = self._world.books.get(_EVENT, str(self.last))
        if last is not None and self._age(last) < _FRESH:
            return int(last["number"])
        with self._world.books.transaction():
            return self.append({"topic": ""})

    def earliest(self) -> int:
        """The position before the oldest event kept."""
        first = next(self._kept(self.last - MOST_KEPT), None)
        return self.last if first is None else int(first["number"]) - 1

    def position(self, replay_id: bytes) -> int:
        """Where a subscription goes on that names the last event it knows. Stale when that one is no longer kept."""
        if len(replay_id) not in (8, 10):
            raise Stale
        number = int.from_bytes(replay_id[:8], "big")
        event = self._world.books.get(_EVENT, str(number))
        if event is None or self._age(event) > RETENTION:
            raise Stale
        return number

    def after(self, position: int) -> Iterator[Event]:
        """What came after a position, entries without an event included (their topic is empty)."""
        return self._kept(position)

    def newest(self, most: int) -> list[Event]:
        return [event for event in self._kept(self.last - most) if event["topic"]]

    def forget(self) -> int:
        """Empty the retention window: every replay id known to anybody is stale from now on."""
        kept = self._world.books.all(_EVENT)
        for event in kept:
            self._world.books.delete(_EVENT, str(event["number"]))
        return len(kept)

    def listen(self, bell: asyncio.Event) -> None:
        self._listening.add(bell)

    def leave(self, bell: asyncio.Event) -> None:
        self._listening.discard(bell)

    def _kept(self, position: int) -> Iterator[Event]:
        for number in range(max(position + 1, self.last - MOST_KEPT + 1), self.last + 1):
            event = self._world.books.get(_EVENT, str(number))
            if event is not None and self._age(event) <= RETENTION:
                yield event

    def _age(self, event: Event) -> timedelta:
        return self._world.clock.now() - datetime.fromisoformat(event["at"])


def replay_id(number: int) -> bytes:
    """Ten bytes, of which the first eight are the number; clients may send back those eight alone."""
    return number.to_bytes(8, "big") + b"\x00\x00"
