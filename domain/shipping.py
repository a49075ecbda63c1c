"""The outbound shipping charge: whether it comes back, and how much of it."""

from __future__ import annotations

from collections.abc import Sequence

from domain.allocation import by_deficit
from domain.invoice import InvoiceLine
from domain.policy import Shipping
from domain.refund import CreditLine
from domain.reversal import Taken, reverse
from domain.standing import Standing
from domain.terms import Price, priced
from domain.units import FULL_VALUE


def credit(
    line: InvoiceLine, standings: Sequence[Standing], choice: Shipping, standard: Price | None
) -> tuple[CreditLine | None, str]:
    """What this return credits of a shipping charge that no return has taken yet (None: nothing), and why."""
    if choice is Shipping.NEVER:
        return None, "the shipping charge is not credited"
    if choice is Shipping.ALWAYS:
        return _whole(line), "the shipping charge is credited with the first return"
    if any(one.kept for one in standings):
        return None, "the shipping charge is credited once every unit of the invoice is back"
    if choice is Shipping.STATUTORY and standard is not None and standard.total < line.total:
        return _capped(line, standard), "every unit is back: the charge of standard shipping is credited"
    return _whole(line), "every unit is back: the shipping charge is credited"


def _whole(line: InvoiceLine) -> CreditLine:
    return reverse(line, Taken(), line.quantity, line.quantity * FULL_VALUE)


def _capped(line: InvoiceLine, standard: Price) -> CreditLine:
    posted = Price(line.net, line.taxes)
    fits = all(amount <= posted.parts.get(key, 0) for key, amount in standard.parts.items())
    parts = {key: standard.parts.get(key, 0) for key in posted.parts}
    if not fits:
        # Taxed otherwise than what was posted: its amount is what counts, and it is reversed as posted.
        parts = by_deficit(standard.total, posted.parts, {}, standard.total, posted.total)
    price = priced(parts)
    return CreditLine(line.line_id, line.quantity, price.net, price.taxes)
