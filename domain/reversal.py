"""The reversal rule: what part of a posted invoice line a return takes back, so that all parts sum to the posting.

By value returned, counted in millionths of a unit: the cumulative target of the line total is
C(k) = half-up(A*k/Q); a return that brings the returned value to k1 reverses C(k1) minus what others already took.
Inside the line that amount is split over net and taxes by largest deficit, capped at what remains of each: no component
ever goes negative.
See docs/adr/0004-reversal-rule.md for the worked cases.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.allocation import by_deficit
from domain.errors import NotRemaining
from domain.invoice import InvoiceLine
from domain.money import half_up
from domain.refund import CreditLine
from domain.units import FULL_VALUE


@dataclass(frozen=True, slots=True)
class Taken:
    """What reservations and credit memos of other returns already took of a line: units, value and amounts."""

    quantity: int = 0
    value: int = 0
    net: int = 0
    taxes: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.net + sum(self.taxes.values())


def reverse(line: InvoiceLine, taken: Taken, quantity: int, value: int) -> CreditLine:
    """The credit for `quantity` units worth `value` millionths of a unit, on top of what was `taken`.

    Raises NotRemaining when the line has not that many units or that much value left.
    """
    whole = line.quantity * FULL_VALUE
    if taken.quantity + quantity > line.quantity or taken.value + value > whole:
        left = line.quantity - taken.quantity
        raise NotRemaining(f"line {line.line_id} has {left} of {line.quantity} units left to return, not {quantity}")
    reached = taken.value + value
    amount = half_up(line.total * reached, whole) - taken.total
    amount = max(min(amount, line.total - taken.total), 0)
    # Of equal deficits a tax is served before the net amount, which can better spare it.
    posted = {**{code: line.taxes[code] for code in sorted(line.taxes, reverse=True)}, "": line.net}
    already = {"": taken.net, **taken.taxes}
    parts = by_deficit(amount, posted, already, reached, whole)
    return CreditLine(line.line_id, quantity, parts[""], {code: parts[code] for code in line.taxes})
