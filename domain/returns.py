"""A return's stages, its holds, and the snapshot of everything support may ask about it. No personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.change_request import RequestState
from domain.inventory import StockMove
from domain.money import Money
from domain.refund import ByHand, CreditLine, Difference, Payout, Quote
from domain.units import Lots


class Reason(StrEnum):
    """Why the customer sends it back."""

    CHANGED_MIND = "changed_mind"
    TOO_SMALL = "too_small"
    TOO_BIG = "too_big"
    STYLE = "style"
    NOT_AS_DESCRIBED = "not_as_described"
    WRONG_ITEM = "wrong_item"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    OTHER = "other"


class Stage(StrEnum):
    """Where a return stands."""

    REQUESTED = "requested"
    QUOTED = "quoted"
    CONFIRMED = "confirmed"
    AWAITING_GOODS = "awaiting_goods"
    PENDING_INSPECTION = "pending_inspection"
    AWAITING_CONSENT = "awaiting_consent"
    INSPECTED = "inspected"
    CREDITED = "credited"
    PAID = "paid"
    CLOSED = "closed"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class CustomerStage(StrEnum):
    """The three stages a customer sees, and whether they are behind us."""

    CONFIRMATION = "confirmation"
    INSPECTION = "inspection"
    FINANCIAL_POSTING = "financial_posting"
    DONE = "done"


# The only moves there are; a property test walks them. A hold is not a stage: the stage stays, the hold says why.
STAGE_MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.REQUESTED: frozenset({Stage.QUOTED, Stage.REFUSED, Stage.WITHDRAWN}),
    Stage.QUOTED: frozenset({Stage.CONFIRMED, Stage.EXPIRED, Stage.WITHDRAWN}),
    # INSPECTED at once: the customer keeps the goods, there is nothing to wait for.
    Stage.CONFIRMED: frozenset({Stage.AWAITING_GOODS, Stage.INSPECTED, Stage.WITHDRAWN}),
    Stage.AWAITING_GOODS: frozenset(
        {Stage.PENDING_INSPECTION, Stage.AWAITING_CONSENT, Stage.INSPECTED, Stage.EXPIRED, Stage.WITHDRAWN}
    ),
    Stage.PENDING_INSPECTION: frozenset({Stage.INSPECTED, Stage.AWAITING_CONSENT, Stage.WITHDRAWN}),
    Stage.INSPECTED: frozenset({Stage.AWAITING_CONSENT, Stage.CREDITED, Stage.WITHDRAWN, Stage.CLOSED}),
    Stage.AWAITING_CONSENT: frozenset({Stage.INSPECTED, Stage.WITHDRAWN}),
    Stage.CREDITED: frozenset({Stage.PAID}),
    Stage.PAID: frozenset({Stage.CLOSED}),
    Stage.EXPIRED: frozenset({Stage.PENDING_INSPECTION}),
    Stage.CLOSED: frozenset(),
    Stage.REFUSED: frozenset(),
    Stage.WITHDRAWN: frozenset(),
}

# What a return takes from outside at a stage, in the words of the front doors. Tracking news, changes and decisions on
# its holds it takes at any; withdrawn it may be until its credit is being posted, which begins within INSPECTED.
TAKES: dict[Stage, tuple[str, ...]] = {
    Stage.REQUESTED: ("withdraw",),
    Stage.QUOTED: ("confirm", "withdraw"),
    Stage.CONFIRMED: ("withdraw",),
    Stage.AWAITING_GOODS: ("receive", "report_lost", "withdraw"),
    Stage.PENDING_INSPECTION: ("inspect", "receive", "report_lost", "withdraw"),
    Stage.AWAITING_CONSENT: ("consent", "withdraw"),
    Stage.INSPECTED: ("withdraw",),
    Stage.CREDITED: (),
    Stage.PAID: (),
    Stage.EXPIRED: ("receive",),
    Stage.CLOSED: (),
    Stage.REFUSED: (),
    Stage.WITHDRAWN: (),
}

_CONFIRMATION = {Stage.REQUESTED, Stage.QUOTED, Stage.CONFIRMED}
_INSPECTION = {Stage.AWAITING_GOODS, Stage.PENDING_INSPECTION, Stage.AWAITING_CONSENT}
_POSTING = {Stage.INSPECTED, Stage.CREDITED, Stage.PAID}


def customer_stage(stage: Stage) -> CustomerStage:
    if stage in _CONFIRMATION:
        return CustomerStage.CONFIRMATION
    if stage in _INSPECTION:
        return CustomerStage.INSPECTION
    return CustomerStage.FINANCIAL_POSTING if stage in _POSTING else CustomerStage.DONE


class Owner(StrEnum):
    """Who mends a hold."""

    SUPPORT = "support"
    FINANCE = "finance"
    WAREHOUSE = "warehouse"
    IT = "it_admin"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one person decided about money and another has yet to approve. `number` is its own within the return, so
    that nobody approves what they did not see. `amount` None: nobody can say how much."""

    number: str
    choice: str
    amount: Money | None
    by: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """A parked step. `choices` are the words `resolve` takes; nothing goes on by itself.

    `amount` is by how much a decision by hand departs from what the systems say. `second` are the choices that one
    person only proposes and another approves (domain.approval). `asked_by`: who asked for it, and cannot grant it."""

    hold_id: str
    reason: str
    owner: Owner
    detail: str
    choices: tuple[str, ...]
    since: datetime
    amount: Money | None = None
    second: tuple[str, ...] = ()
    asked_by: str = ""
    proposal: Proposal | None = None


@dataclass(frozen=True, slots=True)
class RequestedLine:
    line_id: str
    quantity: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class UnexpectedGoods:
    """Something in the parcel that was not asked for: too many, another article, an unknown serial number."""

    receipt_id: str
    kind: str
    line_id: str | None
    sku: str | None
    quantity: int
    decision: str | None = None


@dataclass(frozen=True, slots=True)
class CrmState:
    """What one CRM shows. behind = versions it has yet to see; parked = we gave up for now (a dead letter)."""

    org: str
    published: int = 0
    parked: bool = False


@dataclass(frozen=True, slots=True)
class SnapshotLine:
    """A requested line with the words people know it by."""

    line_id: str
    sku: str
    title: str
    quantity: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything support may ask of a return at its state number `version`. Times are UTC."""

    return_id: str
    order_id: str
    version: int
    stage: Stage
    customer_stage: CustomerStage
    changed_at: datetime
    opened_at: datetime
    order_name: str = ""
    shop: str = ""
    customer_id: str = ""
    region: str = ""
    channel: str = ""
    currency: str = ""
    lines: tuple[SnapshotLine, ...] = ()
    lots: Lots = ()
    quote: Quote | None = None
    agreed: Money | None = None
    credited: Money | None = None
    credit_memo: str = ""
    payout: Payout | None = None
    matched: bool | None = None
    differences: tuple[Difference, ...] = ()
    holds: tuple[Hold, ...] = ()
    unexpected: tuple[UnexpectedGoods, ...] = ()
    receipts: tuple[str, ...] = ()
    stock: tuple[StockMove, ...] = ()
    tracking: tuple[str, ...] = ()
    crm: tuple[CrmState, ...] = ()
    next_deadline: datetime | None = None
    waiting_for: str = ""
    reasons: tuple[str, ...] = ()
    storefront_return: str = ""
    authorization: str = ""
    memo_lines: tuple[CreditLine, ...] = ()
    by_hand: tuple[ByHand, ...] = ()
    keep_item: bool = False
    changes: tuple[RequestState, ...] = ()
    """Requests for a change that are pending, and the newest of whoever asked."""
