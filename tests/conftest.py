"""Fixtures every test may ask for; what they start lives in tests/stack."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import settings
from temporalio.testing import WorkflowEnvironment

from tests.stack import sharing, temporal
from tests.stack.postgres import Postgres
from tests.stack.profile import NIGHTLY
from tests.stack.sandbox import Sandbox

settings.register_profile("nightly", max_examples=2000, deadline=None)
if NIGHTLY:
    settings.load_profile("nightly")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tryton", metavar="FOLDER", help="run tests/tryton too, with the Tryton of this lab folder")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items[:] = [items[place] for place in sharing.order([item.nodeid for item in items])]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> sharing.Sharing:
    config.option.loadscopereorder = False
    return sharing.Sharing(config, log)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The vendors' sandbox, one process for the whole session. Seed orders with ids of your own test file's range."""
    running = Sandbox(tmp_path_factory.mktemp("sandbox"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One embedded PostgreSQL server for the whole session."""
    running = Postgres()
    yield running
    running.stop()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A database of the test's own: all tables, empty."""
    with postgres.fresh() as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_env() -> AsyncIterator[WorkflowEnvironment]:
    """A real Temporal server for the whole session; make clients with tests.stack.temporal.client."""
    env = await temporal.start()
    yield env
    await env.shutdown()
