"""One installation and one Chromium for all browser tests: the API behind a port, real engine, real books."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser
from temporalio.testing import WorkflowEnvironment

from api.app import build
from runtime import wiring
from runtime.credentials.vault import Vault
from runtime.settings import Settings
from security.roles import Role
from tests.api.desk.conftest import ORG, SECOND
from tests.api.office import ABROAD, KEYS, Office, staffed
from tests.console.browser import Scheme, Screen, chromium, screen
from tests.doubles.world import FakeStorefront
from tests.stack import temporal
from tests.stack.api import serving
from tests.stack.postgres import Postgres

KEPT = {"BACKHAUL_CREDENTIALS__KEYS": f"test:{base64.b64encode(bytes(32)).decode()}"}
Screens = Callable[..., AbstractAsyncContextManager[Screen]]


@pytest.fixture(scope="package")
def staff(temporal_env: WorkflowEnvironment, postgres: Postgres) -> Iterator[Office]:
    with (
        staffed(temporal.address(temporal_env), postgres, **ORG, **SECOND, **KEPT) as office,
        pytest.MonkeyPatch.context() as patch,
    ):

        @asynccontextmanager
        async def shop(settings: Settings, vault: Vault) -> AsyncIterator[FakeStorefront]:
            yield FakeStorefront(office.desk.world)

        patch.setattr(wiring, "shop", shop)
        yield office


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def office(staff: Office) -> AsyncIterator[Office]:
    """The same office, behind a real server on the loopback."""
    async with serving(build(staff.settings)) as (_, base), httpx.AsyncClient(base_url=base, timeout=30) as http:
        staff.http = http
        yield staff


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


@pytest.fixture(scope="package")
def seen_by(office: Office, browser: Browser) -> Screens:
    """`seen_by(Role.SUPPORT, phone=True)` is a screen in front of somebody with that role."""

    def one(
        role: Role | None, *, abroad: bool = False, scheme: Scheme = "light", phone: bool = False, script: bool = True
    ) -> AbstractAsyncContextManager[Screen]:
        key = (ABROAD if abroad else KEYS)[role] if role else None
        base = str(office.http.base_url).rstrip("/")
        return screen(browser, base, key, scheme=scheme, phone=phone, script=script)

    return one
