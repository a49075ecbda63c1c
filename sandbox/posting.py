"""How a neutral order document becomes posted figures; every vendor takes its numbers from here, so they agree."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sandbox.money import half_up, minor


@dataclass(frozen=True)
class PostedTax:
    code: str
    rate: str
    """Percent, as a decimal string: "19", "8.875"."""
    amount: int


@dataclass(frozen=True)
class PostedLine:
    """Amounts are whole minor units of the whole line, not of one unit."""

    line_id: int
    sku: str
    title: str
    quantity: int
    unit_price: int
    """As listed: with tax when the order's prices include tax, else without."""
    discount: int
    """The whole line's discount, in the same terms as the price."""
    net: int
    taxes: tuple[PostedTax, ...]
    final_sale: bool
    bundle: str | None
    serials: tuple[str, ...]
    warranty_until: str | None

    @property
    def tax(self) -> int:
        return sum(tax.amount for tax in self.taxes)

    @property
    def total(self) -> int:
        return self.net + self.tax


@dataclass(frozen=True)
class PostedShipping:
    price: int
    net: int
    taxes: tuple[PostedTax, ...]

    @property
    def tax(self) -> int:
        return sum(tax.amount for tax in self.taxes)

    @property
    def total(self) -> int:
        return self.net + self.tax


@dataclass(frozen=True)
class PostedTender:
    kind: str
    """gift_card, card, store_credit, ... or account (B2B on account: nothing captured)."""
    gateway: str
    amount: int


@dataclass(frozen=True)
class PostedCustomer:
    id: int
    email: str
    first_name: str
    last_name: str
    company: str | None


@dataclass(frozen=True)
class PostedOrder:
    order_id: int
    name: str
    placed_at: datetime
    delivered_at: datetime | None
    currency: str
    country: str
    channel: str
    prices_include_tax: bool
    customer: PostedCustomer
    lines: tuple[PostedLine, ...]
    shipping: PostedShipping
    tenders: tuple[PostedTender, ...]

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines) + self.shipping.total


def post(order: dict[str, Any]) -> PostedOrder:
    """Raises KeyError or ValueError when the document is not a neutral order."""
    currency = str(order["currency"])
    inclusive = bool(order.get("prices_include_tax", False))
    lines = tuple(_line(line, currency, inclusive) for line in order["lines"])
    shipping = _shipping(order.get("shipping") or {"price": "0"}, currency, inclusive)
    total = sum(line.total for line in lines) + shipping.total
    person = order["customer"]
    return PostedOrder(
        order_id=int(order["order_id"]),
        name=str(order["name"]),
        placed_at=datetime.fromisoformat(order["placed_at"]),
        delivered_at=datetime.fromisoformat(order["delivered_at"]) if order.get("delivered_at") else None,
        currency=currency,
        country=str(order.get("country") or "DE"),
        channel=str(order.get("channel") or "web"),
        prices_include_tax=inclusive,
        customer=PostedCustomer(
            id=int(person["id"]),
            email=str(person["email"]),
            first_name=str(person.get("first_name") or ""),
            last_name=str(person.get("last_name") or ""),
            company=person.get("company"),
        ),
        lines=lines,
        shipping=shipping,
        tenders=_tenders(order.get("tenders") or [], total, currency),
    )


def split(listed: int, taxes: list[dict[str, Any]], inclusive: bool) -> tuple[int, tuple[PostedTax, ...]]:
    """(net, taxes) of a listed amount. Inclusive: each tax is its share of the gross, and net is what is left."""
    rates = [(str(tax["code"]), str(tax["rate"]), Fraction(str(tax["rate"]))) for tax in taxes]
    divisor = 100 + sum((rate for _, _, rate in rates), Fraction(0)) if inclusive else Fraction(100)
    posted = tuple(PostedTax(code, text, half_up(listed * rate / divisor)) for code, text, rate in rates)
    return (listed - sum(tax.amount for tax in posted) if inclusive else listed), posted


def _line(line: dict[str, Any], currency: str, inclusive: bool) -> PostedLine:
    quantity, price = int(line["quantity"]), minor(str(line["unit_price"]), currency)
    discount = minor(str(line.get("discount") or "0"), currency)
    net, taxes = split(quantity * price - discount, line.get("taxes") or [], inclusive)
    return PostedLine(
        line_id=int(line["line_id"]),
        sku=str(line["sku"]),
        title=str(line.get("title") or line["sku"]),
        quantity=quantity,
        unit_price=price,
        discount=discount,
        net=net,
        taxes=taxes,
        final_sale=bool(line.get("final_sale", False)),
        bundle=line.get("bundle"),
        serials=tuple(line.get("serials") or ()),
        warranty_until=line.get("warranty_until"),
    )


def _shipping(shipping: dict[str, Any], currency: str, inclusive: bool) -> PostedShipping:
    price = minor(str(shipping["price"]), currency)
    net, taxes = split(price, shipping.get("taxes") or [], inclusive)
    return PostedShipping(price, net, taxes)


def _tenders(tenders: list[dict[str, Any]], total: int, currency: str) -> tuple[PostedTender, ...]:
    """At most one tender leaves its amount open and takes the rest; together they are the order's total."""
    named = sum(minor(str(tender["amount"]), currency) for tender in tenders if tender.get("amount") is not None)
    if sum(1 for tender in tenders if tender.get("amount") is None) > 1:
        raise ValueError("at most one tender may leave its amount open")
    posted = tuple(
        PostedTender(
            kind=str(tender["kind"]),
            gateway=str(tender.get("gateway") or tender["kind"]),
            amount=total - named if tender.get("amount") is None else minor(str(tender["amount"]), currency),
        )
        for tender in tenders
    )
    if any(tender.amount < 0 for tender in posted):
        raise ValueError(f"the tenders name more than the order's total of {total} minor units")
    return posted
