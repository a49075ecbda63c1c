"""A sandbox of the feed's own, because its clock is moved and it is killed; and an org in it that people work in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import requests

from tests.adapters.salesforce_feed.people import Feeds, People
from tests.sandbox.crm import requests_session
from tests.stack.sandbox import Sandbox


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("feed"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One whose clock may be moved by days, forward only: what is stamped then is in the future of all other tests."""
    running = Sandbox(tmp_path_factory.mktemp("apart"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def http(own: Sandbox) -> Iterator[requests.Session]:
    own.heal()
    with requests_session(own) as session:
        yield session


@pytest.fixture
def people(own: Sandbox, http: requests.Session) -> Iterator[People]:
    working = People(own, http)
    yield working
    working.tidy()


@pytest.fixture
async def feeds(own: Sandbox) -> AsyncIterator[Feeds]:
    opened = Feeds(own)
    yield opened
    await opened.aclose()


@pytest.fixture
def elsewhere(apart: Sandbox) -> Iterator[People]:
    with requests_session(apart) as session:
        yield People(apart, session)


@pytest.fixture
async def feeds_elsewhere(apart: Sandbox) -> AsyncIterator[Feeds]:
    opened = Feeds(apart)
    yield opened
    await opened.aclose()
