"""The returns of a document worked out one after the other: each on top of what those before took and paid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from domain.invoice import SHIPPING_LINE
from domain.money import Money, half_up
from domain.order import Tender
from domain.reckoning import Asked, Reckoning, reckon
from domain.refund import CreditLine
from domain.reversal import Taken
from domain.tenders import split
from domain.units import FULL_VALUE
from runtime.calculator.sold import Sold


@dataclass(frozen=True, slots=True)
class Refund:
    """One return worked out. `asked` has the units of every posted line; `base` is its amount in the books' own
    currency, None without one."""

    asked: dict[str, int]
    reckoning: Reckoning
    total: Money
    tenders: tuple[tuple[Tender, Money], ...]
    on_account: Money
    base: Money | None


class Ledger:
    """What the returns so far took of the invoice, paid out and booked."""

    def __init__(self, sold: Sold) -> None:
        self.sold = sold
        self.taken: dict[str, Taken] = {}
        self._tenders = sold.tenders
        self._credited = 0

    def refunds(self, asks: Iterable[tuple[Asked, ...]]) -> Iterator[Refund]:
        for one in asks:
            yield self._refund(one)

    def _refund(self, asks: tuple[Asked, ...]) -> Refund:
        sold = self.sold
        within = tuple(replace(ask, quantity=min(ask.quantity, self._units_left(ask.line_id))) for ask in asks)
        reckoning = reckon(sold.invoice, self.taken, within, sold.policy, sold.terms)
        self._take(within, reckoning.lines)
        total = Money(reckoning.total, sold.invoice.currency)
        paid = split(total, self._tenders, sold.policy.tender_order, sold.policy.tender_split)
        parts = {tender.tender_id: part for tender, part in paid}
        self._tenders = tuple(
            replace(tender, refunded=tender.refunded + parts[tender.tender_id]) if tender.tender_id in parts else tender
            for tender in self._tenders
        )
        rest = Money(total.minor - sum(part.minor for part in parts.values()), total.currency)
        return Refund({ask.line_id: ask.quantity for ask in asks}, reckoning, total, paid, rest, self._base(total))

    def _units_left(self, line_id: str) -> int:
        """A unit credited in part that comes again, on appeal, is still one unit."""
        line = self.sold.invoice.line(line_id)
        return (line.quantity if line is not None else 0) - self.taken.get(line_id, Taken()).quantity

    def _take(self, asks: tuple[Asked, ...], lines: tuple[CreditLine, ...]) -> None:
        value = {SHIPPING_LINE: FULL_VALUE} | {ask.line_id: ask.value for ask in asks}
        for line in lines:
            before = self.taken.get(line.line_id, Taken())
            taxes = {**before.taxes}
            for code, amount in line.taxes.items():
                taxes[code] = taxes.get(code, 0) + amount
            self.taken[line.line_id] = Taken(
                before.quantity + line.quantity,
                before.value + value.get(line.line_id, 0),
                before.net + line.net,
                taxes,
            )

    def _base(self, total: Money) -> Money | None:
        """The part of the posted base amount, by the same cumulative rule: both currencies close to their own total."""
        base, whole = self.sold.base, self.sold.invoice.total.minor
        if base is None:
            return None
        before, self._credited = self._credited, self._credited + total.minor
        if not whole:
            return Money(0, base.currency)
        reached, was = (half_up(base.minor * credited, whole) for credited in (self._credited, before))
        return Money(reached - was, base.currency)
