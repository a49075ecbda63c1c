"""The money of one return."""

from __future__ import annotations

from typing import TypedDict

from client.shapes.parts import ByHand


class Figure(TypedDict):
    """One component of a line. `credit_memo` is null until it is posted; `difference` is against the quote."""

    posted: str
    other_returns: str
    quote: str
    credit_memo: str | None
    difference: str


class ExplainedLine(TypedDict):
    """`units` are those of this return, `of` those posted. Components are 'net' and 'tax <code>'."""

    line_id: str
    sku: str
    units: int
    of: int
    reason: str
    components: dict[str, Figure]


class MemoTotal(TypedDict):
    number: str
    total: str | None


class PaidTender(TypedDict):
    tender: str
    amount: str


class PaidOut(TypedDict):
    total: str | None
    tenders: list[PaidTender]


class Explanation(TypedDict):
    """`totals` sum every tax code; `remarks` say who said what wherever numbers differ."""

    return_id: str
    order_id: str
    invoice: str
    currency: str
    lines: list[ExplainedLine]
    totals: dict[str, Figure]
    policies: list[str]
    quote: str | None
    agreed: str | None
    credit_memo: MemoTotal
    payout: PaidOut
    remarks: list[str]


class MoneySide(TypedDict):
    name: str
    amount: str | None
    difference: str | None
    said: str


class LedgerLine(TypedDict):
    """One line and component: what was posted, what is held of it, what remains."""

    line_id: str
    component: str
    posted: str
    reserved: str
    reversed: str
    remaining: str


class LedgerEntry(TypedDict):
    """What one holder took of one line; `value` is in millionths of a unit."""

    holder: str
    line_id: str
    state: str
    units: int
    value: int
    amounts: dict[str, str]


class ReservedBy(TypedDict):
    return_id: str
    reserved: str


class Shortage(TypedDict):
    """`missing` is promised or credited beyond what was posted; `returns` count on it."""

    line_id: str
    component: str
    missing: str
    returns: list[ReservedBy]


class LedgerPage(TypedDict):
    """One invoice."""

    invoice_id: str
    currency: str
    lines: list[LedgerLine]
    entries: list[LedgerEntry]
    shortages: list[Shortage]


class MoneyView(Explanation):
    """The explanation with how its numbers match, what people decided about money, and the order's ledger."""

    match: str
    sides: list[MoneySide]
    by_hand: list[ByHand]
    ledger: list[LedgerPage]
