"""Opens the rooms behind the store's door: all question lists over one pool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from store.agreed import PostgresAgreements
from store.engine import Database
from store.items import PostgresItems
from store.ledger import PostgresLedger
from store.outbox import PostgresOutbox
from store.port import CrmBooks, LedgerBooks, Stores, Visibility
from store.rebuild import PostgresLedgerBooks
from store.returns import PostgresReturns
from store.visibility import PostgresVisibility
from store.watching import PostgresWatching


@asynccontextmanager
async def open_stores(url: str, connections: int = 10) -> AsyncIterator[Stores]:
    """`url` as in 'postgresql://user:password@host:port/database', its schema upgraded (store/migrate.py).

    Nothing is connected until first asked. Raises BadInput when the URL is not one of PostgreSQL.
    """
    async with open_all(url, connections) as (stores, _):
        yield stores


@asynccontextmanager
async def open_all(url: str, connections: int = 10) -> AsyncIterator[tuple[Stores, CrmBooks]]:
    """With what is agreed with the CRMs, over the same pool. As open_stores."""
    database = Database(url, connections)
    try:
        yield (
            Stores(PostgresReturns(database), PostgresLedger(database), PostgresOutbox(database)),
            CrmBooks(PostgresAgreements(database), PostgresWatching(database), PostgresItems(database)),
        )
    finally:
        await database.close()


@asynccontextmanager
async def open_ledger_books(url: str) -> AsyncIterator[LedgerBooks]:
    """The ledger's pages alone, for a command that compares them. As open_stores."""
    database = Database(url, connections=1)
    try:
        yield PostgresLedgerBooks(database)
    finally:
        await database.close()


@asynccontextmanager
async def open_visibility(url: str) -> AsyncIterator[Visibility]:
    """What the CRMs show, for a command that asks about all returns. As open_stores."""
    database = Database(url, connections=1)
    try:
        yield PostgresVisibility(database)
    finally:
        await database.close()
