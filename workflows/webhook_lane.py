"""Delivers events to one subscription for as long as it is active: in order for each return, side by side for several.

It holds nothing but what is under way; what is owed is in the books. Each subscription has a lane of its own, so that a
receiver that is slow or away holds up nobody else's events.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.webhooks import Await, Due, HandOver, WebhookActivities

SIGNAL_WAKE = "wake"

# A quiet subscription costs an activity in four minutes.
_SPAN = 240.0
_TURNS = 200
_AT_ONCE = 20
_BEAT = timedelta(seconds=60)
_TROUBLE = timedelta(seconds=30)
_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=5))


@dataclass(frozen=True, slots=True)
class Lane:
    """`span` in seconds: how long one activity waits for events. After so many `turns` a new history begins."""

    name: str
    span: float = _SPAN
    turns: int = _TURNS


@workflow.defn
class WebhookLane:
    def __init__(self) -> None:
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._woken = False

    @workflow.run
    async def run(self, lane: Lane) -> None:
        """Ends when the subscription is not active any more, and nobody wanted it to go on since that was seen."""
        for _ in range(lane.turns):
            await workflow.wait_condition(lambda: len(self._busy) < _AT_ONCE)
            self._woken = False
            due = await self._due(lane)
            if due.over:
                break
            for delivery_id in due.found:
                self._busy[delivery_id] = asyncio.create_task(self._hand_over(lane.name, delivery_id))
            if workflow.info().is_continue_as_new_suggested():
                break
        # An attempt that is being made is waited for, so that it is not made twice at once. What waits for its next one
        # is taken up by whoever comes next: its patience is by the books.
        under_way = list(self._busy.values())
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        if self._woken or not due.over:
            workflow.continue_as_new(lane)

    @workflow.signal(name=SIGNAL_WAKE)
    def wake(self) -> None:
        """Somebody wants it to run: also when it is just about to end, because it saw the subscription switched off."""
        self._woken = True

    async def _due(self, lane: Lane) -> Due:
        try:
            due: Due = await workflow.execute_activity_method(
                WebhookActivities.await_due,
                Await(lane.name, lane.span, tuple(sorted(self._busy)), _AT_ONCE - len(self._busy)),
                task_queue=queues.WEBHOOKS,
                start_to_close_timeout=timedelta(seconds=lane.span) + timedelta(minutes=1),
                heartbeat_timeout=_BEAT,
                retry_policy=_RETRIES,
                summary=f"what {lane.name} is owed",
            )
        except ActivityError:
            # The books refuse for good: not a matter of this subscription, so it waits for somebody to mend that.
            await workflow.sleep(_TROUBLE)
            return Due()
        return due

    async def _hand_over(self, name: str, delivery_id: int) -> None:
        try:
            await workflow.execute_activity_method(
                WebhookActivities.hand_over,
                HandOver(name, delivery_id),
                task_queue=queues.WEBHOOKS,
                start_to_close_timeout=timedelta(seconds=30),
                retry_policy=_RETRIES,
                cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
                summary=f"tell {name}",
            )
        except ActivityError:
            # Cancelled for a new history, or refused for good by the books: it is still owed.
            return
        finally:
            self._busy.pop(delivery_id, None)
