"""What several contract suites run on: the double of a store and the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from store.port import Stores
from store.stores import open_stores
from tests.doubles.stores import memory_stores
from tests.stack.postgres import Postgres


@pytest.fixture(params=["memory", "postgres"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "memory":
        yield memory_stores()
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.fresh() as url:
        async with open_stores(url) as opened:
            yield opened
