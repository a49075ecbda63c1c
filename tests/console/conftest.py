"""One installation and one Chromium for all browser tests of a file: the API behind a port, real engine, real books."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser
from temporalio.testing import WorkflowEnvironment

from api.app import build
from runtime import wiring
from runtime.settings import Settings
from security.roles import Role
from tests.api.office import ABROAD, KEYS, Office, staffed
from tests.console.browser import Scheme, Screen, chromium, screen
from tests.doubles.world import FakeStorefront
from tests.stack import temporal
from tests.stack.postgres import Postgres

Screens = Callable[..., AbstractAsyncContextManager[Screen]]


@pytest.fixture(scope="module")
def staff(temporal_env: WorkflowEnvironment, postgres: Postgres) -> Iterator[Office]:
    with staffed(temporal.address(temporal_env), postgres) as office, pytest.MonkeyPatch.context() as patch:

        @asynccontextmanager
        async def shop(settings: Settings) -> AsyncIterator[FakeStorefront]:
            yield FakeStorefront(office.desk.world)

        patch.setattr(wiring, "shop", shop)
        yield office


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(staff: Office) -> AsyncIterator[Office]:
    """The same office, behind a real server on the loopback."""
    config = uvicorn.Config(build(staff.settings), port=0, log_config=None, access_log=False, loop="asyncio")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
        assert not serving.done(), serving
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        staff.http = http
        yield staff
    server.should_exit = True
    await serving


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def seen_by(office: Office, browser: Browser) -> Screens:
    """`seen_by(Role.SUPPORT, phone=True)` is a screen in front of somebody with that role."""

    def one(
        role: Role | None, *, abroad: bool = False, scheme: Scheme = "light", phone: bool = False, script: bool = True
    ) -> AbstractAsyncContextManager[Screen]:
        key = (ABROAD if abroad else KEYS)[role] if role else None
        base = str(office.http.base_url).rstrip("/")
        return screen(browser, base, key, scheme=scheme, phone=phone, script=script)

    return one
