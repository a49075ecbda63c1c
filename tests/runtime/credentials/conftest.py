"""Books that vendors' credentials are kept in, and the settings of processes that know them."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from domain.credentials import credential
from runtime import wiring
from runtime.credentials.keeping import Keeping, Source
from runtime.credentials.vault import Vault
from runtime.settings import Settings
from store.engine import Database
from tests.stack.postgres import Postgres
from tests.stack.settings import least_settings

SHOP, MAIL = "shopify.client_secret", "mail.bounce_secret"
FIELD = "dynamics.field.client_secret"
SECRET = "the-secret-that-must-not-be-seen"


def keyring(*names: str) -> str:
    """Keys by their names: the same name is the same key."""
    return ",".join(f"{name}:{base64.b64encode(name.ljust(32, '.').encode()).decode()}" for name in names)


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> Iterator[str]:
    with postgres.fresh() as url:
        yield url


@dataclass
class Books:
    url: str
    more: dict[str, str]

    def settings(self, keys: str = "one") -> Settings:
        given = {"BACKHAUL_DATABASE__URL": self.url, "BACKHAUL_CREDENTIALS__KEYS": keyring(*keys.split())}
        return least_settings(**given, **self.more)

    @asynccontextmanager
    async def keeping(self, keys: str = "one") -> AsyncIterator[Keeping]:
        async with wiring.keeping(self.settings(keys)) as keeping:
            yield keeping

    @asynccontextmanager
    async def vault(self, keys: str = "one", follow: bool = False) -> AsyncIterator[Vault]:
        async with wiring.vault(self.settings(keys), follow) as vault:
            yield vault

    async def write(self, name: str, secret: str, **more: Any) -> int:
        async with self.keeping() as keeping:
            return (await keeping.write(name, secret, "ines", **more)).version

    async def now(self, name: str, keys: str = "one") -> str:
        """What a process that starts now signs in with."""
        async with self.vault(keys) as vault:
            return await vault.text(credential(name))

    async def accepted(self, name: str) -> tuple[str, ...]:
        async with self.vault() as vault:
            return await vault.accepted(credential(name))

    async def source(self, name: str, keys: str = "one") -> tuple[Source, str]:
        async with self.keeping(keys) as keeping:
            one = await keeping.one(credential(name))
            return one.source, one.trouble

    async def run(self, statement: str) -> list[Any]:
        database = Database(self.url, 1)
        try:
            async with database.statement() as connection:
                result = await connection.execute(text(statement))
                return list(result.all()) if result.returns_rows else []
        finally:
            await database.close()


@pytest.fixture
async def books(url: str) -> AsyncIterator[Books]:
    org = {"KIND": "dynamics", "URL": "https://127.0.0.1:1", "TENANT": "t", "CLIENT_ID": "c", "CLIENT_SECRET": "s"}
    one = Books(url, {f"BACKHAUL_CRM__FIELD__{name}": value for name, value in org.items()})
    yield one
    await one.run("DELETE FROM credentials")
