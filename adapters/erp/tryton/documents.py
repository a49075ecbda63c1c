"""From Tryton's invoices and credit notes to ours: lines, and what each of them has of the document's taxes.

Tryton posts a tax once per document, worked out on the sum of all its lines. Of a document that we wrote the lines'
shares stand in their notes, and are taken where they sum to what was posted; of any other the posted tax is given out
over its lines by what each is worth, by largest remainder, so that the lines always sum to the document.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ParamSpec, TypeVar

from adapters.erp.tryton import marks
from adapters.erp.tryton.client import VENDOR, Record
from adapters.erp.tryton.values import minor
from adapters.errors import Permanent
from domain.allocation import allocate
from domain.invoice import SHIPPING_LINE, Invoice, InvoiceLine
from domain.money import Base, Money
from domain.refund import CreditLine, ErpCredit

P = ParamSpec("P")
R = TypeVar("R")

POSTED = ("posted", "paid")
FIELDS = (
    "number", "state", "create_date", "reference", "description", "invoice_date", "accounting_date", "currency",
    "currency.code",
    "company", "party", "invoice_address", "account", "journal", "payment_term", "untaxed_amount", "tax_amount",
    "total_amount",
    "amount_to_pay", "move.period.rec_name", "company.currency.code", "move.lines.debit", "move.lines.credit",
    "move.lines.account", "lines_to_pay", "payment_lines",
    "lines.type", "lines.quantity", "lines.unit_price", "lines.amount", "lines.note", "lines.origin", "lines.unit",
    "lines.account", "lines.description", "lines.product", "lines.product.code", "lines.taxes", "lines.taxes_date",
    "taxes.tax", "taxes.tax.name", "taxes.tax.parent", "taxes.tax.type", "taxes.tax.rate", "taxes.base", "taxes.amount",
)  # fmt: skip
"""What is read of an invoice, in one call."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a document in minor units, with the sign that makes a sale positive on an invoice."""

    record: Record
    mark: marks.Mark
    net: int
    taxes: dict[str, int]

    @property
    def line_id(self) -> str:
        """The storefront's, where the note tells it."""
        return self.mark.line_id or f"erp-{self.record['id']}"

    @property
    def units(self) -> int:
        return self.mark.units if self.mark.units is not None else round(abs(self.record["quantity"]))


