"""What goes to the API and what comes back, as it travels: JSON objects, times in ISO 8601, amounts as decimal text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NotRequired, TypedDict


class AskedLine(TypedDict):
    """Units of an order line that are to go back; `reason` such as too_small."""

    line_id: str
    quantity: int
    reason: NotRequired[str]


class ReceivedLine(TypedDict):
    """What was in a parcel: by `line_id` or by `sku`."""

    quantity: int
    line_id: NotRequired[str | None]
    sku: NotRequired[str | None]
    serial: NotRequired[str | None]


class Verdict(TypedDict):
    """On received units. `disposition` such as restock; `value_fraction` between 0 and 1, as text."""

    line_id: str
    quantity: int
    disposition: str
    accepted: bool
    value_fraction: NotRequired[str]
    serial: NotRequired[str | None]
    note: NotRequired[str | None]
    photos: NotRequired[list[str]]


class Tracked(TypedDict):
    return_id: str
    tracking: str


class SnapshotLine(TypedDict):
    """A requested line with the words people know it by."""

    line_id: str
    sku: str
    title: str
    quantity: int
    reason: str


class Lot(TypedDict):
    """`quantity` units of `line_id` with one fate. `value` is the part of the price credited, in millionths."""

    line_id: str
    quantity: int
    reception: str
    acceptance: str
    disposition: str | None
    value: int


class CreditLine(TypedDict):
    """What goes back for one invoice line, in minor units. quantity may be 0 for a credit by value alone."""

    line_id: str
    quantity: int
    net: int
    taxes: dict[str, int]


class Money(TypedDict):
    """A decimal amount, such as 96.28, and an ISO 4217 currency."""

    amount: str
    currency: str


class PolicyNote(TypedDict):
    """A policy that speaks in a credit: its name, its reason in a sentence, and by how much it changes the credit."""

    name: str
    reason: str
    amount: int


class Difference(TypedDict):
    """One place where two parties' numbers differ, in minor units: named, never plugged."""

    where: str
    ours: int
    theirs: int


class Quote(TypedDict):
    """The binding quote shown to the customer. `digest` names it; confirming takes the digest and the amount."""

    revision: int
    authorization: str
    authorization_number: str
    lines: list[CreditLine]
    total: Money
    issued_at: str
    expires_at: str | None
    digest: str
    invoice: str
    notes: list[PolicyNote]
    leans: bool
    differences: list[Difference]


class TenderPayout(TypedDict):
    """Of `kind` by_hand, finance paid it outside of the shop, and `reference` says by what."""

    tender_id: str
    kind: str
    amount: Money
    reference: str


class Payout(TypedDict):
    """What moved, by tender. `on_account` is what was left open on the customer's account instead."""

    reference: str
    tenders: list[TenderPayout]
    on_account: Money
    paid_at: str


class Proposal(TypedDict):
    """What one person decided about money and another has yet to approve. `amount` None: nobody can say how much."""

    number: str
    choice: str
    amount: Money | None
    by: str
    note: str
    at: str


class Hold(TypedDict):
    """A parked step. `choices` are the words `resolve` takes; nothing goes on by itself.

    `amount` is by how much a decision by hand departs from what the systems say. `second` are the choices that one
    person only proposes and another approves. `asked_by`: who asked for it, and cannot grant it."""

    hold_id: str
    reason: str
    owner: str
    detail: str
    choices: list[str]
    since: str
    amount: Money | None
    second: list[str]
    asked_by: str
    proposal: Proposal | None


class UnexpectedGoods(TypedDict):
    """Something in the parcel that was not asked for: too many, another article, an unknown serial number."""

    receipt_id: str
    kind: str
    line_id: str | None
    sku: str | None
    quantity: int
    decision: str | None


class StockMove(TypedDict):
    """`quantity` units of one order line out of pending inspection into `to`."""

    line_id: str
    sku: str
    quantity: int
    to: str


class CrmState(TypedDict):
    """What one CRM shows. behind = versions it has yet to see; parked = we gave up for now (a dead letter)."""

    org: str
    published: int
    parked: bool


class ByHand(TypedDict):
    """What a person decided about money, at a hold: `what` is its choice. `approved_by`: the second person, where one
    was needed."""

    what: str
    amount: Money
    detail: str
    by: str
    note: str
    at: str
    approved_by: str


class AskedChange(TypedDict):
    """`request_id` is derived from what was asked where (org, record, field, event): told twice, it is one request."""

    request_id: str
    kind: str
    value: str
    source: str
    by: str
    at: str


class Change(TypedDict):
    """A request and what became of it so far. `answered_at` is None while it is pending."""

    request: AskedChange
    status: str
    sentence: str
    answered_at: str | None


class Return(TypedDict):
    """Everything support may ask of a return at its state number `version`. Times are UTC."""

    return_id: str
    order_id: str
    version: int
    stage: str
    customer_stage: str
    changed_at: str
    opened_at: str
    order_name: str
    shop: str
    customer_id: str
    region: str
    channel: str
    currency: str
    lines: list[SnapshotLine]
    lots: list[Lot]
    quote: Quote | None
    agreed: Money | None
    credited: Money | None
    credit_memo: str
    payout: Payout | None
    matched: bool | None
    differences: list[Difference]
    holds: list[Hold]
    unexpected: list[UnexpectedGoods]
    receipts: list[str]
    stock: list[StockMove]
    tracking: list[str]
    crm: list[CrmState]
    next_deadline: str | None
    waiting_for: str
    reasons: list[str]
    storefront_return: str
    authorization: str
    memo_lines: list[CreditLine]
    by_hand: list[ByHand]
    keep_item: bool
    changes: list[Change]


class Answer(TypedDict):
    """quoted: here is the binding quote. refused: here is why. review: a human looks, here is the hold."""

    return_id: str
    decision: str
    quote: Quote | None
    reasons: list[str]
    hold: Hold | None


class Ack(TypedDict):
    """The message was taken (or had been before); `stage` is where the return stands now. `proposal` is its number,
    where it decides nothing before a second person approves it."""

    return_id: str
    stage: str
    note: str
    proposal: str


class TimelineEvent(TypedDict):
    """One thing that happened, as support reads it. `kind` is stable ('goods_received'); no personal data in `text`."""

    kind: str
    text: str
    at: str
    actor: str
    detail: dict[str, str]


class DeadLetter(TypedDict):
    """An outgoing item that was given up for now; the newest state goes out with the next change or a replay."""

    return_id: str
    lane: str
    subject: str
    since: str
    reason: str


class TakenBy(TypedDict):
    """Who works on it."""

    by: str
    since: str
    until: str


class HeldReturn(Hold):
    """A hold, whose it is, and who works on it."""

    return_id: str
    order_name: str
    stage: str
    age_seconds: int
    taken: TakenBy | None
    mine: bool


@dataclass(frozen=True, slots=True)
class Event:
    """A return moved. `kind` 'reset': more was missed than is told, look at everything anew; the rest is empty then."""

    kind: str
    return_id: str = ""
    version: int = 0
    stage: str = ""
    held: bool = False
    at: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A return as it was looked at. Give `etag` as `seen` to have something done only if it has not moved since."""

    document: Return
    etag: str
