"""Random invoices with the terms they were sold on, and random ways to send everything back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from hypothesis import strategies as st

from domain import tax
from domain.invoice import SHIPPING_LINE, Invoice, InvoiceLine
from domain.money import Money
from domain.policy import BundlePrice, Fee, Policy, Promotion, Shipping
from domain.posting import Given
from domain.reckoning import Asked, Reckoning, SaleTerms, reckon
from domain.reversal import Taken
from domain.sale import Component, Item, OrderTaxes, displayed, posted
from domain.terms import Price
from domain.units import FULL_VALUE

RATES = {"STD": "20", "LOW": "5.5", "CITY": "0.125", "QC": "9.975"}
COMPOUND = ("QC",)
KNOWN = {code: tax.rate(percent, code in COMPOUND) for code, percent in RATES.items()}


@dataclass(frozen=True, slots=True)
class Sale:
    invoice: Invoice
    terms: SaleTerms
    policy: Policy


@dataclass(slots=True)
class Books:
    """What the returns so far took, as the ledger would keep it."""

    sale: Sale
    taken: dict[str, Taken] = field(default_factory=dict)

    def book(self, asks: tuple[Asked, ...]) -> Reckoning:
        found = reckon(self.sale.invoice, self.taken, asks, self.sale.policy, self.sale.terms)
        values = {SHIPPING_LINE: FULL_VALUE} | {ask.line_id: ask.value for ask in asks}
        for line in found.lines:
            was = self.taken.get(line.line_id, Taken())
            codes = {**was.taxes, **line.taxes}
            taxes = {code: was.taxes.get(code, 0) + line.taxes.get(code, 0) for code in codes}
            value = was.value + values.get(line.line_id, 0)
            self.taken[line.line_id] = Taken(was.quantity + line.quantity, value, was.net + line.net, taxes)
        return found

    @property
    def total(self) -> int:
        return sum(one.total for one in self.taken.values())


_FEES = (
    st.none()
    | st.builds(Fee, percent=st.sampled_from(["15", "7.5", "100"]), taxed=st.booleans())
    | st.builds(Fee, flat=st.sampled_from([{"EUR": "4.00"}, {"USD": "4.00"}]), taxed=st.booleans())
)
POLICIES = st.builds(
    Policy,
    shipping=st.sampled_from(Shipping),
    bundle=st.sampled_from(BundlePrice),
    promotion=st.sampled_from(Promotion),
    restocking_fee=_FEES,
    return_shipping_fee=_FEES,
)
CODES = st.lists(st.sampled_from(sorted(RATES)), unique=True, max_size=3)
_PRICES = st.integers(0, 200) | st.integers(0, 50_000)
_STANDARD = st.none() | st.builds(Price, st.integers(0, 1500), st.just({"STD": 100}))
_VALUES = st.sampled_from([FULL_VALUE, FULL_VALUE, FULL_VALUE // 2, 333_333, 1])
_YES = st.booleans()


def codes_of(codes: list[str]) -> dict[str, tax.Rate]:
    return {code: KNOWN[code] for code in codes}


@st.composite
def items(draw: st.DrawFn, line_id: str) -> Item:
    quantity = draw(st.integers(1, 12))
    price = draw(_PRICES)
    inclusive = draw(_YES)
    if draw(st.integers(0, 3)):
        return Item(line_id, quantity, price, inclusive, codes_of(draw(CODES)))
    components = []
    for place in range(draw(st.integers(1, 3))):
        each = draw(st.integers(1, 3))
        alone = draw(st.integers(0, 20_000)) * each * quantity
        rates = codes_of(draw(CODES))
        components.append(Component(f"{line_id}/{place}", each * quantity, each, alone, rates))
    return Item(line_id, quantity, price, inclusive, {}, Given(), tuple(components))


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    sold = [draw(items(f"L{place}")) for place in range(draw(st.integers(1, 4)))]
    prices = [displayed(item) for item in sold]
    discount = draw(st.integers(0, sum(prices)))
    shares = allocate_at_random(draw, discount, prices)
    of_order = OrderTaxes({"LEVY": draw(st.integers(0, 500))} if draw(_YES) else {})
    lines = posted(sold, shares, of_order)
    all_lines = [line for line, _ in lines]
    if draw(_YES):
        net, taxes = draw(st.integers(0, 2000)), {"STD": draw(st.integers(0, 400))}
        all_lines.append(InvoiceLine(SHIPPING_LINE, "S", "", 1, net, taxes))
    terms = SaleTerms(
        {line.line_id: of_line for line, of_line in lines},
        draw(st.none() | st.integers(1, sum(prices) + 1)),
        RATES,
        draw(_STANDARD),
        COMPOUND,
    )
    total = Money(sum(line.total for line in all_lines), "EUR")
    invoice = Invoice("I", "INV-1", "O", "EUR", date(2026, 1, 2), "Jan", tuple(all_lines), total)
    return Sale(invoice, terms, draw(POLICIES))


def allocate_at_random(draw: st.DrawFn, amount: int, caps: list[int]) -> list[int]:
    """As an invoice of another system may have allocated it: anyhow, but never more than a line's price."""
    shares = []
    for place, cap in enumerate(caps):
        least = max(amount - sum(caps[place + 1 :]), 0)
        shares.append(draw(st.integers(least, min(cap, amount))))
        amount -= shares[-1]
    return shares


def goods(invoice: Invoice) -> list[InvoiceLine]:
    return [line for line in invoice.lines if line.line_id != SHIPPING_LINE]


@st.composite
def partitions(draw: st.DrawFn, invoice: Invoice) -> list[tuple[Asked, ...]]:
    """Returns that bring everything back: units one by one or together, at times in two parts by value."""
    pieces: list[Asked] = []
    for line in goods(invoice):
        left = line.quantity
        while left:
            units = draw(st.integers(1, left))
            left -= units
            part = draw(_VALUES)
            pieces.append(Asked(line.line_id, units, units * part))
            if part < FULL_VALUE:
                pieces.append(Asked(line.line_id, 0, units * (FULL_VALUE - part)))
    order = draw(st.permutations(pieces))
    returns: list[dict[str, Asked]] = [{}]
    for piece in order:
        if piece.line_id in returns[-1] or draw(_YES):
            returns.append({})
        returns[-1][piece.line_id] = piece
    return [tuple(one.values()) for one in returns if one]


@st.composite
def sales_coming_back(draw: st.DrawFn) -> tuple[Sale, list[tuple[Asked, ...]]]:
    sale = draw(sales())
    return sale, draw(partitions(sale.invoice))
