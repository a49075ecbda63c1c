"""The setting every test here plays in."""

from collections.abc import AsyncIterator

import pytest

from tests.inbound.stage import Setting, setting


@pytest.fixture
async def here(postgres_url: str) -> AsyncIterator[Setting]:
    async with setting(postgres_url) as found:
        yield found
