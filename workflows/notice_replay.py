"""Sends one notice again that was given up, by the same activity as ever; gives up again when its patience ends."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.notify import NOTICE_LANE, Notice, NotifyActivities

from workflows.calls import HEARTBEAT, failure
from workflows.lanes import park

_PATIENCE = timedelta(hours=1)


@workflow.defn
class NoticeReplay:
    @workflow.run
    async def run(self, notice: Notice) -> None:
        try:
            await workflow.execute_activity_method(
                NotifyActivities.notify,
                notice,
                task_queue=queues.HUB,
                start_to_close_timeout=timedelta(seconds=30),
                heartbeat_timeout=HEARTBEAT,
                schedule_to_close_timeout=_PATIENCE,
                retry_policy=RetryPolicy(
                    initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(minutes=1)
                ),
                summary=f"tell the customer again: {notice.subject}",
            )
        except ActivityError as error:
            await park(notice.return_id, NOTICE_LANE, failure(error)[1])
