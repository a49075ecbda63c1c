"""A feed of the sandbox's environment, and somebody who works there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from adapters.crm.dynamics import DynamicsFeed
from tests.adapters.dynamics_feed.case import (
    somebody,
)
from tests.adapters.test_crm_dynamics import settings
from tests.stack.sandbox import Sandbox


@pytest.fixture
async def feed(sandbox: Sandbox) -> AsyncIterator[DynamicsFeed]:
    sandbox.heal()
    one = DynamicsFeed(settings(sandbox), interval=0.05)
    yield one
    await one.aclose()


@pytest.fixture
def people(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with somebody(sandbox) as client:
        yield client
