"""When checkpoints of the audit are signed by themselves."""

from __future__ import annotations

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
)

from activities import queues
from domain import ids
from runtime import schedules
from workflows.audit_checkpoint import AuditCheckpoint

_DAY = timedelta(days=1)


async def as_set(client: Client, pause: timedelta | None) -> None:
    """None: never. Done by each worker that starts, so a repeat changes nothing. Raises RetryLater."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            AuditCheckpoint.run, id=ids.audit_checkpoint_id(), task_queue=queues.RETURNS
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=pause or _DAY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP),
        state=ScheduleState(note=schedules.note(pause)),
    )
    await schedules.as_set(client, ids.audit_schedule_id(), schedule, pause)
