"""A sale as an invoice posts it: order discount, order taxes and bundles given out to lines, by largest remainder.

Beside each posted line stand the terms it was sold on, which policies ask for when a part comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain import tax
from domain.allocation import allocate
from domain.errors import BadInput
from domain.invoice import InvoiceLine
from domain.posting import Given, Rates, post, reprice, spread
from domain.tax import Rate
from domain.terms import LineTerms, Price

# Where a contradiction is: the place of the item, then the way to the field in it.
Path = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Component:
    """One article of a bundle line: all its units, and what they would cost alone, as displayed."""

    line_id: str
    quantity: int
    per_bundle: int
    stand_alone: int
    rates: Rates
    given: Given = field(default_factory=Given)


@dataclass(frozen=True, slots=True)
class Item:
    """A line sold. `price` is the whole line as displayed, after its own discount, before the order's; None where only
    what was posted is known. A bundle has components; its `given` is the posting of all of them together."""

    line_id: str
    quantity: int
    price: int | None
    inclusive: bool
    rates: Rates
    given: Given = field(default_factory=Given)
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderTaxes:
    """Taxes of the whole order by code; `bearing` names the lines that carry a code (not named: every line does).
    `given_out` are those that the lines' own postings have in them already."""

    amounts: Mapping[str, int] = field(default_factory=dict)
    bearing: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rates: Rates = field(default_factory=dict)
    given_out: frozenset[str] = frozenset()


class Contradictions(Exception):
    """What is given cannot all be true: every place, with its sentence."""

    def __init__(self, found: Sequence[tuple[Path, str]]) -> None:
        super().__init__("; ".join(sentence for _, sentence in found))
        self.found = tuple(found)


def displayed(item: Item) -> int:
    """The line's price before the order discount; where only its posting is known, that (and 0 where not even that)."""
    if item.price is not None:
        return item.price
    given = item.given
    taxes = sum((given.taxes or {}).values())
    if item.inclusive:
        known = given.total if given.total is not None or given.net is None else given.net + taxes
    else:
        known = given.net if given.net is not None or given.total is None else given.total - taxes
    return max(known or 0, 0)


def posted(
    items: Sequence[Item], shares: Sequence[int], order_taxes: OrderTaxes
) -> tuple[tuple[InvoiceLine, LineTerms], ...]:
    """The lines of the invoice with their terms; a bundle's components take its place. `shares` is each item's part of
    the order discount. Raises Contradictions."""
    found: list[tuple[Path, str]] = []
    drafts = []
    for place, (item, share) in enumerate(zip(items, shares, strict=True)):
        try:
            drafts += _bundle(item, share) if item.components else [_draft(item, share)]
        except Contradictions as wrong:
            found += [((place, *path), sentence) for path, sentence in wrong.found]
        except BadInput as wrong:
            found.append(((place, wrong.field), wrong.sentence))
    if found:
        raise Contradictions(found)
    on_top = _order_taxes(drafts, order_taxes)
    return tuple(_line(draft, on_top.get(draft.line_id, {}), order_taxes) for draft in drafts)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A line but for the taxes of the order. `price` is as posted, with its share of the order discount taken off."""

    line_id: str
    quantity: int
    inclusive: bool
    rates: Rates
    price: Price
    share: int
    spend: int
    bundle: str | None = None
    per_bundle: int = 1
    stand_alone: int | None = None


def _draft(item: Item, share: int) -> _Draft:
    after = None if item.price is None else item.price - share
    price = post(after, item.inclusive, item.rates, item.given)
    spend = (price.total if item.inclusive else price.net) + share if item.price is None else item.price
    return _Draft(item.line_id, item.quantity, item.inclusive, item.rates, price, share, spend)


def _bundle(item: Item, share: int) -> list[_Draft]:
    weights = [part.stand_alone for part in item.components]
    after = None if item.price is None else item.price - share
    amounts = [None] * len(weights) if after is None else allocate(after, weights)
    shared = [Given()] * len(weights)
    if item.given:
        shared = spread(after, item.inclusive, weights, [part.rates for part in item.components], item.given)
    shares, spends = allocate(share, weights), allocate(displayed(item) + (share if after is None else 0), weights)
    found: list[tuple[Path, str]] = []
    drafts = []
    for place, part in enumerate(item.components):
        try:
            price = post(amounts[place], item.inclusive, part.rates, part.given or shared[place])
        except BadInput as wrong:
            found.append((("bundle", "components", place, wrong.field), wrong.sentence))
            continue
        drafts.append(
            _Draft(
                part.line_id, part.quantity, item.inclusive, part.rates, price, shares[place], spends[place],
                item.line_id, part.per_bundle, part.stand_alone,
            )
        )  # fmt: skip
    if not found:
        found = _sums(item, [draft.price for draft in drafts])
    if found:
        raise Contradictions(found)
    return drafts


def _sums(item: Item, prices: Sequence[Price]) -> list[tuple[Path, str]]:
    """A bundle's own posting is that of its components together."""
    sums = (
        ("net", item.given.net, sum(p.net for p in prices)),
        ("total", item.given.total, sum(p.total for p in prices)),
    )
    return [
        ((name,), "is not what the components sum to")
        for name, given, together in sums
        if given is not None and given != together
    ]


def _order_taxes(drafts: Sequence[_Draft], order_taxes: OrderTaxes) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for code, amount in order_taxes.amounts.items():
        named = order_taxes.bearing.get(code, frozenset())
        bearing = [draft for draft in drafts if draft.line_id in named] or drafts
        for draft, part in zip(bearing, allocate(amount, [one.price.net for one in bearing]), strict=True):
            found.setdefault(draft.line_id, {})[code] = part
    return found


def _line(draft: _Draft, on_top: Mapping[str, int], order_taxes: OrderTaxes) -> tuple[InvoiceLine, LineTerms]:
    # In the order their codes are named, which is not always that of the posting: a compound tax is on those before it.
    taxes = {
        code: draft.price.taxes[code] for code in {**draft.rates, **draft.price.taxes} if code in draft.price.taxes
    }
    price = Price(draft.price.net, {**taxes, **on_top})

    def known(code: str) -> Rate:
        """What is no longer discounted is taxed as what was posted: by the rate told, or the one the posting shows."""
        told = draft.rates.get(code) or order_taxes.rates.get(code)
        return told or tax.posted_rate(price.taxes[code], price.net)

    own = {code: known(code) for code in taxes if code not in order_taxes.given_out}
    of_order = {code: known(code) for code in price.taxes if code not in own}
    sold = price.net + sum(taxes[code] for code in own) if draft.inclusive else price.net

    def at(amount: int) -> Price:
        return reprice(amount, draft.inclusive, own, of_order)

    terms = LineTerms(
        draft.bundle,
        draft.per_bundle,
        None if draft.stand_alone is None else at(max(draft.stand_alone - draft.share, 0)),
        at(sold + draft.share) if draft.share else None,
        draft.spend,
    )
    return InvoiceLine(draft.line_id, draft.line_id, "", draft.quantity, price.net, price.taxes), terms
