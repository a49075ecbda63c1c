"""The invoice as the ERP posted it: the only base of every credit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.money import Money

SHIPPING_LINE = "shipping"


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
    """A posted customer invoice, in its own currency."""

    invoice_id: str
    number: str
    order_id: str
    currency: str
    posted_on: date
    period: str
    lines: tuple[InvoiceLine, ...]
    total: Money
    on_account: bool = False

    def line(self, line_id: str) -> InvoiceLine | None:
        return next((line for line in self.lines if line.line_id == line_id), None)
