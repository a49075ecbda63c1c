"""A worker process for the floor, of the same shape as Backhaul's: the same queues, measures, plugin and runner."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from temporalio.client import Client
from temporalio.worker import Worker

from activities import queues
from bench.floor import Floor, nothing, nothing_locally, queue
from runtime import wiring
from runtime.settings import Settings, read
from runtime.temporal import connect


def workers(settings: Settings, client: Client) -> list[Worker]:
    """One per task queue of Backhaul's own worker, with the measures of runtime/wiring."""
    return [_worker(settings, client, name) for name in wiring.queue_names(settings)]


def _worker(settings: Settings, client: Client, name: str) -> Worker:
    measure = settings.worker
    if name == queues.RETURNS:
        return Worker(
            client,
            task_queue=queue(name),
            workflows=[Floor],
            activities=[nothing_locally],
            max_concurrent_workflow_tasks=measure.workflow_tasks,
            max_concurrent_local_activities=measure.local_activities,
            max_cached_workflows=measure.cached_workflows,
        )
    slots = {
        queues.STOREFRONT: measure.storefront, queues.ERP: measure.erp, queues.HUB: measure.notices,
        queues.WEBHOOKS: measure.webhooks,
    }  # fmt: skip
    return Worker(
        client,
        task_queue=queue(name),
        activities=[nothing],
        max_concurrent_activities=slots.get(name, measure.crm),
        disable_eager_activity_execution=True,
    )


async def serve(settings: Settings) -> None:
    """Returns when told to stop."""
    client = await connect(settings, serve_metrics=True)
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        for worker in workers(settings, client):
            await stack.enter_async_context(worker)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(read()))
