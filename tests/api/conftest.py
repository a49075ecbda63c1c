"""The API's fixtures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from temporalio.testing import WorkflowEnvironment

from runtime import wiring
from runtime.settings import Settings
from tests.api.office import Office, served, staffed
from tests.doubles.world import FakeStorefront
from tests.stack import temporal
from tests.stack.postgres import Postgres


@pytest.fixture(scope="module")
def staff(temporal_env: WorkflowEnvironment, postgres: Postgres) -> Iterator[Office]:
    with staffed(temporal.address(temporal_env), postgres) as office:
        yield office


@pytest.fixture
async def office(staff: Office, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    @asynccontextmanager
    async def shop(settings: Settings) -> AsyncIterator[FakeStorefront]:
        yield FakeStorefront(staff.desk.world)

    monkeypatch.setattr(wiring, "shop", shop)
    async with served(staff) as one:
        yield one
