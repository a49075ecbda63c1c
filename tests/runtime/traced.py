"""A process of its own that prints the spans of one workflow: a process's providers can be set only once."""

import asyncio
import sys
import uuid

from opentelemetry import trace
from temporalio.worker import Worker

from runtime import telemetry
from runtime.temporal import connect
from tests.runtime import echo
from tests.stack.settings import least_settings


async def main(address: str) -> None:
    end = telemetry.start("test")
    client = await connect(least_settings(TEMPORAL_ADDRESS=address))
    queue, word = f"traced-{uuid.uuid4()}", echo.Word("hello")
    async with Worker(client, task_queue=queue, workflows=[echo.Echo], activities=[echo.stumble]):
        with trace.get_tracer("test").start_as_current_span("customer asks"):
            handle = await client.start_workflow(echo.Echo.run, word, id=queue, task_queue=queue)
            await handle.execute_update(echo.Echo.answer, word)
        await handle.result()
    end()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
