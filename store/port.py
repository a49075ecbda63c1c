"""The store's door: what is asked of PostgreSQL, one protocol per list of questions.

Each method is one transaction, committed when it returns. Refusals are domain errors; a database that is away raises
StoreUnavailable, which may be retried.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.basis import Basis
from domain.books import PostedCredit
from domain.errors import Refusal
from domain.invoice import Invoice
from domain.ledger import LedgerPage
from domain.order import Contact
from domain.rebuilding import Rebuilt
from domain.reckoning import Asked
from domain.refund import CreditLine, Difference, PolicyNote
from domain.returns import CrmState, Snapshot


class StoreUnavailable(Exception):
    """PostgreSQL did not answer; nothing was changed, or the same call is harmless to repeat."""


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One thing that happened, as support reads it. `kind` is stable ('goods_received'); no personal data in `text`."""

    kind: str
    text: str
    at: datetime
    actor: str = "backhaul"
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something owed to the outside because of a move: lane 'crm:<org>' or 'notice', subject e.g. the stage."""

    lane: str
    subject: str


@dataclass(frozen=True, slots=True)
class Move:
    """One move of a return: the new snapshot, what happened, what is owed. Recorded once per (return, version)."""

    snapshot: Snapshot
    events: tuple[TimelineEvent, ...]
    outgoing: tuple[Outgoing, ...] = ()
    request_key: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """Filters are ANDed; None or empty means any. `cursor` is the one a former page gave. `text` looks in the ids,
    order name, SKUs, tracking numbers, authorization and credit memo numbers, and the contact's e-mail."""

    return_id: str | None = None
    order_id: str | None = None
    customer_id: str | None = None
    email: str | None = None
    sku: str | None = None
    tracking: str | None = None
    stages: tuple[str, ...] = ()
    region: str | None = None
    channel: str | None = None
    held: bool | None = None
    hold_owner: str | None = None
    opened_before: datetime | None = None
    opened_after: datetime | None = None
    text: str | None = None
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first. `cursor` is None on the last page."""

    snapshots: tuple[Snapshot, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An outgoing item that was given up for now; the newest state goes out with the next change or a replay."""

    return_id: str
    lane: str
    subject: str
    since: datetime
    reason: str


class Returns(Protocol):
    async def record(self, move: Move) -> Snapshot | None:
        """Row, timeline, outbox: all or none. A version already recorded changes nothing; an older one never wins.

        Answers what the books said before, None when they had no such return. After a repeat that is its own version
        or a newer one."""
        ...

    async def save_contact(self, return_id: str, contact: Contact) -> None: ...

    async def contact(self, return_id: str) -> Contact | None: ...

    async def snapshot(self, return_id: str) -> Snapshot | None: ...

    async def with_contact(self, return_id: str) -> tuple[Snapshot, Contact] | None:
        """Both as of one moment; None until both are there."""
        ...

    async def timeline(self, return_id: str) -> tuple[TimelineEvent, ...]:
        """Oldest first."""
        ...

    async def search(self, search: Search) -> Page: ...


@dataclass(frozen=True, slots=True)
class Reserved:
    """What was worked out and is reserved. `leans`: a part of it is due only if what other open returns have reserved
    is credited too."""

    lines: tuple[CreditLine, ...]
    notes: tuple[PolicyNote, ...] = ()
    leans: bool = False


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """The ledger of one invoice line and component ('net' or 'tax <code>'), in minor units."""

    line_id: str
    component: str
    posted: int
    reserved: int
    reversed: int

    @property
    def remaining(self) -> int:
        return self.posted - self.reserved - self.reversed


class Ledger(Protocol):
    async def reserve(
        self, return_id: str, invoice: Invoice, asks: tuple[Asked, ...], basis: Basis, on_certain: bool = False
    ) -> Reserved:
        """Reserve the asked units under row locks and answer the exact credit (domain.reckoning): goods, shipping, and
        what the policies take off or give back.

        Replaces this return's former reservation (a revised quote). What other returns only have reserved counts as
        back; `on_certain` it does not count for shipping and corrections, so that the answer leans on nobody. Raises
        NotRemaining when another return was first, WrongStage when this return already posted its credit."""
        ...

    async def begin_posting(self, return_id: str) -> bool:
        """From here on the return is not withdrawn any more: what it has reserved is certain for all others.

        False, and nothing changed, when its reservation leans on returns that may still be withdrawn, or when one of
        them changed what is due: `reserve` again, `on_certain`. Raises WrongStage when nothing is reserved."""
        ...

    async def release(self, return_id: str) -> None:
        """Give the reservation back (withdrawn, expired, refused). Nothing to give back is fine."""
        ...

    async def reprice(self, return_id: str, lines: tuple[CreditLine, ...]) -> tuple[Difference, ...]:
        """Hold what the ERP quotes, where that is not what `reserve` worked out: it is what the customer is promised.

        Answers where it is more than the invoice has left; a person must look before anybody is shown such a number.
        Raises WrongStage when nothing is reserved."""
        ...

    async def reverse(self, return_id: str, posted: tuple[CreditLine, ...]) -> None:
        """The credit memo posted: its amounts as posted are reversed for good, whatever was reserved.

        A repeat changes nothing. Raises WrongStage when nothing was reserved: a memo that nobody had promised."""
        ...

    async def lines(self, invoice_id: str) -> tuple[LedgerLine, ...]: ...