def understood(read: Callable[P, R]) -> Callable[P, R]:
    """A record without what we need, or with another kind of it, is Permanent: most often a name in the settings."""

    @functools.wraps(read)
    def reading(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return read(*args, **kwargs)
        except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            what = f"a record is not as expected ({type(error).__name__}: {error})"
            raise Permanent(VENDOR, read.__name__, what) from error

    return reading


@understood
def invoice_of(record: Record, order_id: str) -> Invoice:
    """Raises Permanent when the lines do not add up to the total."""
    currency = currency_of(record)
    lines = tuple(
        InvoiceLine(
            line_id=row.line_id,
            erp_line=str(row.record["id"]),
            sku=_sku(row),
            quantity=1 if row.line_id == SHIPPING_LINE else _whole(row.record["quantity"]),
            net=row.net,
            taxes=row.taxes,
        )
        for row in rows_of(record)
    )
    total = Money(minor(record["total_amount"], currency), currency)
    if sum(line.total for line in lines) != total.minor:
        what = f"the lines of {record['number']} do not add up to its total {total}; finance must look"
        raise Permanent(VENDOR, "invoice", what)
    return Invoice(
        invoice_id=str(record["id"]),
        number=str(record["number"]),
        order_id=order_id,
        currency=currency,
        posted_on=posted_on(record),
        period=period_of(record),
        lines=lines,
        total=total,
        on_account=bool(record["amount_to_pay"]),
        base=base_of(record),
        tax_rates=_rates(record),
    )


@understood
def credit_of(record: Record) -> ErpCredit:
    """A credit note, posted or not. A draft names no document: it may still change."""
    currency = currency_of(record)
    posted = record["state"] in POSTED
    return ErpCredit(
        document=str(record["id"]) if posted else "",
        number=str(record["number"]) if posted else "",
        total=Money(-minor(record["total_amount"], currency), currency),
        lines=credit_lines(record),
        period=period_of(record),
        base=_negated(base_of(record)),
    )


@understood
def credit_lines(record: Record) -> tuple[CreditLine, ...]:
    """What a credit note gives back, one line per line id."""
    found: dict[str, CreditLine] = {}
    for row in rows_of(record):
        seen = found.get(row.line_id, CreditLine(row.line_id, 0, 0))
        taxes = {code: seen.taxes.get(code, 0) - row.taxes.get(code, 0) for code in {**seen.taxes, **row.taxes}}
        found[row.line_id] = CreditLine(row.line_id, seen.quantity + row.units, seen.net - row.net, taxes)
    return tuple(found.values())


@understood
def rows_of(record: Record) -> list[Row]:
    """The document's lines of goods, services and charges with their taxes."""
    currency = currency_of(record)
    # Tryton sorts by a number people may set; the order in which they were made says which row belongs to which.
    lines = sorted((line for line in record["lines."] if line["type"] == "line"), key=lambda line: int(line["id"]))
    nets = [minor(line["amount"], currency) for line in lines]
    read = [marks.read(line["note"]) for line in lines]
    written = [{code: minor(tax, currency) for code, tax in mark.taxes.items()} for mark in read]
    posted = posted_taxes(record)
    marked = all(mark.units is not None for mark in read)
    # Credits are negative in Tryton, their notes say what is given back.
    taxes = [{code: -tax for code, tax in own.items()} for own in written] if marked else []
    if not marked or _summed(taxes) != {code: tax for code, tax in posted.items() if tax}:
        taxes = _given_out(record, lines, nets)
    return [Row(*parts) for parts in zip(lines, read, nets, taxes, strict=True)]


def posted_taxes(record: Record) -> dict[str, int]:
    """The document's taxes by code."""
    currency, found = currency_of(record), dict[str, int]()
    for tax in record["taxes."]:
        code = code_of(tax)
        found[code] = found.get(code, 0) + minor(tax["amount"], currency)
    return found


def code_of(tax: Record) -> str:
    """Of a tax of an invoice: the name of the tax; of one typed in without a tax, its own number."""
    known = tax.get("tax.")
    return str(known["name"]) if known else f"tax-{tax['id']}"


def currency_of(record: Record) -> str:
    return str(record["currency."]["code"])


def period_of(record: Record) -> str:
    """Empty before it is posted."""
    move = record.get("move.")
    return str(move["period."]["rec_name"]) if move else ""


def posted_on(record: Record) -> date:
    day = record["invoice_date"] or record["accounting_date"]
    if not isinstance(day, date):
        raise ValueError(f"{record['number']} has no date")
    return day


def base_of(record: Record) -> Base | None:
    """What the books of the company say it is worth: what stands on the customer's account."""
    move = record.get("move.")
    if not move:
        return None
    currency, own = currency_of(record), str(record["company."]["currency."]["code"])
    account = record["account"]
    worth = sum((row["debit"] - row["credit"] for row in move["lines."] if row["account"] == account), Decimal(0))
    total = record["total_amount"]
    rate = Decimal(1) if currency == own or not total else (worth / total).quantize(Decimal("0.000001"))
    return Base(Money(minor(worth, own), own), format(rate.normalize(), "f"))


def _given_out(record: Record, lines: list[Record], nets: list[int]) -> list[dict[str, int]]:
    """Each tax of the document over the lines it was worked out on: those of its tax, and of its sign."""
    currency = currency_of(record)
    found: list[dict[str, int]] = [{} for _ in lines]
    for tax in record["taxes."]:
        amount, code = minor(tax["amount"], currency), code_of(tax)
        known = tax.get("tax.") or {}
        origins = {known.get("id"), known.get("parent")} - {None}
        taxed = [place for place, line in enumerate(lines) if origins & set(line["taxes"])]
        alike = [place for place in taxed if (nets[place] >= 0) == (tax["base"] >= 0)]
        places = alike or taxed or list(range(len(lines)))
        shares = allocate(abs(amount), [abs(nets[place]) for place in places])
        for place, share in zip(places, shares, strict=True):
            signed = share if amount >= 0 else -share
            found[place][code] = found[place].get(code, 0) + signed
    return found


def _rates(record: Record) -> dict[str, str]:
    """Percentages by code. A tax of a fixed amount has none."""
    known = [tax["tax."] for tax in record["taxes."] if tax.get("tax.")]
    return {str(tax["name"]): format((tax["rate"] * 100).normalize(), "f") for tax in known if tax["rate"] is not None}


def _summed(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for codes in parts:
        for code, tax in codes.items():
            total[code] = total.get(code, 0) + tax
    return {code: tax for code, tax in total.items() if tax}


def _negated(base: Base | None) -> Base | None:
    return None if base is None else Base(Money(-base.total.minor, base.total.currency), base.rate)


def _sku(row: Row) -> str:
    product = row.record.get("product.")
    return str(product["code"] or "") if product and row.line_id != SHIPPING_LINE else ""


def _whole(quantity: float) -> int:
    """Units are sold whole here; anything else is a line we cannot give back by the unit."""
    if quantity != int(quantity) or quantity < 1:
        raise ValueError(f"a line of {quantity} units")
    return int(quantity)
