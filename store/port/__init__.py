"""The store's door: what is asked of PostgreSQL, one protocol per list of questions.

Each method is one transaction, committed when it returns. Refusals are domain errors; a database that is away raises
StoreUnavailable, which may be retried.
"""

from __future__ import annotations

from dataclasses import dataclass

from store.port.agreed import (
    Agreements,
    Asking,
    Conflict,
    Item,
    ItemKind,
    Record,
    RecordState,
    Ruling,
    Saved,
    UnderWay,
)
from store.port.backfills import Backfill, Backfills, BackfillState, Ended, Portion, Size, Wanted
from store.port.changes import Changes
from store.port.errors import StoreUnavailable
from store.port.items import Items
from store.port.keeping import Forgotten, Keeping
from store.port.kpis import Attempts, FieldQuality, Kpis, Scorecard, Staleness
from store.port.ledger import Ledger, LedgerBooks, LedgerLine, LedgerMoved, Reserved
from store.port.links import Links, Live
from store.port.notices import Notices, NoticeState
from store.port.outbox import DeadLetter, Outbox
from store.port.parties import Parties, Standing
from store.port.quota import Quota
from store.port.reconciliations import Comparable, Drift, Reconciliation, Reconciliations, RunState
from store.port.returns import Move, Outgoing, Page, Returns, Search, TimelineEvent
from store.port.stewards import (
    AlreadySettled,
    Decision,
    Duplicates,
    Linked,
    Quality,
    Review,
    RuleCount,
    Stewards,
    UnknownParty,
)
from store.port.visibility import Coverage, CrmLetter, Lagging, Latency, OrgCoverage, Visibility
from store.port.watching import Losses, Position, Watching
from store.port.weighing import SavedWeights, Seen, Weighing

__all__ = [
    "Agreements",
    "AlreadySettled",
    "Asking",
    "Attempts",
    "Backfill",
    "BackfillState",
    "Backfills",
    "Changes",
    "Comparable",
    "Conflict",
    "Coverage",
    "CrmBooks",
    "CrmLetter",
    "DeadLetter",
    "Decision",
    "Drift",
    "Duplicates",
    "Ended",
    "FieldQuality",
    "Forgotten",
    "Item",
    "ItemKind",
    "Items",
    "Keeping",
    "Kpis",
    "Lagging",
    "Latency",
    "Ledger",
    "LedgerBooks",
    "LedgerLine",
    "LedgerMoved",
    "Linked",
    "Links",
    "Live",
    "Losses",
    "Move",
    "NoticeState",
    "Notices",
    "OrgCoverage",
    "Outbox",
    "Outgoing",
    "Page",
    "Parties",
    "Portion",
    "Position",
    "Quality",
    "Quota",
    "Reconciliation",
    "Reconciliations",
    "Record",
    "RecordState",
    "Reserved",
    "Returns",
    "Review",
    "RuleCount",
    "Ruling",
    "RunState",
    "Saved",
    "SavedWeights",
    "Scorecard",
    "Search",
    "Seen",
    "Size",
    "Staleness",
    "Standing",
    "Stewards",
    "StoreUnavailable",
    "Stores",
    "TimelineEvent",
    "UnderWay",
    "UnknownParty",
    "Visibility",
    "Wanted",
    "Watching",
    "Weighing",
]


@dataclass(frozen=True, slots=True)
class Stores:
    """All question lists of one database, as wiring hands them out."""

    returns: Returns
    ledger: Ledger
    outbox: Outbox
    notices: Notices
    changes: Changes
    links: Links
    parties: Parties
    quota: Quota


@dataclass(frozen=True, slots=True)
class CrmBooks:
    """What is kept of the CRMs beside what they show."""

    agreements: Agreements
    watching: Watching
    items: Items
    keeping: Keeping
