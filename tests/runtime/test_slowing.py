"""The engine hands out a slowed queue's tasks at a crawl, and live status first from one that has a backlog."""

import asyncio
import uuid

import pytest
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue as Named
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, DescribeTaskQueueResponse
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from adapters.crm.spending import Priority
from runtime.allowance import TaskQueue
from tests.runtime.backlog import Backlog, show
from tests.stack import temporal
from tests.stack.settings import least_settings


@pytest.fixture
async def client(temporal_env: WorkflowEnvironment) -> Client:
    return await temporal.client(temporal_env, least_settings())


async def described(client: Client, queue: str) -> DescribeTaskQueueResponse:
    ask = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=Named(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        report_config=True,
        report_stats=True,
    )
    return await client.workflow_service.describe_task_queue(ask)


async def until_rate(client: Client, queue: str, wanted: float | None) -> None:
    """The engine tells it to the queue's owner within moments."""
    while True:
        told = (await described(client, queue)).config.queue_rate_limit
        rate = told.rate_limit.requests_per_second if told.HasField("rate_limit") else None
        if rate == (wanted if wanted is None else pytest.approx(wanted)):
            return
        await asyncio.sleep(0.02)


async def test_a_queue_is_slowed_for_all_workers_and_restored(client: Client) -> None:
    queue = TaskQueue(client, name := f"crm-{uuid.uuid4().hex}")
    await until_rate(client, name, None)
    assert await queue.slow("write: 503")
    await until_rate(client, name, 0.2)
    assert await queue.restore()
    await until_rate(client, name, None)


async def test_an_engine_that_will_not_slow_a_queue_says_so_and_breaks_nothing(
    temporal_env: WorkflowEnvironment, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = await Client.connect(temporal.address(temporal_env), namespace="nowhere")
    assert not await TaskQueue(elsewhere, "crm-main").slow("write: 503")
    assert "tasks will be tried one by one" in caplog.text


async def test_live_status_is_handed_out_before_the_backlog(client: Client) -> None:
    flows, crm = f"flows-{uuid.uuid4().hex}", f"crm-{uuid.uuid4().hex}"
    async with Worker(client, task_queue=flows, workflows=[Backlog]):
        running = await client.start_workflow(Backlog.run, crm, id=flows, task_queue=flows)
        while (await described(client, crm)).stats.approximate_backlog_count < 3 * len(Priority):
            pass
        async with Worker(client, task_queue=crm, activities=[show], max_concurrent_activities=1):
            done = await running.result()
    assert done == sorted(done)
