"""One embedded PostgreSQL for the test session, and an empty, migrated database for each test."""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from runtime.embedded import postgres
from store import migrate
from store.tables import METADATA

_TEMPLATE = "backhaul_template"
# What is append-only lets itself be emptied on the way of retention only.
_EMPTY = f"SET backhaul.audit = 'retention'; TRUNCATE {', '.join(METADATA.tables)} RESTART IDENTITY"


class Postgres:
    """Its folder is not pytest's own, which is closed to other accounts: as root the server runs as another."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="backhaul-postgres-"))
        self._numbers = itertools.count(1)
        self._free: list[str] = []
        self.server = postgres.start(self._folder, fast=True)
        postgres.create_database(self.server, _TEMPLATE)
        upgrade(self.server.url(_TEMPLATE), api_url(self.server.url(_TEMPLATE)))

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of a database of one's own with all tables, empty. Afterwards it is emptied for the next."""
        name = self._free.pop() if self._free else self._create(_TEMPLATE)
        try:
            yield self.server.url(name)
        finally:
            postgres.sql(self.server, _EMPTY, name)
            self._free.append(name)

    @contextmanager
    def bare(self) -> Iterator[str]:
        """The URL of a database without any tables, dropped afterwards."""
        name = self._create("template1")
        try:
            yield self.server.url(name)
        finally:
            postgres.drop_database(self.server, name)

    def stop(self) -> None:
        postgres.stop(self.server)
        shutil.rmtree(self._folder)

    def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        postgres.create_database(self.server, name, template)
        return name


def api_url(url: str) -> str:
    """The same database as the role that the API has."""
    return make_url(url).set(username="backhaul_api", password="behind-the-wall").render_as_string(False)


def upgrade(*urls: str) -> None:
    """In a thread of its own: the test session may have an event loop here already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(migrate.upgrade(*urls))).result()
