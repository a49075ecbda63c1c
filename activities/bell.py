"""Rings for those who wait until a subscription is owed something: PostgreSQL tells whose, and they look."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from store.port import StoreUnavailable, WebhookLanes

_LOG = logging.getLogger(__name__)


class Bell:
    """Listens from the first who waits, for all of a process, until it is closed. While it `hears`, nothing is missed;
    before and after it everybody is rung for, since nobody knows. `again`: seconds until it listens anew."""

    def __init__(self, lanes: WebhookLanes, again: float = 2.0) -> None:
        self._lanes, self._again = lanes, again
        self._waiting: dict[asyncio.Event, str] = {}
        self._task: asyncio.Task[None] | None = None
        self.hears = False

    @contextmanager
    def rung(self, name: str) -> Iterator[asyncio.Event]:
        """Set when the subscription may be owed something; who waits clears it before looking."""
        if self._task is None:
            self._task = asyncio.create_task(self._listen())
        mine = asyncio.Event()
        self._waiting[mine] = name
        try:
            yield mine
        finally:
            del self._waiting[mine]

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._lanes.stirring() as bursts:
                    self.hears = True
                    self._ring(self._waiting.values())
                    async for names in bursts:
                        self._ring(names)
            except StoreUnavailable as error:
                _LOG.warning("what subscriptions are owed is not told for now: %s", error)
            except Exception:
                _LOG.exception("what subscriptions are owed is not told for now")
            self.hears = False
            self._ring(self._waiting.values())
            await asyncio.sleep(self._again)

    def _ring(self, names: Iterable[str]) -> None:
        told = set(names)
        for event, name in self._waiting.items():
            if name in told:
                event.set()
