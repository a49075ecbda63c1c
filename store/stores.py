"""Opens the rooms behind the store's door: all question lists over one pool."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from security.marks import MarkKey
from store.agreed import PostgresAgreements
from store.audit import PostgresAudit
from store.audit_books import PostgresAuditBooks
from store.backfills import PostgresBackfills
from store.changes import PostgresChanges
from store.claims import PostgresClaims
from store.credentials import PostgresCredentials
from store.engine import Database
from store.erasures import PostgresErasures
from store.holdings import PostgresHoldings
from store.items import PostgresItems
from store.keeping import PostgresKeeping
from store.kpis import PostgresKpis
from store.ledger import PostgresLedger
from store.links import PostgresLinks
from store.news import PostgresNews
from store.notices import PostgresNotices
from store.outbox import PostgresOutbox
from store.parties import PostgresParties
from store.port import (
    EVERYTHING,
    Audit,
    AuditBooks,
    Backfills,
    Credentials,
    CrmBooks,
    Doors,
    Erasures,
    Holdings,
    Kpis,
    LedgerBooks,
    NewsWire,
    Parties,
    Quota,
    Reconciliations,
    Said,
    Scope,
    Stewards,
    Stores,
    Visibility,
    Weighing,
)
from store.quota import PostgresQuota
from store.rebuild import PostgresLedgerBooks
from store.reconciliations import PostgresReconciliations
from store.returns import PostgresReturns
from store.said import PostgresSaid
from store.sessions import PostgresSessions
from store.stewardship import PostgresStewards
from store.visibility import PostgresVisibility
from store.watching import PostgresWatching
from store.webhooks import PostgresWebhooks
from store.weighing import PostgresWeighing

Room = TypeVar("Room")
Opened = AbstractAsyncContextManager[Room]


@asynccontextmanager
async def open_stores(
    url: str, connections: int = 10, identity_key: MarkKey | None = None, scope: Scope | None = EVERYTHING
) -> AsyncIterator[Stores]:
    """`url` as in 'postgresql://user:password@host:port/database', its schema upgraded (store/migrate.py).
    `identity_key`: None, and parties are not matched (store/parties.py). `scope`: None, and each call of a front door
    sees what it may (store/port/scope.py).

    Nothing is connected until first asked. Raises BadInput when the URL is not one of PostgreSQL.
    """
    async with open_all(url, connections, identity_key, scope) as (stores, _):
        yield stores


def open_all(
    url: str, connections: int = 10, identity_key: MarkKey | None = None, scope: Scope | None = EVERYTHING
) -> Opened[tuple[Stores, CrmBooks]]:
    """With what is agreed with the CRMs, over the same pool. As open_stores."""
    return _over(url, lambda database: (_stores(database, identity_key), _crm_books(database)), connections, scope)


def open_doors(url: str, connections: int = 10, scope: Scope | None = EVERYTHING) -> Opened[Doors]:
    """All that a front door asks, over the same pool. As open_stores."""
    return _over(
        url,
        lambda database: Doors(
            stores=_stores(database, None),
            crm=_crm_books(database),
            ledger=PostgresLedgerBooks(database),
            messages=PostgresNotices(database),
            claims=PostgresClaims(database),
            visibility=PostgresVisibility(database),
            kpis=PostgresKpis(database),
            backfills=PostgresBackfills(database),
            reconciliations=PostgresReconciliations(database),
            stewards=PostgresStewards(database),
            weighing=PostgresWeighing(database),
            erasures=PostgresErasures(database, None),
            holdings=PostgresHoldings(database),
        ),
        connections,
        scope,
    )


def open_ledger_books(url: str) -> Opened[LedgerBooks]:
    """The ledger's pages alone, for a command that compares them. As open_stores."""
    return _over(url, PostgresLedgerBooks)


def open_visibility(url: str) -> Opened[Visibility]:
    """What the CRMs show, for a command that asks about all returns. As open_stores."""
    return _over(url, PostgresVisibility)


