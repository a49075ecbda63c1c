"""The API served as `python -m api` serves it, on a port of its own, in the test's own event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api.serving import Server, server


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[tuple[Server, str]]:
    """The server and its address. It is stopped at the end, unless the test did so, and set `should_exit`."""
    one = server(app, "127.0.0.1", 0)
    one.config.load()
    one.lifespan = one.config.lifespan_class(one.config)
    await one.startup()
    port = one.servers[0].sockets[0].getsockname()[1]
    try:
        yield one, f"http://127.0.0.1:{port}"
    finally:
        if not one.should_exit:
            await one.shutdown()
