"""The money of one return: its invoice in the ledger, its quote, credit memo and payout, and how the three match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.explanation import Explanation, explain
from domain.ledger import LedgerPage, Shortage, shortages
from domain.money import Money
from domain.refund import ByHand, CreditLine, Payout, Quote
from domain.returns import Snapshot
from runtime.documents import document_of, parts_of
from runtime.views import explanation, ledger
from runtime.views.explanation import decimal
from runtime.views.ledger import PageView


class Match(StrEnum):
    """Open: a number is still to come. Accepted: the numbers differ, and a person let that stand."""

    OPEN = "open"
    MATCHED = "matched"
    ACCEPTED = "accepted"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the numbers that have to be the same. `difference` is against what was agreed; `said` is what it is, in a
    sentence for people. None: not there yet."""

    name: str
    amount: Money | None
    difference: Money | None
    said: str


@dataclass(frozen=True, slots=True)
class MoneyView:
    """`explanation` says every number line by line; `pages` are the order's invoices as the ledger holds them, with
    where more is taken than was posted."""

    return_id: str
    order_id: str
    currency: str
    explanation: Explanation
    pages: tuple[tuple[LedgerPage, tuple[Shortage, ...]], ...]
    quote: Quote | None
    memo_number: str
    memo_lines: tuple[CreditLine, ...]
    payout: Payout | None
    match: Match
    sides: tuple[Side, ...]
    by_hand: tuple[ByHand, ...]


def money_of(snap: Snapshot, pages: tuple[LedgerPage, ...]) -> MoneyView:
    return MoneyView(
        snap.return_id, snap.order_id, snap.currency, explain(snap, pages),
        tuple((page, shortages(page)) for page in pages), snap.quote, snap.credit_memo, snap.memo_lines, snap.payout,
        _match(snap), tuple(_sides(snap)), snap.by_hand,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SideView:
    name: str
    amount: str | None
    difference: str | None
    said: str


@dataclass(frozen=True, slots=True)
class MoneyDocument(explanation.ExplanationView):
    """The explanation with how its numbers match, what people decided about money, and the order's ledger."""

    match: Match
    sides: tuple[SideView, ...]
    by_hand: tuple[ByHand, ...]
    ledger: tuple[PageView, ...]


def document(view: MoneyView) -> dict[str, Any]:
    told = explanation.view_of(view.explanation)
    sides = tuple(SideView(one.name, decimal(one.amount), decimal(one.difference), one.said) for one in view.sides)
    pages = tuple(ledger.of_page(page, short) for page, short in view.pages)
    return document_of(
        MoneyDocument(**parts_of(told), match=view.match, sides=sides, by_hand=view.by_hand, ledger=pages)
    )


def _match(snap: Snapshot) -> Match:
    if snap.matched is None:
        return Match.OPEN
    if snap.matched:
        return Match.MATCHED
    return Match.DIFFERS if snap.holds else Match.ACCEPTED


def _sides(snap: Snapshot) -> Iterator[Side]:
    quote, agreed, payout = snap.quote, snap.agreed, snap.payout
    if quote is None:
        yield Side("quote", None, None, "the ERP has not quoted yet")
    else:
        until = f", open until {quote.expires_at:%Y-%m-%d %H:%M} UTC" if quote.expires_at and agreed is None else ""
        number = f" on {quote.authorization_number}" if quote.authorization_number else ""
        yield Side("quote", quote.total, _less(quote.total, agreed), f"what the ERP quotes{number}{until}")
    yield Side("agreed", agreed, None, "what the customer agreed to" if agreed else "the customer has not agreed yet")
    memo = f"credit memo {snap.credit_memo}" if snap.credit_memo else "no credit memo is posted"
    yield Side("credit memo", snap.credited, _less(snap.credited, agreed), memo)
    paid = "; ".join(_tenders(payout)) if payout else "nothing is paid out"
    total = payout.total if payout else None
    yield Side("payout", total, _less(total, agreed), paid)


def _tenders(payout: Payout) -> Iterator[str]:
    for part in payout.tenders:
        yield f"{part.amount} by {part.kind.replace('_', ' ')}" + (f" ({part.reference})" if part.reference else "")
    if payout.on_account.minor:
        yield f"{payout.on_account} left on the customer's account"


def _less(amount: Money | None, agreed: Money | None) -> Money | None:
    """None where there is nothing to compare, or nothing that can be."""
    if amount is None or agreed is None or amount.currency != agreed.currency:
        return None
    return Money(amount.minor - agreed.minor, agreed.currency)
