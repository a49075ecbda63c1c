"""The API's fixtures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from temporalio.testing import WorkflowEnvironment

from api.app import build
from runtime import wiring
from runtime.credentials.vault import Vault
from runtime.settings import Settings
from tests.api.office import Office, served, staffed
from tests.doubles.world import FakeStorefront
from tests.stack import temporal
from tests.stack.api import apart
from tests.stack.postgres import Postgres


@pytest.fixture(scope="module")
def staff(temporal_env: WorkflowEnvironment, postgres: Postgres) -> Iterator[Office]:
    with staffed(temporal.address(temporal_env), postgres) as office:
        yield office


@pytest.fixture
async def office(staff: Office, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    with_shop(staff, monkeypatch)
    async with served(staff) as one:
        yield one


@pytest.fixture(scope="module")
def address(staff: Office) -> Iterator[str]:
    """Where the office's API answers over the network."""
    with pytest.MonkeyPatch.context() as patched:
        with_shop(staff, patched)
        with apart(build(staff.settings)) as address:
            yield address


def with_shop(staff: Office, patched: pytest.MonkeyPatch) -> None:
    """The API asks the same shop as the office's workers."""

    @asynccontextmanager
    async def shop(settings: Settings, vault: Vault) -> AsyncIterator[FakeStorefront]:
        yield FakeStorefront(staff.desk.world)

    patched.setattr(wiring, "shop", shop)