class LedgerMoved(Refusal):
    """What the ledger holds changed between reading and writing; nothing was written, the same may be tried again."""

    code = "ledger_moved"


class LedgerBooks(Protocol):
    """The ledger as whole pages, one per invoice, for people who compare it with the ERP's books."""

    async def of_order(self, order_id: str) -> tuple[LedgerPage, ...]:
        """What is held of the order's invoices; none for an order of which nothing was ever returned."""
        ...

    async def page(self, invoice: Invoice) -> LedgerPage:
        """What is held of the invoice; an empty page when nothing ever was."""
        ...

    async def rebuild(self, seen: LedgerPage, invoice: Invoice, posted: tuple[PostedCredit, ...]) -> Rebuilt:
        """Write the page as it follows from the ERP's documents (domain.rebuilding), under the locks of `reserve`.

        `seen` is the page as it was before the ERP was asked. Raises LedgerMoved when its entries changed since: a memo
        that was posted in between would be taken for one that is not there."""
        ...


class Outbox(Protocol):
    async def open_notice(self, return_id: str, subject: str) -> bool:
        """True when this notice is owed and not sent yet."""
        ...

    async def delivered(self, return_id: str, lane: str, subject: str) -> None:
        """Mark one notice delivered; its dead letter is over."""
        ...

    async def shown(self, return_id: str, org: str, version: int, stage: str) -> None:
        """The CRM shows the return's `version`, at `stage`: what it was owed up to there is delivered, its dead letters
        are over. Older news changes nothing. No stage: the CRM had a newer version than the books."""
        ...

    async def crm_states(self, return_id: str) -> tuple[CrmState, ...]:
        """What each CRM shows, by org; with those that were given up for now and never showed it."""
        ...

    async def park(self, return_id: str, lane: str, reason: str) -> None:
        """Make what is undelivered in the lane a dead letter, visible to IT."""
        ...

    async def dead_letters(self) -> tuple[DeadLetter, ...]: ...


@dataclass(frozen=True, slots=True)
class CrmLetter:
    """All that one org was owed of one return and that was given up for now. `since` the first of `given_up`
    publications was; `reason` is the last one's. `version` and `stage` are the return's newest in the books, `shown` is
    the version the CRM has (0: none)."""

    return_id: str
    org: str
    stage: str
    version: int
    shown: int
    since: datetime
    reason: str
    given_up: int


@dataclass(frozen=True, slots=True)
class Lagging:
    """A return of which a CRM does not show what it should. `since` it was owed what is not shown; `reason` is empty
    unless it was given up for now."""

    return_id: str
    org: str
    stage: str
    version: int
    shown_stage: str
    shown: int
    since: datetime
    is_open: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from a move being recorded to the CRM showing it, over `count` publications."""

    count: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class OrgCoverage:
    """How many returns the org is to show, and how many it shows as they stand: open ones, and all with the ended."""

    org: str
    open: int
    open_current: int
    all: int
    all_current: int
    oldest: datetime | None
    latency: Latency | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """As of one moment. `lagging` oldest first; `untold` are open returns that no CRM was ever to show."""

    orgs: tuple[OrgCoverage, ...]
    lagging: tuple[Lagging, ...]
    untold: int


class Visibility(Protocol):
    """What the CRMs show of returns, over all of them."""

    async def orgs(self) -> tuple[str, ...]:
        """Every org that returns were ever shown in or are owed to."""
        ...

    async def letters(
        self, org: str | None = None, cause: str = "", return_ids: tuple[str, ...] | None = None
    ) -> tuple[CrmLetter, ...]:
        """Oldest first. Filters are ANDed; `cause` is looked for in the reason, in any case; None means any."""
        ...

    async def coverage(self, org: str | None, days: int, limit: int) -> Coverage:
        """`days` back the latency is measured; at most `limit` lagging are told."""
        ...


@dataclass(frozen=True, slots=True)
class Stores:
    """All question lists of one database, as wiring hands them out."""

    returns: Returns
    ledger: Ledger
    outbox: Outbox
