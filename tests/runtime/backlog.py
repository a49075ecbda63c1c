"""A workflow that asks for the work of every purpose at once, the least urgent first."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from adapters.crm.spending import Priority

from workflows.calls import ahead


@activity.defn
async def show(purpose: int) -> int:
    return purpose


@workflow.defn
class Backlog:
    """Asks for a backfill's work first, and for live status last, before any worker is there."""

    @workflow.run
    async def run(self, queue: str) -> list[int]:
        done: list[int] = []

        async def one(purpose: Priority) -> None:
            limit = timedelta(seconds=30)
            await workflow.execute_activity(
                show, int(purpose), task_queue=queue, start_to_close_timeout=limit, priority=ahead(purpose)
            )
            done.append(int(purpose))

        asked = [one(purpose) for purpose in reversed(Priority) for _ in range(3)]
        tasks = [asyncio.ensure_future(each) for each in asked]
        await asyncio.gather(*tasks)
        return done
