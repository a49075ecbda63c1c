"""The store's door: what is asked of PostgreSQL, one protocol per list of questions.

Each method is one transaction, committed when it returns. Refusals are domain errors; a database that is away raises
StoreUnavailable, which may be retried.
"""

from __future__ import annotations

from dataclasses import dataclass

from store.port.backfills import Backfill, Backfills, BackfillState, Ended, Portion, Size, Wanted
from store.port.errors import StoreUnavailable
from store.port.kpis import Attempts, FieldQuality, Kpis, Quality, Staleness
from store.port.ledger import Ledger, LedgerBooks, LedgerLine, LedgerMoved, Reserved
from store.port.outbox import DeadLetter, Outbox
from store.port.reconciliations import Comparable, Drift, Reconciliation, Reconciliations, RunState
from store.port.returns import Move, Outgoing, Page, Returns, Search, TimelineEvent
from store.port.visibility import Coverage, CrmLetter, Lagging, Latency, OrgCoverage, Visibility

__all__ = [
    "Attempts",
    "Backfill",
    "BackfillState",
    "Backfills",
    "Comparable",
    "Coverage",
    "CrmLetter",
    "DeadLetter",
    "Drift",
    "Ended",
    "FieldQuality",
    "Kpis",
    "Lagging",
    "Latency",
    "Ledger",
    "LedgerBooks",
    "LedgerLine",
    "LedgerMoved",
    "Move",
    "OrgCoverage",
    "Outbox",
    "Outgoing",
    "Page",
    "Portion",
    "Quality",
    "Reconciliation",
    "Reconciliations",
    "Reserved",
    "Returns",
    "RunState",
    "Search",
    "Size",
    "Staleness",
    "StoreUnavailable",
    "Stores",
    "TimelineEvent",
    "Visibility",
    "Wanted",
]


@dataclass(frozen=True, slots=True)
class Stores:
    """All question lists of one database, as wiring hands them out."""

    returns: Returns
    ledger: Ledger
    outbox: Outbox
