"""What the lane of a subscription does: wait until something is owed, hand over one event, give one up."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

from temporalio import activity

from activities.bell import Bell
from activities.errors import speaks_temporal
from activities.stopping import unless, worker_stopping
from adapters.errors import Gone, Permanent, Retryable
from adapters.webhooks.port import Receiver
from store.port import WebhookLanes

# What was delivered is kept so long, to be shown and sent again; and what was not: dead letters, and what somebody is
# owed whose subscription is not active.
_KEPT_DAYS, _KEPT_UNDELIVERED_DAYS = 30, 90
_FORGET_SECONDS = 3600.0
# While the bell is heard, somebody looks all the same this often.
_LOOK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Await:
    """Look for `seconds` at most, for what is due beside the deliveries that are `busy`."""

    name: str
    seconds: float
    busy: tuple[int, ...]
    most: int


@dataclass(frozen=True, slots=True)
class Due:
    """`over`: the subscription is not active (any more)."""

    found: tuple[int, ...] = ()
    over: bool = False


@dataclass(frozen=True, slots=True)
class HandOver:
    name: str
    delivery_id: int


class WebhookActivities:
    """`patience` in seconds: after so long an event is a dead letter. `pause` too, between two looks at what is owed
    while nobody tells: one statement over a small index."""

    def __init__(self, lanes: WebhookLanes, receiver: Receiver, patience: float, pause: float = 1.0) -> None:
        self._lanes, self._receiver, self._patience, self._pause = lanes, receiver, patience, pause
        self._bell = Bell(lanes)
        self._forgot = float("-inf")

    async def aclose(self) -> None:
        await self._bell.aclose()

    @activity.defn
    @speaks_temporal
    async def await_due(self, ask: Await) -> Due:
        """Answers at once when the worker is told to stop: whoever asks again is served by another."""
        await self._forget()
        ends = time.monotonic() + ask.seconds
        async with worker_stopping() as stopping:
            with self._bell.rung(ask.name) as rung:
                while True:
                    rung.clear()
                    found = await self._lanes.due(ask.name, ask.busy, ask.most)
                    if found is None:
                        return Due(over=True)
                    left = ends - time.monotonic()
                    if found or left <= 0 or stopping.is_set():
                        return Due(found)
                    await unless(stopping, _within(rung, min(left, self._look)))

    @property
    def _look(self) -> float:
        return _LOOK_SECONDS if self._bell.hears else self._pause

    async def _forget(self) -> None:
        """Now and then: every lane comes by here."""
        now = time.monotonic()
        if now - self._forgot >= _FORGET_SECONDS:
            self._forgot = now
            await self._lanes.forget(_KEPT_DAYS, _KEPT_UNDELIVERED_DAYS)

    @activity.defn
    @speaks_temporal
    async def hand_over(self, ask: HandOver) -> None:
        """One attempt. Temporal repeats what may go better later; patience is by the books, whoever asks."""
        parcel = await self._lanes.parcel(ask.name, ask.delivery_id)
        if parcel is None:
            return
        if parcel.wait > 0:
            if parcel.age > self._patience:
                await self._lanes.bury(ask.name, ask.delivery_id, "its receiver did not answer in time")
                return
            raise Retryable("webhook", "deliver", "it rests after several failures", retry_after=parcel.wait)
        try:
            await self._receiver.hand_over(ask.name, parcel)
        except Gone:
            await self._lanes.gone(ask.name)
        except Permanent as error:
            await self._lanes.bury(ask.name, ask.delivery_id, error.reason)
        except Retryable as error:
            await self._lanes.failed(ask.name, ask.delivery_id, error.reason, parcel.failures)
            if parcel.age > self._patience:
                await self._lanes.bury(ask.name, ask.delivery_id, error.reason)
                return
            raise
        else:
            await self._lanes.delivered(ask.name, ask.delivery_id)


async def _within(rung: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(rung.wait(), seconds)
