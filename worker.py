"""Front door: a worker process. Connects, builds what the settings ask for, serves its queues until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence

from adapters.crm.mapping import BadMapping
from runtime import logs, telemetry
from runtime.complaints import BadSettings
from runtime.leaving import leave
from runtime.policies import BadPolicy
from runtime.settings import Settings, read
from runtime.temporal import NoTemporal, connect
from runtime.wiring import UnknownQueue, workers


async def serve(settings: Settings, queues: Sequence[str]) -> None:
    """Returns when SIGTERM or SIGINT came and the calls under way are finished, or the grace for them is over."""
    client = await connect(settings, serve_metrics=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        for worker in await stack.enter_async_context(workers(settings, client, queues)):
            await stack.enter_async_context(worker)
        await stop.wait()


def main(args: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="worker.py", description=__doc__)
    parser.add_argument("--queues", default="", help="task queues to serve, by comma (default: all of them)")
    given = parser.parse_args(args)
    try:
        settings = read()
        logs.configure(settings.telemetry)
        end_telemetry = telemetry.start("worker")
        queues = [word.strip() for word in given.queues.split(",") if word.strip()] or list(settings.worker.queues)
        asyncio.run(serve(settings, queues))
        end_telemetry()
        leave(0)
    except (BadSettings, BadPolicy, BadMapping, NoTemporal, UnknownQueue) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
