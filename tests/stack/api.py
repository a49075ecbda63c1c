"""The API served as `python -m api` serves it, on a port of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from fastapi import FastAPI

from api.serving import Server, server


@asynccontextmanager
async def serving(app: FastAPI, port: int = 0) -> AsyncIterator[tuple[Server, str]]:
    """In the test's own event loop: the server and its address. Stopped at the end, unless `should_exit` is set."""
    one = server(app, "127.0.0.1", port)
    one.config.load()
    one.lifespan = one.config.lifespan_class(one.config)
    await one.startup()
    port = one.servers[0].sockets[0].getsockname()[1]
    try:
        yield one, f"http://127.0.0.1:{port}"
    finally:
        if not one.should_exit:
            await one.shutdown()


@contextmanager
def apart(app: FastAPI) -> Iterator[str]:
    """On a thread of its own, for callers that block: its address."""
    ready, done, found = threading.Event(), asyncio.Event(), list[str | BaseException]()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        async with serving(app) as (_, address):
            found.append(address)
            ready.set()
            await done.wait()

    def begin() -> None:
        try:
            loop.run_until_complete(run())
        except BaseException as error:
            found.append(error)
        finally:
            loop.close()
            ready.set()

    thread = threading.Thread(target=begin)
    thread.start()
    ready.wait(30)
    (first, *_) = found
    if isinstance(first, BaseException):
        raise first
    try:
        yield first
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(30)
