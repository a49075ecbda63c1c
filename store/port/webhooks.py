"""Who is told of events, what they are owed, and how their systems stand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Set
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.webhooks import Parcel


@dataclass(frozen=True, slots=True)
class Subscription:
    """`types` empty: all events. `state` is active, off (somebody switched it off) or gone (the receiver did).
    `failures` in a row since its last success; until `resting` nothing is sent. The counts are of deliveries."""

    name: str
    url: str
    types: tuple[str, ...]
    state: str
    made_at: datetime
    made_by: str
    failures: int = 0
    resting: datetime | None = None
    owed: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one subscriber. `reason` is why the last attempt did not go through."""

    delivery_id: int
    event_id: str
    kind: str
    return_id: str
    owed_since: datetime
    delivered: datetime | None
    given_up: datetime | None
    attempts: int
    reason: str


class Webhooks(Protocol):
    """Whatever `by` somebody does is in the audit."""

    async def add(self, name: str, url: str, types: tuple[str, ...], secret: bytes, by: str) -> bool:
        """False when there is a subscription of that name."""
        ...

    async def rotate(self, name: str, secret: bytes, overlap: float, by: str) -> bool:
        """Sign with a new secret; those before it sign too for `overlap` seconds. False when there is no such name."""
        ...

    async def switch(self, name: str, state: str, by: str) -> bool:
        """What happens while it is not active is not owed. False when there is no such name."""
        ...

    async def all(self) -> tuple[Subscription, ...]: ...

    async def owe_test(self, name: str, event_id: str, by: str) -> int:
        """Owe it a test event; its delivery's number."""
        ...

    async def delivery(self, name: str, delivery_id: int) -> Delivery | None: ...

    async def deliveries(self, name: str, only_dead: bool, limit: int) -> tuple[Delivery, ...]:
        """Newest first."""
        ...

    async def again(self, name: str, delivery_ids: tuple[int, ...], by: str) -> int:
        """Owe again, with new numbers: the named, delivered or not, or without names all dead letters. How many."""
        ...


class WebhookLanes(Protocol):
    """What the lane of a subscription asks."""

    async def active(self) -> tuple[str, ...]: ...

    def stirring(self) -> AbstractAsyncContextManager[AsyncIterator[Set[str]]]:
        """Inside, nothing is missed: the names of subscriptions that may be owed something by now, those of one moment
        together, for ever. Raises StoreUnavailable when the database is lost."""
        ...

    async def due(self, name: str, busy: tuple[int, ...], most: int) -> tuple[int, ...] | None:
        """Deliveries that are owed, the oldest first and one for each return: the next of a return comes when the one
        before it is delivered or given up. `busy` are under way. None when the subscription is not active."""
        ...

    async def parcel(self, name: str, delivery_id: int) -> Parcel | None:
        """None when it is not owed any more. Who finds the rest over is the one who tries; others wait on."""
        ...

    async def delivered(self, name: str, delivery_id: int) -> None: ...

    async def failed(self, name: str, delivery_id: int, reason: str, seen: int) -> None:
        """An attempt did not go through; after some in a row the subscription rests. `seen` failures in a row were
        known when it began: those that began together and meet the same trouble do not make the rest longer."""
        ...

    async def gone(self, name: str) -> None:
        """Its receiver wants no more: what it is owed stays owed until somebody switches it on again."""
        ...

    async def bury(self, name: str, delivery_id: int, reason: str) -> None:
        """A dead letter."""
        ...

    async def forget(self, days: int, undelivered_days: int) -> None:
        """Delete what was delivered longer ago than `days`; what was given up, and what is owed to who is not active,
        longer ago than `undelivered_days`; and secrets that sign no more."""
        ...
