"""Checkpoints by themselves: a schedule in the engine, and what it starts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from temporalio.client import ScheduleActionStartWorkflow
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities import queues
from activities.audit import AuditActivities, Signed
from domain import ids
from runtime.audit import Auditing, signing_times
from store.port import Act, ActSearch
from store.stores import open_audit
from tests.audit.conftest import KEY, KNOWN
from tests.stack import temporal
from tests.stack.settings import least_settings
from workflows.audit_checkpoint import AuditCheckpoint

HOUR = timedelta(hours=1)


async def test_a_worker_schedules_checkpoints_as_the_settings_say(temporal_env: WorkflowEnvironment) -> None:
    client = await temporal.client(temporal_env, least_settings())
    handle = client.get_schedule_handle(ids.audit_schedule_id())
    for _ in range(2):
        await signing_times.as_set(client, HOUR)
    schedule = (await handle.describe()).schedule
    assert [interval.every for interval in schedule.spec.intervals] == [HOUR]
    assert isinstance(schedule.action, ScheduleActionStartWorkflow)
    assert (schedule.action.workflow, schedule.action.task_queue) == ("AuditCheckpoint", queues.RETURNS)
    for _ in range(2):
        await signing_times.as_set(client, None)
    with pytest.raises(RPCError):
        await handle.describe()


async def test_what_it_starts_signs_deletes_what_is_old_and_notes_the_checkpoint_outside(
    temporal_env: WorkflowEnvironment, postgres_url: str
) -> None:
    client = await temporal.client(temporal_env, least_settings())
    async with open_audit(postgres_url) as (audit, books):
        await audit.append(Act("access", "key:1", "return:start", "return:R-1"))
        desk = Auditing(audit, books, KEY, KNOWN, {"access": 0})
        acts = AuditActivities(desk)
        workflows = Worker(client, task_queue=queues.RETURNS, workflows=[AuditCheckpoint])
        async with (
            workflows,
            Worker(client, task_queue=queues.HUB, activities=[acts.sign_checkpoint, acts.cut_old_acts]),
        ):
            signed = await client.execute_workflow(
                AuditCheckpoint.run, id=ids.audit_checkpoint_id(), task_queue=queues.RETURNS
            )
        verdict = await desk.verify()
        assert verdict.right
        assert verdict.last is not None
        assert signed == Signed(1, f"1:{verdict.last.hash.hex()}")
        assert (await audit.search(ActSearch(stream="access"))).entries == ()
