"""The lines of a document as items sold, with their share of the order discount and the taxes of the order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from domain import tax
from domain.allocation import allocate
from domain.invoice import SHIPPING_LINE, is_adjustment
from domain.posting import Given
from domain.sale import Component, Item, OrderTaxes, displayed
from domain.tax import Rate
from runtime.calculator import document as d
from runtime.calculator.parts import Parts
from runtime.calculator.problems import Problems, Step


def component_id(line: str, component: str) -> str:
    return f"{line}/{component}"


def items(parts: Parts, problems: Problems) -> dict[int, Item]:
    """The lines by their place, without those that cannot be read or made sense of: the problems say why."""
    _different_ids(parts, problems)
    of_order = parts.order_taxes
    found = {}
    for place, line in enumerate(parts.lines):
        item = _item(parts, line, of_order, problems, place) if line is not None else None
        if item is not None and place not in parts.faulty:
            found[place] = item
    return found


def order_taxes(parts: Parts) -> OrderTaxes:
    """Those to be given out. A code that lines post themselves was given out when the invoice was posted."""
    told = _posted_codes(parts)
    amounts = {code: amount for code, amount in parts.order_taxes.items() if code not in told}
    bearing: dict[str, set[str]] = {}
    for line_id, codes in _coded(parts):
        for code in codes:
            bearing.setdefault(code, set()).add(line_id)
    given_out = frozenset(parts.order_taxes).difference(amounts)
    return OrderTaxes(amounts, {code: frozenset(bearing.get(code, ())) for code in amounts}, parts.rates(), given_out)


def check_order_taxes(parts: Parts, problems: Problems) -> None:
    told = _posted_codes(parts)
    for code, amount in parts.order_taxes.items():
        if told.get(code, amount) != amount:
            problems.add("is not what the taxes posted on the lines sum to", "order_taxes", code)


def shares(parts: Parts, sold: Sequence[Item], problems: Problems) -> list[int]:
    """Each line's part of the order discount: as it was posted, else by largest remainder over the lines' prices."""
    given = parts.order_discount
    prices = [displayed(item) for item in sold]
    if given.allocation is None:
        found = allocate(given.amount or 0, prices)
        # A line of which only the posting is known has its share taken off already.
        if any(item.price is not None and share > item.price for item, share in zip(sold, found, strict=True)):
            problems.add("is more than the lines it is given on", "order_discount", "amount")
            return [0] * len(sold)
        return found
    at = ("order_discount", "allocation")
    ids = {item.line_id: item for item in sold}
    for line_id, share in given.allocation.items():
        item = ids.get(line_id)
        if item is None:
            problems.add("is not a line of the invoice", *at, line_id)
        elif item.price is not None and share > item.price:
            problems.add("is more than the line's price", *at, line_id)
            return [0] * len(sold)
    if given.amount is not None and sum(given.allocation.values()) != given.amount:
        problems.add("does not sum to the discount's amount", *at)
    return [given.allocation.get(item.line_id, 0) for item in sold]


def _item(parts: Parts, line: d.Line, of_order: Mapping[str, int], problems: Problems, place: int) -> Item | None:
    bundle = line.bundle
    inclusive = parts.inclusive
    price: int | None = None
    if bundle is not None:
        price = bundle.price * line.quantity
        inclusive = inclusive if bundle.prices_include_tax is None else bundle.prices_include_tax
    elif line.unit_price is not None:
        price = tax.rounded(line.unit_price * line.quantity)
    if price is not None:
        price -= line.discount
        if price < 0:
            problems.add("is more than the line's price", "lines", place, "discount")
            return None
    given = Given(line.net, line.taxes, line.total)
    if bundle is None:
        own = _own(parts, line.tax_codes, given, of_order, problems, "lines", place)
        return Item(line.id, line.quantity, price, inclusive, own, given) if own is not None else None
    components = []
    for at, one in enumerate(bundle.components):
        component = _component(parts, line, one, given, of_order, problems, "lines", place, "bundle", "components", at)
        if component is not None:
            components.append(component)
    whole = len(components) == len(bundle.components)
    return Item(line.id, line.quantity, price, inclusive, {}, given, tuple(components)) if whole else None


def _component(
    parts: Parts, line: d.Line, one: d.Component, of_line: Given, of_order: Mapping[str, int], problems: Problems,
    *steps: Step,
) -> Component | None:  # fmt: skip
    given = Given(one.net, one.taxes, one.total)
    codes = line.tax_codes if one.tax_codes is None else one.tax_codes
    own = _own(parts, codes, given or of_line, of_order, problems, *steps)
    if own is None:
        return None
    units = line.quantity * one.quantity
    return Component(component_id(line.id, one.id), units, one.quantity, one.stand_alone * units, own, given)


def _own(
    parts: Parts, codes: list[str], given: Given, of_order: Mapping[str, int], problems: Problems, *steps: Step
) -> dict[str, Rate] | None:
    """The rates of the taxes a line computes itself: not those of the order, nor what it posted without a rate."""
    rates, found, sound = parts.rates(), {}, True
    for at, code in enumerate(codes):
        if code in codes[:at]:
            problems.add("is named twice", *steps, "tax_codes", at)
            sound = False
        elif code in rates and code not in of_order:
            found[code] = rates[code]
        elif given.taxes is None and code not in of_order:
            sound = False
            if parts.unknown(code):
                problems.add("has no rate in tax_rates, and no posted tax says what it is", *steps, "tax_codes", at)
    return found if sound else None


def _coded(parts: Parts) -> Iterator[tuple[str, list[str]]]:
    """The tax codes named by each line, and by each component of a bundle."""
    for line in parts.lines:
        if line is not None and line.bundle is None:
            yield line.id, line.tax_codes
        elif line is not None and line.bundle is not None:
            for one in line.bundle.components:
                yield component_id(line.id, one.id), line.tax_codes if one.tax_codes is None else one.tax_codes


def _posted_codes(parts: Parts) -> dict[str, int]:
    """What the lines themselves posted of each tax code."""
    found: dict[str, int] = {}
    for line in parts.lines:
        if line is None:
            continue
        components = line.bundle.components if line.bundle is not None else []
        for posted in (line, *components) if line.taxes is None else (line,):
            for code, amount in (posted.taxes or {}).items():
                found[code] = found.get(code, 0) + amount
    return found


def _different_ids(parts: Parts, problems: Problems) -> None:
    seen: set[str] = set()
    for place, line in enumerate(parts.lines):
        if line is None:
            continue
        named: list[tuple[str, tuple[Step, ...]]] = [(line.id, ("lines", place, "id"))]
        for at, one in enumerate(line.bundle.components if line.bundle is not None else ()):
            named.append((component_id(line.id, one.id), ("lines", place, "bundle", "components", at, "id")))
        for name, where in named:
            if name == SHIPPING_LINE or is_adjustment(name):
                problems.add("is a name that credits use for what is no line of goods; take another", *where)
            if name in seen:
                problems.add("names a line that another one names already", *where)
            seen.add(name)
