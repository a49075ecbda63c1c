"""Turns of an org's pace: reserved in the books a few at a time, taken in their order, lost when they are missed."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from domain.allowance import Terms
from store.port import Quota

# Who would wait longer gives its place in the worker to others.
_PATIENCE = 5.0
# A turn missed by more would fall together with the next ones.
_LATE = 0.02


class Pace:
    """One lane of one org: live status has its own."""

    def __init__(self, org: str, terms: Terms, quota: Quota, live: bool) -> None:
        self._org, self._terms, self._quota, self._live = org, terms, quota, live
        self._turns: deque[float] = deque()
        self._lock = asyncio.Lock()
        self._want = 1

    async def turn(self) -> float | None:
        """Wait for a turn; the seconds until one could be had when that is not soon. None: go."""
        began = time.monotonic()
        while True:
            async with self._lock:
                wait = await self._next(began)
            if wait is None:
                return None
            if time.monotonic() + wait - began > _PATIENCE:
                return wait
            await asyncio.sleep(wait)

    async def _next(self, began: float) -> float | None:
        """None when a turn came and was waited for; else the seconds after which to look again."""
        while self._turns and self._turns[0] < time.monotonic() - _LATE:
            self._turns.popleft()
            self._want = 1
        if not self._turns:
            slots = await self._quota.turns(self._org, self._terms, self._live, self._want)
            if not slots.count or slots.wait > _PATIENCE:
                return max(slots.wait, 0.01)
            now = time.monotonic()
            self._turns.extend(now + slots.wait + slots.step * place for place in range(slots.count))
            # Never more than a tenth of a second's worth: those behind wait for all of them.
            self._want = max(1, min(self._want * 2, int(self._terms.per_second / 10)))
        mine = self._turns.popleft()
        if (until := mine - time.monotonic()) > 0:
            await asyncio.sleep(until)
        return None if time.monotonic() <= mine + _LATE else 0.0
