"""An order promotion with a minimum spend: what it costs when the goods kept no longer reach the minimum."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from domain.money import Money
from domain.policy import Promotion
from domain.standing import Standing
from domain.terms import Price


def promoted(standings: Sequence[Standing]) -> bool:
    return any(one.terms.undiscounted is not None for one in standings)


def forfeited(
    standings: Sequence[Standing], choice: Promotion, minimum: int | None, currency: str
) -> tuple[Price, str]:
    """What the kept goods cost more without the promotion, in all (not only since the last return), and why.

    Goods count by value: a unit credited by half is half kept. Once nothing is kept, nothing is forfeited any more."""
    if choice is Promotion.PRO_RATA:
        return Price(0), "every unit carries its share of the order discount, and comes back with it"
    if minimum is None:
        return Price(0), "no minimum spend is known for the order discount, so nothing of it is taken back"
    least = Money(minimum, currency)
    if not any(one.kept for one in standings):
        return Price(0), "nothing is kept: the order discount is settled with the goods"
    spend = sum((Fraction(one.terms.spend * one.kept, one.whole) for one in standings), Fraction(0))
    if spend >= minimum:
        return Price(0), f"the goods kept still reach the {least} the order discount was given for"
    price = Price(0)
    for one in standings:
        if one.terms.undiscounted is not None:
            price += one.dearer(one.terms.undiscounted, one.kept)
    return price, f"the goods kept no longer reach the {least} the order discount was given for"
