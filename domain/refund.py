"""The number: quote, credit memo and payout, how they are hashed, compared and split over tenders."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.money import Base, Money
from domain.order import Tender
from domain.policy import TenderSplit
from domain.tenders import split


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What goes back for one invoice line, in minor units. quantity may be 0 for a credit by value alone."""

    line_id: str
    quantity: int
    net: int
    taxes: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.net + sum(self.taxes.values())


class AccountCredit(StrEnum):
    """What becomes of a credit that no tender of the shop paid out: it is the customer's on account (B2B)."""

    KEEP_OPEN = "keep_open"
    APPLY = "apply"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class PolicyNote:
    """A policy that speaks in a credit: its name, its reason in a sentence, and by how much it changes the credit.

    The amount is in minor units, negative where it takes off, 0 where the policy only explains."""

    name: str
    reason: str
    amount: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two parties' numbers differ, in minor units: named, never plugged."""

    where: str
    ours: int
    theirs: int

    def __str__(self) -> str:
        return f"{self.where}: ours {self.ours}, theirs {self.theirs}"


@dataclass(frozen=True, slots=True)
class ErpCredit:
    """What the ERP says it credits (quoted, previewed or posted). `document` is its own id, `number` the human one.

    `base` is the credit in the books' own currency and the rate it is posted at, where the ERP tells them."""

    document: str
    number: str
    total: Money
    lines: tuple[CreditLine, ...]
    period: str = ""
    base: Base | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """The binding quote shown to the customer. `digest` names it; confirming takes the digest and the amount.

    `notes` are the policies that speak in it. `leans`: a part of it is due only if other open returns of the order are
    credited too, so it is worked out again before it posts. `differences`: where the ERP's number, which it is, was not
    the credit we had worked out, and somebody took the ERP's word."""

    revision: int
    authorization: str
    authorization_number: str
    lines: tuple[CreditLine, ...]
    total: Money
    issued_at: datetime
    expires_at: datetime | None
    digest: str
    invoice: str = ""
    notes: tuple[PolicyNote, ...] = ()
    leans: bool = False
    differences: tuple[Difference, ...] = ()

    @property
    def policies(self) -> tuple[str, ...]:
        """The notes as people read them: each reason, and by how much it changes the credit where it does."""
        amounts = (Money(note.amount, self.total.currency) for note in self.notes)
        said = zip(self.notes, amounts, strict=True)
        return tuple(f"{note.reason}: {by}" if by.minor else note.reason for note, by in said)


BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a person decided about money the systems do not agree on. `what` is the hold's choice; `amount` is what was
    paid by hand, or how much more (or less, negative) than agreed was let stand; `detail` is the difference.
    `approved_by`: the second person, where one was needed."""

    what: str
    amount: Money
    detail: str
    by: str
    note: str
    at: datetime
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class TenderPayout:
    """`kind` BY_HAND: finance paid it outside of the shop, and `reference` says by what."""

    tender_id: str
    kind: str
    amount: Money
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Payout:
    """What moved, by tender. `on_account` is what was left open on the customer's account instead."""

    reference: str
    tenders: tuple[TenderPayout, ...]
    on_account: Money
    paid_at: datetime

    @property
    def total(self) -> Money:
        return Money(sum(t.amount.minor for t in self.tenders) + self.on_account.minor, self.on_account.currency)


@dataclass(frozen=True, slots=True)
class ThreeWayMatch:
    """Quote, credit memo and payout side by side; only an empty list of differences closes a return."""

    quote: Money
    credit_memo: Money
    payout: Money
    differences: tuple[Difference, ...]

    @property
    def matched(self) -> bool:
        return not self.differences


def digest(
    return_id: str, revision: int, lines: tuple[CreditLine, ...], total: Money, notes: tuple[PolicyNote, ...] = ()
) -> str:
    """A quote's name: SHA-256 over its lines, total and policies, so nobody confirms what they were not shown."""
    body: list[Any] = [return_id, revision, total.minor, total.currency]
    body += [[line.line_id, line.quantity, line.net, sorted(line.taxes.items())] for line in lines]
    body += [[note.name, note.reason, note.amount] for note in notes]
    return hashlib.sha256(json.dumps(body, separators=(",", ":")).encode()).hexdigest()[:32]


def differences(ours: tuple[CreditLine, ...], theirs: tuple[CreditLine, ...]) -> tuple[Difference, ...]:
    """Line by line and tax code by tax code, where two credits differ. Order of lines does not matter."""
    found: list[Difference] = []
    mine, other = _by_line(ours), _by_line(theirs)
    for line_id in sorted(mine.keys() | other.keys()):
        a, b = mine.get(line_id, {}), other.get(line_id, {})
        found += [
            Difference(f"{line_id} {part}", a.get(part, 0), b.get(part, 0))
            for part in sorted(a.keys() | b.keys())
            if a.get(part, 0) != b.get(part, 0)
        ]
    return tuple(found)


def _by_line(lines: tuple[CreditLine, ...]) -> dict[str, dict[str, int]]:
    parts: dict[str, dict[str, int]] = {}
    for line in lines:
        into = parts.setdefault(line.line_id, {})
        for part, amount in (("net", line.net), *((f"tax {code}", tax) for code, tax in line.taxes.items())):
            into[part] = into.get(part, 0) + amount
    return parts


def match(quote: Money, memo: Money, payout: Money) -> ThreeWayMatch:
    """Three-way match of totals; currencies must agree too."""
    found = []
    for where, theirs in (("credit memo", memo), ("payout", payout)):
        if theirs.currency != quote.currency:
            found.append(Difference(f"{where} currency {theirs.currency} instead of {quote.currency}", 0, 0))
        if theirs.minor != quote.minor:
            found.append(Difference(where, quote.minor, theirs.minor))
    return ThreeWayMatch(quote, memo, payout, tuple(found))


def plan_payout(
    amount: Money, tenders: tuple[Tender, ...], order: tuple[str, ...], how: TenderSplit = TenderSplit.IN_ORDER
) -> tuple[TenderPayout, ...]:
    """Split `amount` over the original tenders by policy, each capped at captured minus refunded.

    What no tender can take is left out: the caller compares the sum and holds, it never pays elsewhere on its own.
    """
    parts = split(amount, tenders, order, how)
    return tuple(TenderPayout(tender.tender_id, tender.kind, part) for tender, part in parts)
