"""Opens the rooms behind the store's door: all question lists over one pool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from store.backfills import PostgresBackfills
from store.engine import Database
from store.kpis import PostgresKpis
from store.ledger import PostgresLedger
from store.outbox import PostgresOutbox
from store.port import Backfills, Kpis, LedgerBooks, Reconciliations, Stores, Visibility
from store.rebuild import PostgresLedgerBooks
from store.reconciliations import PostgresReconciliations
from store.returns import PostgresReturns
from store.visibility import PostgresVisibility


@asynccontextmanager
async def open_stores(url: str, connections: int = 10) -> AsyncIterator[Stores]:
    """`url` as in 'postgresql://user:password@host:port/database', its schema upgraded (store/migrate.py).

    Nothing is connected until first asked. Raises BadInput when the URL is not one of PostgreSQL.
    """
    database = Database(url, connections)
    try:
        yield Stores(PostgresReturns(database), PostgresLedger(database), PostgresOutbox(database))
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


@asynccontextmanager
async def open_backfills(url: str, connections: int = 1) -> AsyncIterator[Backfills]:
    """Backfills of the CRMs. As open_stores."""
    database = Database(url, connections)
    try:
        yield PostgresBackfills(database)
    finally:
        await database.close()


@asynccontextmanager
async def open_reconciliations(url: str, connections: int = 1) -> AsyncIterator[Reconciliations]:
    """Runs that compare CRMs with the books. As open_stores."""
    database = Database(url, connections)
    try:
        yield PostgresReconciliations(database)
    finally:
        await database.close()


@asynccontextmanager
async def open_kpis(url: str) -> AsyncIterator[Kpis]:
    """Figures of the CRMs. As open_stores."""
    database = Database(url, connections=1)
    try:
        yield PostgresKpis(database)
    finally:
        await database.close()
