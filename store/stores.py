"""Opens the rooms behind the store's door: all question lists over one pool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from security.marks import MarkKey
from store.agreed import PostgresAgreements
from store.backfills import PostgresBackfills
from store.changes import PostgresChanges
from store.engine import Database
from store.items import PostgresItems
from store.keeping import PostgresKeeping
from store.kpis import PostgresKpis
from store.ledger import PostgresLedger
from store.links import PostgresLinks
from store.outbox import PostgresOutbox
from store.parties import PostgresParties
from store.port import (
    Backfills,
    CrmBooks,
    Kpis,
    LedgerBooks,
    Parties,
    Quota,
    Reconciliations,
    Stewards,
    Stores,
    Visibility,
    Weighing,
)
from store.quota import PostgresQuota
from store.rebuild import PostgresLedgerBooks
from store.reconciliations import PostgresReconciliations
from store.returns import PostgresReturns
from store.stewardship import PostgresStewards
from store.visibility import PostgresVisibility
from store.watching import PostgresWatching
from store.weighing import PostgresWeighing


@asynccontextmanager
async def open_stores(url: str, connections: int = 10, identity_key: MarkKey | None = None) -> AsyncIterator[Stores]:
    """`url` as in 'postgresql://user:password@host:port/database', its schema upgraded (store/migrate.py).
    `identity_key`: None, and parties are not matched (store/parties.py).

    Nothing is connected until first asked. Raises BadInput when the URL is not one of PostgreSQL.
    """
    async with open_all(url, connections, identity_key) as (stores, _):
        yield stores


@asynccontextmanager
async def open_all(
    url: str, connections: int = 10, identity_key: MarkKey | None = None
) -> AsyncIterator[tuple[Stores, CrmBooks]]:
    """With what is agreed with the CRMs, over the same pool. As open_stores."""
    database = Database(url, connections)
    try:
        yield (
            Stores(
                returns=PostgresReturns(database),
                ledger=PostgresLedger(database),
                outbox=PostgresOutbox(database),
                changes=PostgresChanges(database),
                links=PostgresLinks(database),
                parties=PostgresParties(database, identity_key),
                quota=PostgresQuota(database),
            ),
            CrmBooks(
                PostgresAgreements(database),
                PostgresWatching(database),
                PostgresItems(database),
                PostgresKeeping(database),
            ),
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


@asynccontextmanager
async def open_quota(url: str) -> AsyncIterator[Quota]:
    """The CRMs' allowances, for a command that tells of them. As open_stores."""
    database = Database(url, connections=1)
    try:
        yield PostgresQuota(database)
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


@asynccontextmanager
async def open_stewards(url: str) -> AsyncIterator[tuple[Stewards, Weighing, Parties]]:
    """Who is who, for people who decide about it; the parties match nobody without a key. As open_stores."""
    database = Database(url, connections=1)
    try:
        yield PostgresStewards(database), PostgresWeighing(database), PostgresParties(database, None)
    finally:
        await database.close()
