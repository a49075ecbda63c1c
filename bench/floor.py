"""The floor: a workflow that follows a plan with activities that do nothing. What the engine alone costs."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from bench.plan import Batch, Plan

STAGE = SearchAttributeKey.for_keyword("ReturnStage")
# Beside Backhaul's own queues on the same server.
_QUEUE = "floor-{}"


def queue(backhaul: str) -> str:
    """The floor's task queue in the place of one of Backhaul's."""
    return _QUEUE.format(backhaul)


@activity.defn
async def nothing() -> None:
    """A vendor's call without a vendor."""


@activity.defn
async def nothing_locally() -> None:
    """A record without a database."""


@workflow.defn
class Floor:
    """One update per phase, answered when the phase is done; ends with the last phase."""

    @workflow.init
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._said = 0
        self._done = 0
        self._timers: list[asyncio.Task[None]] = []

    @workflow.run
    async def run(self, plan: Plan) -> None:
        for phase in plan.phases:
            await workflow.wait_condition(lambda: self._said > self._done)
            for batch in phase.batches:
                await self._follow(batch)
            self._done += 1
        await workflow.wait_condition(workflow.all_handlers_finished)

    @workflow.update
    async def say(self) -> None:
        self._said += 1
        mine = self._said
        await workflow.wait_condition(lambda: self._done >= mine)

    async def _follow(self, batch: Batch) -> None:
        for _ in range(batch.timers):
            # Like a return's deadlines: far off, and left behind at the end.
            self._timers.append(asyncio.create_task(workflow.sleep(timedelta(days=1))))
        for _ in range(batch.upserts):
            workflow.upsert_search_attributes([STAGE.value_set("floor")])
        await asyncio.gather(
            *(
                workflow.execute_activity(nothing, task_queue=queue(name), start_to_close_timeout=timedelta(seconds=90))
                for name in batch.activities
            ),
            *(
                workflow.execute_local_activity(nothing_locally, start_to_close_timeout=timedelta(seconds=10))
                for _ in range(batch.local_activities)
            ),
        )
