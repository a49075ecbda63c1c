"""A return, what is answered to who speaks to it, and what happened to it."""

from __future__ import annotations

from typing import TypedDict

from client.shapes.changes import Change
from client.shapes.parts import (
    ByHand,
    CreditLine,
    CrmState,
    Difference,
    Hold,
    Lot,
    Money,
    Payout,
    Quote,
    SnapshotLine,
    StockMove,
    UnexpectedGoods,
)


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


class Tracked(TypedDict):
    return_id: str
    tracking: str


class TimelineEvent(TypedDict):
    """One thing that happened, as support reads it. `kind` is stable ('goods_received'); no personal data in `text`."""

    kind: str
    text: str
    at: str
    actor: str
    detail: dict[str, str]
