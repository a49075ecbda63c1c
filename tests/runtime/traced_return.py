"""A process of its own that writes the spans of one request to return into a file, as JSON.

Everything is real but the vendors' own servers: command line's desk, engine, workers, adapters, PostgreSQL, sandbox.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from domain import ids
from domain.returns import Reason, RequestedLine
from runtime import wiring
from runtime.settings import read
from runtime.temporal import connect
from workflows import messages as m


async def main(order_id: str, line_id: str, file: str) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    settings = read(env_file=None)
    client = await connect(settings)
    start = m.StartReturn(
        ids.return_id(order_id, "traced"), order_id, (RequestedLine(line_id, 1, Reason.STYLE),), "traced"
    )
    async with AsyncExitStack() as stack:
        for worker in await stack.enter_async_context(wiring.workers(settings, client)):
            await stack.enter_async_context(worker)
        desk = await stack.enter_async_context(wiring.returns(settings, client))
        with trace.get_tracer("test").start_as_current_span("customer asks"):
            answer = await desk.start(start)
        assert answer.decision == "quoted", answer
        await client.get_workflow_handle(ids.workflow_id(start.return_id)).terminate()
    found = json.dumps([_shown(span) for span in spans.get_finished_spans()])
    await asyncio.to_thread(Path(file).write_text, found)


def _shown(span: ReadableSpan) -> dict[str, str | None]:
    context = span.get_span_context()
    assert context is not None
    return {
        "name": span.name,
        "trace": trace.format_trace_id(context.trace_id),
        "id": trace.format_span_id(context.span_id),
        "parent": trace.format_span_id(span.parent.span_id) if span.parent else None,
    }


if __name__ == "__main__":
    assert os.environ["OTEL_TRACES_EXPORTER"] == "console"
    asyncio.run(main(*sys.argv[1:]))
