"""What returns are made of: lines, credits, payouts, holds."""

from __future__ import annotations

from typing import TypedDict


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
