"""By what a return is credited: what the storefront and the ERP each know of the sale, and the policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from domain import money, tax
from domain.invoice import SHIPPING_LINE, Invoice, InvoiceLine
from domain.money import Money
from domain.order import Order, OrderLine
from domain.policy import BundlePrice, Fee, Policy, Promotion
from domain.returns import RequestedLine
from domain.terms import LineTerms, Price, SaleTerms


@dataclass(frozen=True, slots=True)
class Basis:
    """What counts beside the invoice and the units: the policy, the terms of the sale, why each line comes back, and
    which groups the customer is in. `content_with`: the customer takes no more than this, in minor units."""

    policy: Policy = field(default_factory=Policy)
    terms: SaleTerms = field(default_factory=SaleTerms)
    reasons: dict[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    content_with: int | None = None


def basis(
    order: Order, invoice: Invoice, policy: Policy, lines: Iterable[RequestedLine], content_with: Money | None = None
) -> Basis:
    reasons = {line.line_id: str(line.reason) for line in lines}
    most = content_with.minor if content_with is not None else None
    return Basis(policy, terms(order, invoice, policy), reasons, order.groups, most)


def matters(line: OrderLine, order: Order, policy: Policy) -> bool:
    """Whether the policy asks how this line was sold, even when nobody sends it back."""
    bundled = policy.bundle is BundlePrice.FORFEIT and line.bundle is not None
    promoted = policy.promotion is Promotion.CLAW_BACK and any(one.order_discount for one in order.lines)
    return bundled or promoted


def groups_named(policy: Policy) -> set[str]:
    """The customer groups the policy's fees speak of; the others are nobody's business here."""
    fees: tuple[Fee | None, ...] = (policy.restocking_fee, policy.return_shipping_fee)
    return {group for fee in fees if fee is not None for group in fee.groups}


def terms(order: Order, invoice: Invoice, policy: Policy) -> SaleTerms:
    """`minimum_spend` is the order's own where the shop tells it; else the policy has one by currency."""
    rates = _rates(order, invoice)
    posted = {line.line_id: line for line in invoice.lines}
    lines = {
        line.line_id: _line(line, posted[line.line_id], rates, order.taxes_included)
        for line in order.lines
        if line.line_id in posted
    }
    shipping = posted.get(SHIPPING_LINE)
    standard = _standard(shipping, policy, invoice.currency, rates, order.taxes_included) if shipping else None
    return SaleTerms(lines, order.minimum_spend, rates, standard)


def _line(line: OrderLine, posted: InvoiceLine, rates: dict[str, str], inclusive: bool) -> LineTerms:
    alone = None
    if line.stand_alone is not None:
        alone = _price(max(line.stand_alone * line.quantity - line.order_discount, 0), posted, rates, inclusive)
    return LineTerms(
        bundle=line.bundle,
        per_bundle=max(line.quantity // line.bundles, 1),
        stand_alone=alone,
        undiscounted=_price(line.spend, posted, rates, inclusive) if line.order_discount else None,
        spend=line.spend,
    )


def _price(displayed: int, like: InvoiceLine, rates: dict[str, str], inclusive: bool) -> Price:
    """A price as the shop displays it, taxed as the posted line is."""
    known = {
        code: tax.rate(rates[code]) if code in rates else tax.posted_rate(amount, like.net)
        for code, amount in like.taxes.items()
    }
    taxes = tax.inside(displayed, known) if inclusive else tax.on_top(displayed, known)
    return Price(displayed - sum(taxes.values()) if inclusive else displayed, taxes)


def _rates(order: Order, invoice: Invoice) -> dict[str, str]:
    """Percentages by the ERP's tax code: its own, else the shop's, where a line has one tax on each side."""
    rates: dict[str, str] = {}
    for line in order.lines:
        posted = invoice.line(line.line_id)
        if posted is not None and len(posted.taxes) == len(line.tax_rates) == 1:
            rates[next(iter(posted.taxes))] = line.tax_rates[0]
    return rates | invoice.tax_rates


def _standard(
    shipping: InvoiceLine, policy: Policy, currency: str, rates: dict[str, str], inclusive: bool
) -> Price | None:
    text = policy.standard_shipping.get(currency)
    if text is None:
        return None
    return _price(money.parse(text, currency, "standard_shipping").minor, shipping, rates, inclusive)
