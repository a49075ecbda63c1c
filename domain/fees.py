"""Fees taken off a credit, as charges of their own with their own tax: the credit stays whole, and so does its tax."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from domain import money, tax
from domain.adjustments import Adjustment
from domain.allocation import allocate
from domain.invoice import RESTOCKING_FEE, RETURN_SHIPPING_FEE, SHIPPING_LINE, Invoice
from domain.policy import Fee, Policy
from domain.refund import CreditLine
from domain.reversal import Taken
from domain.terms import Price, SaleTerms, priced

# Net amounts of goods by the tax codes of their lines: a fee on them is taxed like them.
Nets = Mapping[tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class Occasion:
    """What fees are charged on: the goods credited now, why each comes back, and whom the customer belongs to."""

    invoice: Invoice
    taken: Mapping[str, Taken]
    credited: tuple[CreditLine, ...]
    reasons: Mapping[str, str]
    groups: tuple[str, ...]

    def before(self) -> dict[tuple[str, ...], int]:
        """What earlier returns were credited for goods."""
        nets: dict[tuple[str, ...], int] = {}
        for line in self.invoice.lines:
            if line.line_id != SHIPPING_LINE:
                codes = tuple(line.taxes)
                nets[codes] = nets.get(codes, 0) + self.taken.get(line.line_id, Taken()).net
        return nets

    def charged_on(self, fee: Fee) -> list[CreditLine]:
        return [line for line in self.credited if line.line_id != SHIPPING_LINE and self._applies(fee, line.line_id)]

    def _applies(self, fee: Fee, line_id: str) -> bool:
        reason = self.reasons.get(line_id, "")
        return (not fee.reasons or reason in fee.reasons) and (
            not fee.groups or not set(fee.groups).isdisjoint(self.groups)
        )


def charges(occasion: Occasion, policy: Policy, terms: SaleTerms) -> Iterator[Adjustment]:
    """The fees of one return; those on earlier goods were charged with them."""
    rates = _rates(occasion.invoice, terms)
    for line_id, fee in ((RESTOCKING_FEE, policy.restocking_fee), (RETURN_SHIPPING_FEE, policy.return_shipping_fee)):
        goods = occasion.charged_on(fee) if fee is not None else []
        if fee is None or not goods:
            continue
        before = occasion.before()
        after = dict(before)
        for line in goods:
            after[tuple(line.taxes)] += line.net
        codes = terms.return_shipping_codes
        if line_id == RETURN_SHIPPING_FEE and codes is not None:
            before, after = {codes: sum(before.values())}, {codes: sum(after.values())}
        price = _charge(fee, occasion.invoice.currency, before, after, rates)
        yield Adjustment(line_id, _as_charged(price, occasion.taken.get(line_id, Taken())), _sentence(fee, line_id))


def _as_charged(price: Price, charged: Taken) -> Price:
    """As goods of other taxes come back, a part of a fee may fall; only what was charged is given back."""
    kept = Price(charged.net, charged.taxes).parts
    return priced({key: max(amount, min(kept.get(key, 0), 0)) for key, amount in price.parts.items()})


def _charge(fee: Fee, currency: str, before: Nets, after: Nets, rates: Mapping[str, tax.Rate]) -> Price:
    """A percentage is charged on the running sum of what is credited, so that parcels and their order make no
    difference; a flat amount once per return, and nothing in a currency it has no amount for."""
    if fee.percent:
        part = Fraction(fee.percent) / 100
        reached, was = (_taxed(tax.rounded(sum(nets.values()) * part), nets, fee, rates) for nets in (after, before))
        return reached - was
    flat = fee.flat.get(currency)
    amount = money.parse(flat, currency, "flat").minor if flat else 0
    return _taxed(amount, {codes: net - before.get(codes, 0) for codes, net in after.items()}, fee, rates)


def _taxed(net: int, nets: Nets, fee: Fee, rates: Mapping[str, tax.Rate]) -> Price:
    """The fee and its tax, each group of codes on its share of the fee."""
    if not fee.taxed:
        return Price(net)
    price = Price(0)
    for codes, part in zip(nets, allocate(net, list(nets.values())), strict=True):
        price += Price(part, tax.on_top(part, {code: rates[code] for code in codes}))
    return price


def _rates(invoice: Invoice, terms: SaleTerms) -> dict[str, tax.Rate]:
    """The rate of every code; of one nobody told, what its posted taxes are of the posted nets beside them."""
    nets: dict[str, int] = {}
    taxes: dict[str, int] = {}
    for line in invoice.lines:
        for code, amount in line.taxes.items():
            nets[code] = nets.get(code, 0) + line.net
            taxes[code] = taxes.get(code, 0) + amount
    found = {code: tax.posted_rate(taxes[code], nets[code]) for code in nets}
    return found | {code: tax.rate(percent, code in terms.compound) for code, percent in terms.tax_rates.items()}


def _sentence(fee: Fee, line_id: str) -> str:
    what = "restocking" if line_id == RESTOCKING_FEE else "return shipping"
    much = f"{fee.percent} % of the goods' net amount" if fee.percent else "a flat amount per return"
    return f"{what} is charged: {much}, {'with' if fee.taxed else 'without'} tax"
