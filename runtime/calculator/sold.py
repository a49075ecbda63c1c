"""The sale in a document: its parts held against each other, then posted. Whatever does not fit is a problem."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from domain import tax
from domain.invoice import SHIPPING_LINE, Invoice, InvoiceLine
from domain.money import Money, exponent
from domain.order import Tender
from domain.policy import Policy
from domain.sale import Contradictions, OrderTaxes, posted
from domain.terms import LineTerms, Price, SaleTerms
from runtime.calculator import document as d
from runtime.calculator import goods, terms
from runtime.calculator.parts import Parts
from runtime.calculator.problems import Problems

# An invoice of a document is on no books.
_ANY_DAY = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Sold:
    """What was sold and on which terms. `shares` are the lines' parts of the order discount."""

    invoice: Invoice
    terms: SaleTerms
    policy: Policy
    tenders: tuple[Tender, ...]
    base: Money | None
    shares: dict[str, int]


def sold(parts: Parts, problems: Problems) -> Sold | None:
    """None when there are problems, these or earlier ones."""
    by_place = goods.items(parts, problems)
    goods.check_order_taxes(parts, problems)
    policy, tenders = terms.policy(parts, problems), terms.tenders(parts, problems)
    items, places = list(by_place.values()), list(by_place)
    shares, of_order = [0] * len(items), OrderTaxes()
    if items and len(items) == len(parts.lines):
        # With a line missing nobody knows who bears what; each of the others is still looked at by itself.
        shares, of_order = goods.shares(parts, items, problems), goods.order_taxes(parts)
    try:
        lines = posted(items, shares, of_order)
    except Contradictions as wrong:
        for (place, *path), words in wrong.found:
            problems.add(words, "lines", places[int(place)], *path)
    if problems.found:
        return None
    invoice = _invoice(parts, [line for line, _ in lines])
    of_sale = _terms(parts, {line.line_id: of_line for line, of_line in lines})
    base = _base(parts.base, invoice.total) if parts.base is not None else None
    by_line = {item.line_id: share for item, share in zip(items, shares, strict=True)}
    return Sold(invoice, of_sale, policy, tenders, base, by_line)


def _invoice(parts: Parts, lines: list[InvoiceLine]) -> Invoice:
    charge = parts.shipping
    if charge is not None and (charge.net or any(charge.taxes.values())):
        lines.append(InvoiceLine(SHIPPING_LINE, SHIPPING_LINE, "", 1, charge.net, dict(charge.taxes)))
    total = Money(sum(line.total for line in lines), parts.currency)
    return Invoice("", "", "", parts.currency, _ANY_DAY, "", tuple(lines), total)


def _terms(parts: Parts, lines: dict[str, LineTerms]) -> SaleTerms:
    standard = parts.shipping.standard if parts.shipping is not None else None
    rates = {code: one for code, one in (parts.tax_rates or {}).items() if one is not None}
    fee = parts.policies.return_shipping_fee
    return SaleTerms(
        lines,
        parts.order_discount.minimum_spend,
        {code: one.rate for code, one in rates.items()},
        Price(standard.net, dict(standard.taxes)) if standard is not None else None,
        tuple(code for code, one in rates.items() if one.compound),
        tuple(fee.tax_codes) if fee is not None and fee.tax_codes is not None else None,
    )


def _base(given: d.Base, total: Money) -> Money:
    """The invoice in the books' own currency: as posted, else at the rate it was posted at."""
    if given.total is not None:
        return Money(given.total, given.currency)
    assert given.rate is not None, "a base without a rate has a total"
    places = exponent(given.currency) - exponent(total.currency)
    return Money(tax.rounded(total.minor * given.rate * Fraction(10) ** places), given.currency)
