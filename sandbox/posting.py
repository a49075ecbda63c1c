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
    """The whole line's own discount, in the same terms as the price."""
    order_discount: int
    """Its share of the order's discount, in the same terms."""
    net: int
    taxes: tuple[PostedTax, ...]
    final_sale: bool
    bundle: str | None
    bundles: int
    """How many bundles of that label were sold."""
    stand_alone: int | None
    """What one unit costs when it is not sold in its bundle, in the same terms as the price; None: not said."""
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
    tags: tuple[str, ...]


@dataclass(frozen=True)
class PostedOrder:
    order_id: int
    name: str
    placed_at: datetime
    delivered_at: datetime | None
    currency: str
    country: str
    channel: str
    locale: str | None
    """The language the customer shopped in, such as de or de-AT."""
    prices_include_tax: bool
    minimum_spend: int | None
    """The least the goods had to cost for the order's discount; None: it had no such condition."""
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
    promotion = order.get("order_discount") or {"amount": "0"}
    shares = _shares(order["lines"], promotion, currency)
    lines = tuple(_line(line, share, currency, inclusive) for line, share in zip(order["lines"], shares, strict=True))
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
        locale=order.get("locale"),
        prices_include_tax=inclusive,
        minimum_spend=None if promotion.get("minimum_spend") is None else minor(promotion["minimum_spend"], currency),
        customer=PostedCustomer(
            id=int(person["id"]),
            email=str(person["email"]),
            first_name=str(person.get("first_name") or ""),
            last_name=str(person.get("last_name") or ""),
            company=person.get("company"),
            tags=tuple(person.get("tags") or ()),
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


def _listed(line: dict[str, Any], currency: str) -> tuple[int, int, int]:
    """(units, price of one, discount of all) as the document says."""
    price, discount = minor(str(line["unit_price"]), currency), minor(str(line.get("discount") or "0"), currency)
    return int(line["quantity"]), price, discount


def _shares(lines: list[dict[str, Any]], promotion: dict[str, Any], currency: str) -> list[int]:
    """The order's discount line by line: as allocated, or by what each line costs, the odd units to the largest rests.

    Raises ValueError for an allocation that is not the amount, and for more discount than a line costs."""
    amount = minor(str(promotion["amount"]), currency)
    worth = [quantity * price - discount for quantity, price, discount in (_listed(line, currency) for line in lines)]
    if promotion.get("allocation") is not None:
        given = {str(key): minor(str(value), currency) for key, value in promotion["allocation"].items()}
        shares = [given.pop(str(line["line_id"]), 0) for line in lines]
        if given or sum(shares) != amount:
            raise ValueError(f"the order discount's allocation does not make its amount of {amount} minor units")
    else:
        exact = [Fraction(amount * value, sum(worth) or 1) for value in worth]
        shares = [int(part) for part in exact]
        rests = sorted(range(len(lines)), key=lambda place: shares[place] - exact[place])
        for place in rests[: amount - sum(shares)]:
            shares[place] += 1
    if amount < 0 or any(share > value for share, value in zip(shares, worth, strict=True)):
        raise ValueError(f"an order discount of {amount} minor units does not fit these lines")
    return shares


def _line(line: dict[str, Any], share: int, currency: str, inclusive: bool) -> PostedLine:
    quantity, price, discount = _listed(line, currency)
    net, taxes = split(quantity * price - discount - share, line.get("taxes") or [], inclusive)
    alone = line.get("stand_alone")
    return PostedLine(
        line_id=int(line["line_id"]),
        sku=str(line["sku"]),
        title=str(line.get("title") or line["sku"]),
        quantity=quantity,
        unit_price=price,
        discount=discount,
        order_discount=share,
        net=net,
        taxes=taxes,
        final_sale=bool(line.get("final_sale", False)),
        bundle=line.get("bundle"),
        bundles=int(line.get("bundles") or 1),
        stand_alone=None if alone is None else minor(str(alone), currency),
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
