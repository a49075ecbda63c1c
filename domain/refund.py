"""The number: quote, credit memo and payout, how they are hashed, compared and split over tenders."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

from domain.money import Money
from domain.order import Tender


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
    """What the ERP says it credits (quoted, previewed or posted). `document` is its own id, `number` the human one."""

    document: str
    number: str
    total: Money
    lines: tuple[CreditLine, ...]
    period: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """The binding quote shown to the customer. `digest` names it; confirming takes the digest and the amount."""

    revision: int
    authorization: str
    authorization_number: str
    lines: tuple[CreditLine, ...]
    total: Money
    issued_at: datetime
    expires_at: datetime | None
    digest: str
    invoice: str = ""


@dataclass(frozen=True, slots=True)
class TenderPayout:
    tender_id: str
    kind: str
    amount: Money


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


def digest(return_id: str, revision: int, lines: tuple[CreditLine, ...], total: Money) -> str:
    """A quote's name: SHA-256 over its lines and total, so nobody confirms a number they did not see."""
    body = [return_id, revision, total.minor, total.currency]
    body += [[line.line_id, line.quantity, line.net, sorted(line.taxes.items())] for line in lines]
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


def plan_payout(amount: Money, tenders: tuple[Tender, ...], order: tuple[str, ...]) -> tuple[TenderPayout, ...]:
    """Split `amount` over the original tenders in policy order, each capped at captured minus refunded.

    What no tender can take is left out: the caller compares the sum and holds, it never pays elsewhere on its own.
    """
    rank = {kind: place for place, kind in enumerate(order)}
    left, parts = amount.minor, []
    for tender in sorted(tenders, key=lambda t: rank.get(t.kind, len(rank))):
        room = max(tender.captured.minor - tender.refunded.minor, 0)
        part = min(room, left)
        if part > 0:
            parts.append(TenderPayout(tender.tender_id, tender.kind, Money(part, amount.currency)))
            left -= part
    return tuple(parts)
