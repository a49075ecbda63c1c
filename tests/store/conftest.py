"""The opened store, on a database of the test's own."""

from collections.abc import AsyncIterator

import pytest

from store.port import Stores
from store.stores import open_stores


@pytest.fixture
async def stores(postgres_url: str) -> AsyncIterator[Stores]:
    async with open_stores(postgres_url) as opened:
        yield opened
