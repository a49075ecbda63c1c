"""The one way a credit is worked out: posted lines reversed, shipping, and what the policies take off or give back.

The ledger and the calculator both come here, so that a preview can never differ from what is reserved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain import bundles, fees, money, partial_refund, promotion, shipping
from domain.adjustments import Adjustment, within
from domain.errors import BadInput
from domain.invoice import PROMOTION, SHIPPING_LINE, Invoice, InvoiceLine, bundle_line
from domain.money import Money
from domain.policy import Policy
from domain.refund import CreditLine, PolicyNote
from domain.reversal import Taken, reverse
from domain.standing import Standing
from domain.terms import LineTerms, Price, SaleTerms
from domain.units import FULL_VALUE

__all__ = ["Asked", "LineTerms", "PolicyNote", "Price", "Reckoning", "SaleTerms", "reckon"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Units of a line that are to be credited; `value` is what they are worth, in millionths of a unit."""

    line_id: str
    quantity: int
    value: int


@dataclass(frozen=True, slots=True)
class Reckoning:
    """`lines`: goods, then shipping, then adjustments (quantity 0, negative where they take off)."""

    lines: tuple[CreditLine, ...]
    notes: tuple[PolicyNote, ...]

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)


def reckon(
    invoice: Invoice,
    taken: Mapping[str, Taken],
    asks: tuple[Asked, ...],
    policy: Policy,
    terms: SaleTerms,
    reasons: Mapping[str, str] | None = None,
    groups: tuple[str, ...] = (),
    certain: Mapping[str, Taken] | None = None,
    content_with: int | None = None,
) -> Reckoning:
    """The credit for `asks` on top of what other returns have `taken` (adjustments included), by line id.

    `certain` is what of `taken` nobody withdraws any more (None: all of it). Goods are credited on top of all that is
    taken; whether shipping and corrections are due is decided by what is certain.
    `reasons` says why each line comes back, `groups` whom the customer belongs to: fees may depend on both. The total
    is never negative, and never more than the customer is `content_with`, where that is said. Raises BadInput for a
    line that is not on the invoice or is named twice, NotRemaining for more than is left of one.
    """
    asked = list(_asked(invoice, asks))
    if not asked:
        return Reckoning((), ())
    goods = tuple(reverse(line, _taken(taken, line.line_id), ask.quantity, ask.value) for line, ask in asked)
    certain = taken if certain is None else certain
    standings = _standings(invoice, certain, asks, terms)
    freight, notes = _shipping(invoice, taken, asks, standings, policy, terms)
    wanted = [
        *_corrections(invoice, standings, certain, asks, policy, terms),
        *fees.charges(fees.Occasion(invoice, taken, goods, reasons or {}, groups), policy, terms),
    ]
    adjustments, told = within(wanted, sum(line.total for line in (*goods, *freight)))
    whole = Reckoning((*goods, *freight, *adjustments), (*_values(asked, goods, taken), *notes, *told))
    if content_with is None or whole.total <= content_with:
        return whole
    left, note = partial_refund.left_with_the_shop(whole.lines, Money(content_with, invoice.currency))
    return Reckoning((*whole.lines, left), (*whole.notes, note))


def _asked(invoice: Invoice, asks: tuple[Asked, ...]) -> Iterator[tuple[InvoiceLine, Asked]]:
    if len({ask.line_id for ask in asks}) < len(asks):
        raise BadInput("line_id", "every invoice line may be asked for once only")
    for ask in asks:
        line = invoice.line(ask.line_id)
        if line is None:
            raise BadInput("line_id", f"{ask.line_id} is not on invoice {invoice.number}")
        if ask.quantity < 0 or ask.value < 0:
            text = f"{ask.quantity} units worth {ask.value} of line {ask.line_id} cannot be reserved"
            raise BadInput("quantity", text)
        yield line, ask


def _taken(taken: Mapping[str, Taken], line_id: str) -> Taken:
    return taken.get(line_id, Taken())


def _standings(
    invoice: Invoice, taken: Mapping[str, Taken], asks: tuple[Asked, ...], terms: SaleTerms
) -> list[Standing]:
    mine = {ask.line_id: ask.value for ask in asks}
    return [
        Standing(line, terms.line(line.line_id), _taken(taken, line.line_id).value + mine.get(line.line_id, 0))
        for line in invoice.lines
        if line.line_id != SHIPPING_LINE
    ]


def _values(
    asked: list[tuple[InvoiceLine, Asked]], goods: tuple[CreditLine, ...], taken: Mapping[str, Taken]
) -> Iterator[PolicyNote]:
    """Units credited in part: by how much less than in full, as far as that much is left of the line."""
    for (line, ask), credited in zip(asked, goods, strict=True):
        before = _taken(taken, line.line_id)
        full = min(ask.quantity * FULL_VALUE, line.quantity * FULL_VALUE - before.value)
        if ask.value < full:
            less = credited.total - reverse(line, before, ask.quantity, full).total
            text = f"line {line.line_id} is credited at a part of its units' value; the rest stays open"
            yield PolicyNote("value_fraction", text, less)


def _shipping(
    invoice: Invoice,
    taken: Mapping[str, Taken],
    asks: tuple[Asked, ...],
    standings: list[Standing],
    policy: Policy,
    terms: SaleTerms,
) -> tuple[tuple[CreditLine, ...], tuple[PolicyNote, ...]]:
    line = invoice.line(SHIPPING_LINE)
    named = any(ask.line_id == SHIPPING_LINE for ask in asks)
    if line is None or named or _taken(taken, SHIPPING_LINE).value or not any(ask.value for ask in asks):
        return (), ()
    credited, reason = shipping.credit(line, standings, policy.shipping, terms.standard_shipping)
    notes = (PolicyNote(SHIPPING_LINE, reason, credited.total if credited else 0),) if line.total else ()
    return (credited,) if credited else (), notes


def _corrections(
    invoice: Invoice,
    standings: list[Standing],
    taken: Mapping[str, Taken],
    asks: tuple[Asked, ...],
    policy: Policy,
    terms: SaleTerms,
) -> Iterator[Adjustment]:
    """What kept goods cost more than posted, less what earlier returns were charged for it already."""
    touched = {terms.line(ask.line_id).bundle for ask in asks}
    for label in bundles.labels(standings):
        price, reason = bundles.forfeited(standings, label, policy.bundle)
        yield _since(bundle_line(label), price, reason, taken, told=label in touched)
    price, reason = promotion.forfeited(standings, policy.promotion, _minimum(invoice, policy, terms), invoice.currency)
    yield _since(PROMOTION, price, reason, taken, told=promotion.promoted(standings))


def _since(line_id: str, price: Price, reason: str, taken: Mapping[str, Taken], told: bool) -> Adjustment:
    charged = _taken(taken, line_id)
    # In the books a charge is a negative credit.
    return Adjustment(line_id, price + Price(charged.net, charged.taxes), reason, told)


def _minimum(invoice: Invoice, policy: Policy, terms: SaleTerms) -> int | None:
    if terms.minimum_spend is not None:
        return terms.minimum_spend
    text = policy.minimum_spend.get(invoice.currency)
    return None if text is None else money.parse(text, invoice.currency, "minimum_spend").minor
