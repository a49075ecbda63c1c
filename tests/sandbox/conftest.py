"""Fixtures of the pretended Salesforce org: signed in over TLS, or an org inside the test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import credentials
from sandbox.books import Books
from sandbox.salesforce.org import Org
from sandbox.salesforce.records import Records
from sandbox.world import World
from tests.sandbox.crm import requests_session, salesforce
from tests.stack.sandbox import Sandbox


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[requests.Session]:
    sandbox.heal()
    with requests_session(sandbox) as session:
        yield session


@pytest.fixture
def sf(sandbox: Sandbox, http: requests.Session) -> Any:
    return salesforce(sandbox, http)


@pytest.fixture
def org(tmp_path: Path) -> tuple[World, Records]:
    """An org inside the test, whose clock may be moved without harm to others."""
    world = World(Books(":memory:"), credentials.load(tmp_path))
    return world, Records(world, Org(world))
