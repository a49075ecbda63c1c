"""Where a line of goods stands once a return is counted in: what is back of it, and what the kept rest should cost."""

from __future__ import annotations

from dataclasses import dataclass

from domain.allocation import by_deficit
from domain.invoice import InvoiceLine
from domain.money import half_up
from domain.terms import LineTerms, Price, priced
from domain.units import FULL_VALUE


@dataclass(frozen=True, slots=True)
class Standing:
    """`back` is the value back in all, this return included, in millionths of a unit."""

    line: InvoiceLine
    terms: LineTerms
    back: int

    @property
    def whole(self) -> int:
        return self.line.quantity * FULL_VALUE

    @property
    def kept(self) -> int:
        return self.whole - self.back

    def dearer(self, price: Price, value: int) -> Price:
        """What `value` kept of the line costs more at `price` for the whole line than as posted; never less than
        nothing, in no component. Costs are what the reversal rule would leave if all but `value` came back."""
        posted = Price(self.line.net, self.line.taxes)
        extra = {key: max(amount, 0) for key, amount in (price - posted).parts.items()}
        more = self._cost(price.total, value) - self._cost(posted.total, value)
        more = min(max(more, 0), sum(extra.values()))
        return priced(by_deficit(more, extra, {}, value, self.whole))

    def _cost(self, total: int, value: int) -> int:
        return total - half_up(total * (self.whole - value), self.whole)
