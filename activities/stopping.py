"""A long wait inside an activity that a stopping worker need not sit out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from temporalio import activity

T = TypeVar("T")


@asynccontextmanager
async def worker_stopping() -> AsyncIterator[asyncio.Event]:
    """Set when the worker is told to stop: waiting for a quiet CRM must not hold it up."""
    event = asyncio.Event()
    if not activity.in_activity():
        yield event
        return

    async def watch() -> None:
        await activity.wait_for_worker_shutdown()
        event.set()

    task = asyncio.create_task(watch())
    try:
        yield event
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def unless(stopping: asyncio.Event, asked: Coroutine[Any, Any, T]) -> T | None:
    """None when the worker stops first; nothing was read then."""
    reading, ending = asyncio.create_task(asked), asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({reading, ending}, return_when=asyncio.FIRST_COMPLETED)
        return await reading if reading.done() else None
    finally:
        for task in (reading, ending):
            task.cancel()
        await asyncio.gather(reading, ending, return_exceptions=True)
