"""What an invoice posts for one line: its price as net amount and taxes, as far as nobody told what was posted.

What was posted is the truth; only what is absent is worked out. Where prices include the taxes, the gross amount is
what was paid: the tax is found inside it and the net amount is the rest. Else every tax comes on top of the net amount.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from domain import tax
from domain.allocation import allocate
from domain.errors import BadInput
from domain.tax import Rate
from domain.terms import Price

Rates = Mapping[str, Rate]


@dataclass(frozen=True, slots=True)
class Given:
    """What is known to have been posted, in minor units; None: not told."""

    net: int | None = None
    taxes: dict[str, int] | None = None
    total: int | None = None

    def __bool__(self) -> bool:
        return (self.net, self.taxes, self.total) != (None, None, None)


def post(price: int | None, inclusive: bool, rates: Rates, given: Given) -> Price:
    """A line sold for `price` after all discounts, as displayed (None: only what was posted is known).

    Raises BadInput naming net, taxes or total where what is given contradicts itself or the price."""
    if given.taxes is not None:
        return _with_taxes(price, inclusive, given, given.taxes)
    net, total = settled(price, inclusive, given)
    if net is not None and total is not None:
        return Price(net, _between(net, total, rates))
    if net is not None:
        return Price(net, tax.on_top(net, rates))
    if total is None:
        raise BadInput("unit_price", "is missing, and so is what was posted; give it, or net, or total")
    taxes = tax.inside(total, rates)
    return Price(total - sum(taxes.values()), taxes)


def settled(price: int | None, inclusive: bool, given: Given) -> tuple[int | None, int | None]:
    """Net and total as far as the posting or the price tells them, for a line whose taxes are not told."""
    net = price if given.net is None and not inclusive else given.net
    total = price if given.total is None and inclusive else given.total
    return net, total


def reprice(price: int, inclusive: bool, own: Rates, of_order: Rates) -> Price:
    """A line sold for `price` instead, its own taxes and those of the order that are on it by their rates."""
    posted = post(price, inclusive, own, Given())
    return posted + Price(0, tax.on_top(posted.net, of_order, sum(posted.taxes.values())))


def spread(price: int | None, inclusive: bool, weights: list[int], rates: list[Rates], given: Given) -> list[Given]:
    """The posting of a bundle over its components, by weight, as far as it is told; a tax goes to those that have its
    code, or over all where none has. Raises BadInput as `post`."""
    if given.taxes is not None:
        whole = _with_taxes(price, inclusive, given, given.taxes)
        parts = [Price(net) for net in allocate(whole.net, weights)]
        for code, amount in whole.taxes.items():
            bearing = [place for place, one in enumerate(rates) if code in one] or list(range(len(parts)))
            shares = allocate(amount, [parts[place].net for place in bearing])
            for place, share in zip(bearing, shares, strict=True):
                parts[place] += Price(0, {code: share})
        return [Given(part.net, part.taxes) for part in parts]
    net, total = settled(price, inclusive, given)
    if net is None:
        return [Given(total=part) for part in allocate(total or 0, weights)]
    nets = allocate(net, weights)
    if total is None:
        return [Given(net=part) for part in nets]
    weighed = {
        (place, code): nets[place] * part
        for place, one in enumerate(rates)
        for code, part in tax.effective(one).items()
    }
    taxes: list[dict[str, int]] = [{} for _ in nets]
    for (place, code), amount in zip(weighed, _give(net, total, list(weighed.values())), strict=True):
        taxes[place][code] = amount
    return [Given(net, by_code) for net, by_code in zip(nets, taxes, strict=True)]


def _with_taxes(price: int | None, inclusive: bool, given: Given, taxes: dict[str, int]) -> Price:
    much = sum(taxes.values())
    net, total = settled(price, inclusive, given)
    if given.net is None and total is not None:
        net = total - much
    if net is None:
        raise BadInput("unit_price", "is missing, and so is what was posted; give it, or net, or total")
    if net < 0:
        raise BadInput("taxes", "sum to more than the whole line")
    if given.net is not None and given.total is not None and given.total != net + much:
        raise BadInput("total", "is not what net and taxes sum to")
    return Price(net, taxes)


def _between(net: int, total: int, rates: Rates) -> dict[str, int]:
    """The taxes between a net amount and a total, as the rates weigh."""
    return dict(zip(rates, _give(net, total, list(tax.effective(rates).values())), strict=True))


def _give(net: int, total: int, weights: list[Fraction]) -> list[int]:
    much = total - net
    if much < 0:
        raise BadInput("total", "is less than the net amount")
    if much and not weights:
        raise BadInput("total", "is more than the net amount, and there is no tax code for the rest")
    return allocate(much, weights)
