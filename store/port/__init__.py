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
from store.port.audit import Act, ActPage, ActSearch, Audit, Entry
from store.port.audit_books import AuditBooks, AuditReader, Chain, Checkpoint, Cut, Mark, Signs, Stub
from store.port.backfills import Backfill, Backfills, BackfillState, Ended, Portion, Size, Wanted
from store.port.changes import Changes
from store.port.claims import Claim, Claims
from store.port.erasures import Erased, Erasure, Erasures, ErasureState, Part, Subject
from store.port.errors import StoreUnavailable
from store.port.holdings import Holdings, Kept
from store.port.items import Items
from store.port.keeping import Forgotten, Keeping
from store.port.kpis import Attempts, FieldQuality, Kpis, Scorecard, Staleness
from store.port.ledger import Ledger, LedgerBooks, LedgerLine, LedgerMoved, Reserved
from store.port.links import Links, Live
from store.port.messages import Messages, Sent
from store.port.news import SEEN_WITHIN, News, NewsWire
from store.port.notices import Notices
from store.port.outbox import DeadLetter, Outbox
from store.port.parties import Parties, Standing
from store.port.quota import Quota
from store.port.reconciliations import Comparable, Drift, Reconciliation, Reconciliations, RunState
from store.port.returns import Move, Outgoing, Page, Returns, Search, TimelineEvent
from store.port.said import Said
from store.port.sessions import Begun, Sessions
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
from store.port.visibility import Coverage, CrmLetter, Lagging, Latency, OrgCoverage, Shown, Visibility
from store.port.watching import Losses, Position, Watching
from store.port.webhooks import Delivery, Subscription, WebhookLanes, Webhooks
from store.port.weighing import SavedWeights, Seen, Weighing

__all__ = [
    "SEEN_WITHIN",
    "Act",
    "ActPage",
    "ActSearch",
    "Agreements",
    "AlreadySettled",
    "Asking",
    "Attempts",
    "Audit",
    "AuditBooks",
    "AuditReader",
    "Backfill",
    "BackfillState",
    "Backfills",
    "Begun",
    "Chain",
    "Changes",
    "Checkpoint",
    "Claim",
    "Claims",
    "Comparable",
    "Conflict",
    "Coverage",
    "CrmBooks",
    "CrmLetter",
    "Cut",
    "DeadLetter",
    "Decision",
    "Delivery",
    "Doors",
    "Drift",
    "Duplicates",
    "Ended",
    "Entry",
    "Erased",
    "Erasure",
    "ErasureState",
    "Erasures",
    "FieldQuality",
    "Forgotten",
    "Holdings",
    "Item",
    "ItemKind",
    "Items",
    "Keeping",
    "Kept",
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
    "Mark",
    "Messages",
    "Move",
    "News",
    "NewsWire",
    "Notices",
    "OrgCoverage",
    "Outbox",
    "Outgoing",
    "Page",
    "Part",
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
    "Said",
    "Saved",
    "SavedWeights",
    "Scorecard",
    "Search",
    "Seen",
    "Sent",
    "Sessions",
    "Shown",
    "Signs",
    "Size",
    "Staleness",
    "Standing",
    "Stewards",
    "StoreUnavailable",
    "Stores",
    "Stub",
    "Subject",
    "Subscription",
    "TimelineEvent",
    "UnderWay",
    "UnknownParty",
    "Visibility",
    "Wanted",
    "Watching",
    "WebhookLanes",
    "Webhooks",
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
    said: Said
    sessions: Sessions
    audit: Audit


@dataclass(frozen=True, slots=True)
class CrmBooks:
    """What is kept of the CRMs beside what they show."""

    agreements: Agreements
    watching: Watching
    items: Items
    keeping: Keeping


@dataclass(frozen=True, slots=True)
class Doors:
    """Every question list that a front door which stays open asks, over one pool."""

    stores: Stores
    crm: CrmBooks
    ledger: LedgerBooks
    messages: Messages
    claims: Claims
    visibility: Visibility
    kpis: Kpis
    backfills: Backfills
    reconciliations: Reconciliations
    stewards: Stewards
    weighing: Weighing
    erasures: Erasures
    holdings: Holdings
