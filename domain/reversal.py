"""The reversal rule: what part of a posted invoice line a return takes back, so that all parts sum to the posting.

By value returned, counted in ten-thousandths of a unit: the cumulative target of the line total is
C(k) = half-up(A*k/Q); a return that brings the returned value to k1 reverses C(k1) minus what others already took.
Inside the line that amount is split over net and taxes by largest deficit, capped at what remains of each: no component
ever goes negative.
See docs/adr/0004-reversal-rule.md for the worked cases.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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
    """The credit for `quantity` units worth `value` ten-thousandths of a unit, on top of what was `taken`.

    Raises NotRemaining when the line has not that many units or that much value left.
    """
    whole = line.quantity * FULL_VALUE
    if taken.quantity + quantity > line.quantity or taken.value + value > whole:
        left = line.quantity - taken.quantity
        raise NotRemaining(f"line {line.line_id} has {left} of {line.quantity} units left to return, not {quantity}")
    reached = taken.value + value
    amount = half_up(line.total * reached, whole) - taken.total
    amount = min(max(amount, 0), line.total - taken.total)
    posted = {"": line.net, **line.taxes}
    already = {"": taken.net, **taken.taxes}
    parts = _split(amount, posted, already, reached, whole)
    return CreditLine(line.line_id, quantity, parts[""], {code: parts[code] for code in line.taxes})


def _split(amount: int, posted: dict[str, int], already: dict[str, int], reached: int, whole: int) -> dict[str, int]:
    """Give `amount` out unit by unit of deficit: floors first, the leftover cents to the largest deficits."""
    # Deficits are kept exact, as numerators over `whole`, so that no fraction is ever rounded twice.
    room = {key: posted[key] - already.get(key, 0) for key in posted}
    deficit = {key: posted[key] * reached - already.get(key, 0) * whole for key in posted}
    parts = {key: min(max(deficit[key] // whole, 0), room[key]) for key in posted}
    excess = sum(parts.values()) - amount
    while excess > 0:
        key = min((k for k in parts if parts[k] > 0), key=lambda k: (deficit[k] - parts[k] * whole, k))
        parts[key] -= 1
        excess -= 1
    while excess < 0:
        key = max((k for k in parts if parts[k] < room[k]), key=lambda k: (deficit[k] - parts[k] * whole, k))
        parts[key] += 1
        excess += 1
    return parts
