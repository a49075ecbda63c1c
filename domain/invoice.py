"""The invoice as the ERP posted it: the only base of every credit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from domain.money import Base, Money

SHIPPING_LINE = "shipping"
# Lines of a credit that no invoice posted: what a policy takes off the credit of the goods, or gives back later.
RESTOCKING_FEE = "restocking_fee"
RETURN_SHIPPING_FEE = "return_shipping_fee"
PROMOTION = "promotion"
BUNDLE = "bundle:"
# What the customer leaves with the shop, content with a part of the credit.
PARTIAL_REFUND = "partial_refund"


def is_adjustment(line_id: str) -> bool:
    return line_id in (RESTOCKING_FEE, RETURN_SHIPPING_FEE, PROMOTION, PARTIAL_REFUND) or line_id.startswith(BUNDLE)


def bundle_line(label: str) -> str:
    """The line of a credit that says what a bundle's forfeited price costs."""
    return f"{BUNDLE}{label}"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One posted line. `net` is after discounts; `taxes` by the ERP's tax code; amounts in minor units of the invoice.

    The shipping charge is a line of quantity 1 with line_id SHIPPING_LINE.
    """

    line_id: str
    erp_line: str
    sku: str
    quantity: int
    net: int
    taxes: dict[str, int]
    warranty_until: date | None = None

    @property
    def total(self) -> int:
        return self.net + sum(self.taxes.values())


@dataclass(frozen=True, slots=True)
class Invoice:
    """A posted customer invoice, in its own currency. `base` is None where the ERP does not tell it. `tax_rates` are
    the percentages its tax codes were posted at, as decimal strings, as far as the ERP tells them.

    Its credits are posted at the rate of `base`, whatever today's: what differs is gain or loss, never the refund."""

    invoice_id: str
    number: str
    order_id: str
    currency: str
    posted_on: date
    period: str
    lines: tuple[InvoiceLine, ...]
    total: Money
    on_account: bool = False
    base: Base | None = None
    tax_rates: dict[str, str] = field(default_factory=dict)

    def line(self, line_id: str) -> InvoiceLine | None:
        return next((line for line in self.lines if line.line_id == line_id), None)
