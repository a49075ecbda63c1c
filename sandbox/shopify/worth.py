"""What units of an order are worth: subtotal and tax of some units of a line, of shipping, of exchange items."""

from dataclasses import dataclass
from fractions import Fraction

from sandbox.money import half_up
from sandbox.shopify.shop import Doc, Shop


@dataclass(frozen=True)
class Worth:
    """Whole minor units. `paid` is what the customer paid for it: the tax is in the subtotal or comes on top."""

    subtotal: int
    before_order_discount: int
    tax: int
    inclusive: bool

    @property
    def paid(self) -> int:
        return self.subtotal if self.inclusive else self.subtotal + self.tax


def of_units(order: Doc, line: Doc, quantity: int) -> Worth:
    """So many units of a line, in proportion and rounded half up; all its units are worth the whole line."""
    whole = line["quantity"] * line["unit_price"] - line["discount"]
    part = Fraction(quantity, line["quantity"])
    return Worth(
        subtotal=half_up((whole - line["order_discount"]) * part),
        before_order_discount=half_up(whole * part),
        tax=half_up(sum(tax["amount"] for tax in line["taxes"]) * part),
        inclusive=order["inclusive"],
    )


def of_shipping(order: Doc) -> Worth:
    price, tax = order["shipping"]["price"], sum(one["amount"] for one in order["shipping"]["taxes"])
    return Worth(price, price, tax, order["inclusive"])


def of_exchange(order: Doc, item: Doc, quantity: int) -> Worth:
    """An exchange item is taxed as the same article was in this order, or else at the variant's own rates."""
    subtotal = half_up(
        Fraction((item["quantity"] * item["unit_price"] - item["discount"]) * quantity, item["quantity"])
    )
    rates = sum((Fraction(tax["rate"]) for tax in item["taxes"]), Fraction(0))
    divisor = 100 + rates if order["inclusive"] else Fraction(100)
    return Worth(subtotal, subtotal, half_up(subtotal * rates / divisor), order["inclusive"])


def restocking_fee(order: Doc, line: Doc, quantity: int, percentage: str) -> int:
    """A share of the subtotal without tax on top, as a recorded calculation had it."""
    return half_up(of_units(order, line, quantity).subtotal * Fraction(percentage) / 100)


def shipping_left(shop: Shop, order: Doc) -> int:
    """What of the shipping the customer paid was not given back yet."""
    gone: int = sum(one["shipping"]["paid"] for one in shop.refunds_of(order["id"]) if one["shipping"])
    return of_shipping(order).paid - gone
