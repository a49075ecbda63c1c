"""Deadlines at the price of few timers: one sleeping alarm, set again only when it must ring earlier than it would.

A return waits for many things with many deadlines; a timer per wait would be started and cancelled a dozen times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from temporalio import workflow


class Alarm:
    """Wakes whoever waits. Lazy: a deadline that moved away lets the old alarm ring into the void."""

    def __init__(self) -> None:
        self._armed: list[datetime] = []
        self._rings = 0
        self._sleepers: set[asyncio.Task[None]] = set()

    async def wait(self, ready: Callable[[], bool], due: datetime | None) -> bool:
        """True when `ready()`; False when `due` (UTC) passed first."""
        while not ready():
            if due is not None:
                if workflow.now() >= due:
                    return False
                self._arm(due)
            heard = self._rings
            await workflow.wait_condition(lambda heard=heard: ready() or self._rings != heard)  # type: ignore[misc]
        return True

    def _arm(self, due: datetime) -> None:
        if any(armed <= due for armed in self._armed):
            return
        self._armed.append(due)
        task = asyncio.create_task(self._sleep(due))
        self._sleepers.add(task)
        task.add_done_callback(self._sleepers.discard)

    async def _sleep(self, due: datetime) -> None:
        await workflow.sleep(due - workflow.now(), summary="next deadline")
        self._armed.remove(due)
        self._rings += 1