def open_quota(url: str) -> Opened[Quota]:
    """The CRMs' allowances, for a command that tells of them. As open_stores."""
    return _over(url, PostgresQuota)


def open_backfills(url: str, connections: int = 1) -> Opened[Backfills]:
    """Backfills of the CRMs. As open_stores."""
    return _over(url, PostgresBackfills, connections)


def open_reconciliations(url: str, connections: int = 1) -> Opened[Reconciliations]:
    """Runs that compare CRMs with the books. As open_stores."""
    return _over(url, PostgresReconciliations, connections)


def open_webhooks(url: str, connections: int = 1, scope: Scope | None = EVERYTHING) -> Opened[PostgresWebhooks]:
    """Who is told of events, and what they are owed. As open_stores."""
    return _over(url, PostgresWebhooks, connections, scope)


def open_kpis(url: str) -> Opened[Kpis]:
    """Figures of the CRMs. As open_stores."""
    return _over(url, PostgresKpis)


def open_news(url: str) -> Opened[NewsWire]:
    """What moves, for a process that tells it to many: one connection listens, one asks. It sees everything, and who
    follows is told what is theirs by whoever tells them (runtime/news.py). As open_stores."""
    return _over(url, PostgresNews, connections=2)


def open_credentials(url: str, connections: int = 1) -> Opened[tuple[Credentials, Said]]:
    """Credentials of vendors, sealed, and keys of who writes them; who follows their changes needs two connections. As
    open_stores."""
    return _over(url, lambda database: (PostgresCredentials(database), PostgresSaid(database)), connections)


def open_audit(url: str, connections: int = 1, scope: Scope | None = EVERYTHING) -> Opened[tuple[Audit, AuditBooks]]:
    """Who did what, and what proves it. As open_stores."""
    return _over(url, lambda database: (PostgresAudit(database), PostgresAuditBooks(database)), connections, scope)


def open_persons(url: str) -> Opened[tuple[Erasures, Holdings]]:
    """What is asked about a person's data; who erases has open_erasures. As open_stores."""
    return _over(url, lambda database: (PostgresErasures(database, None), PostgresHoldings(database)))


def open_erasures(url: str, identity_key: MarkKey | None = None) -> Opened[Erasures]:
    """Requests to erase a person. Who erases has the key by which mailboxes are marked. As open_stores."""
    return _over(url, lambda database: PostgresErasures(database, identity_key))


def open_stewards(url: str) -> Opened[tuple[Stewards, Weighing, Parties]]:
    """Who is who, for people who decide about it; the parties match nobody without a key. As open_stores."""
    return _over(
        url,
        lambda database: (
            PostgresStewards(database),
            PostgresWeighing(database),
            PostgresParties(database, None),
        ),
    )


def _stores(database: Database, identity_key: MarkKey | None) -> Stores:
    return Stores(
        returns=PostgresReturns(database),
        ledger=PostgresLedger(database),
        outbox=PostgresOutbox(database),
        notices=PostgresNotices(database),
        changes=PostgresChanges(database),
        links=PostgresLinks(database),
        parties=PostgresParties(database, identity_key),
        quota=PostgresQuota(database),
        said=PostgresSaid(database),
        sessions=PostgresSessions(database),
        audit=PostgresAudit(database),
    )


def _crm_books(database: Database) -> CrmBooks:
    return CrmBooks(
        PostgresAgreements(database), PostgresWatching(database), PostgresItems(database), PostgresKeeping(database)
    )


@asynccontextmanager
async def _over(
    url: str, room: Callable[[Database], Room], connections: int = 1, scope: Scope | None = EVERYTHING
) -> AsyncIterator[Room]:
    """One room, or some, over a pool of their own."""
    database = Database(url, connections, scope)
    try:
        yield room(database)
    finally:
        await database.close()
