"""Signs a checkpoint of the audit and has deleted what is older than it is kept. A schedule starts it.

Its result, the checkpoint's number and hash, stands in the engine's history too, outside of the tables it vouches for.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.audit import AuditActivities, Signed

_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@workflow.defn
class AuditCheckpoint:
    @workflow.run
    async def run(self) -> Signed:
        signed = await workflow.execute_activity_method(
            AuditActivities.sign_checkpoint,
            task_queue=queues.HUB,
            start_to_close_timeout=timedelta(minutes=5),
            schedule_to_close_timeout=timedelta(minutes=50),
            retry_policy=_RETRY,
            summary="sign the ends of the audit's chains",
        )
        await workflow.execute_activity_method(
            AuditActivities.cut_old_acts,
            task_queue=queues.HUB,
            start_to_close_timeout=timedelta(minutes=30),
            schedule_to_close_timeout=timedelta(hours=2),
            retry_policy=_RETRY,
            summary="delete what is older than it is kept",
        )
        return signed
