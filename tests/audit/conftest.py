"""An audit with some history: two checkpoints, and acts that no checkpoint covers yet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.audit.verdict import Verdict, verify
from security.signing import KnownKeys, SigningKey
from store import engine
from store.audit_books import PostgresReader
from store.port import Act
from store.stores import open_audit
from tests.stack.postgres import Postgres

KEY = SigningKey(b"k" * 32)
KNOWN = KnownKeys([KEY.public])


@dataclass
class Ledger:
    """A connection within a transaction that is never committed: whatever is done to the tables, the next test finds
    them as they were."""

    connection: AsyncConnection
    anchors: dict[int, str] = field(default_factory=dict)

    async def do(self, change: str) -> None:
        # Who may alter tables is stopped by no trigger.
        await self.connection.execute(text("SET LOCAL session_replication_role = replica"))
        for one in change.split(";"):
            await self.connection.execute(text(one))

    async def verify(self, stream: str | None = None) -> Verdict:
        return await verify(PostgresReader(self.connection), KNOWN, stream, self.anchors)

    async def found(self) -> list[tuple[str, int, str]]:
        return [(one.stream, one.seq, str(one.wrong)) for one in (await self.verify()).findings]


@pytest.fixture(scope="module")
def history(postgres: Postgres) -> Iterator[str]:
    with postgres.fresh() as url:
        asyncio.run(_live(url))
        yield url


@pytest.fixture
async def ledger(history: str) -> AsyncIterator[Ledger]:
    pool = engine.create(history, poolclass=NullPool)
    async with pool.connect() as connection, connection.begin() as transaction:
        yield Ledger(connection)
        await transaction.rollback()
    await pool.dispose()


async def _live(url: str) -> None:
    async with open_audit(url) as (audit, books):

        async def acts(stream: str, many: int) -> None:
            for n in range(many):
                said = {"before": {"n": str(n)}, "after": {"email": "a@x.example"}}
                await audit.append(Act(stream, f"key:{n}", "hold:resolve", stream, "so", **said))  # type: ignore[arg-type]

        await acts("access", 3)
        await acts("return:R-1", 5)
        await acts("return:R-2", 2)
        assert await books.checkpoint(KEY) is not None
        await acts("return:R-1", 2)
        await acts("return:R-3", 1)
        assert await books.checkpoint(KEY) is not None
        await acts("return:R-1", 1)
