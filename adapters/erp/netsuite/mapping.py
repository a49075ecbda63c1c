"""Both directions of the translation: NetSuite's invoices and credits to ours, our credit lines to its lines."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ParamSpec, TypeVar

from adapters.erp.netsuite.client import VENDOR, Record
from adapters.erp.netsuite.numbers import amount, minor
from adapters.erp.netsuite.settings import Names
from adapters.errors import Permanent
from domain.invoice import (
    RESTOCKING_FEE,
    RETURN_SHIPPING_FEE,
    SHIPPING_LINE,
    Invoice,
    InvoiceLine,
    is_adjustment,
)
from domain.money import Base, Money, exponent
from domain.refund import CreditLine, ErpCredit

P = ParamSpec("P")
R = TypeVar("R")


def understood(read: Callable[P, R]) -> Callable[P, R]:
    """A record without what we need, or with another kind of it, is Permanent: most often a name in the settings."""

    @functools.wraps(read)
    def reading(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return read(*args, **kwargs)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            what = f"a record is not as expected ({type(error).__name__}: {error}); check the names in the settings"
            raise Permanent(VENDOR, read.__name__, what) from error

    return reading


@understood
def invoice_of(record: Record, names: Names) -> Invoice:
    """Raises Permanent when the lines do not add up to the total: then the invoice holds something we do not know."""
    currency = str(record["currency"]["refName"])
    taxes = _taxes(record, currency, names)
    lines = []
    for row in _items(record, "item"):
        warranty = row.get(names.warranty_field)
        lines.append(
            InvoiceLine(
                line_id=str(row.get(names.line_field) or f"erp-{row['line']}"),
                erp_line=str(row["line"]),
                sku=str(row["item"]["refName"]),
                quantity=int(row["quantity"]),
                net=minor(row["amount"], currency),
                taxes=taxes.pop(str(row[names.tax_reference]), {}),
                warranty_until=date.fromisoformat(warranty) if warranty else None,
            )
        )
    shipping = minor(record.get("shippingCost", 0), currency)
    left = [codes for codes in taxes.values() if codes]
    if shipping or left:
        # Tax details that belong to no item line are the shipping's.
        lines.append(InvoiceLine(SHIPPING_LINE, SHIPPING_LINE, "", 1, shipping, _summed(left)))
    total = Money(minor(record["total"], currency), currency)
    if sum(line.total for line in lines) != total.minor:
        raise Permanent(
            VENDOR,
            "GET invoice",
            f"the lines of {record['tranId']} do not add up to its total {total}; finance must look",
        )
    return Invoice(
        invoice_id=str(record["id"]),
        number=str(record["tranId"]),
        order_id=str(record[names.order_field]),
        currency=currency,
        posted_on=date.fromisoformat(record["tranDate"]),
        period=str(record["postingPeriod"]["refName"]),
        lines=tuple(lines),
        total=total,
        on_account=minor(record.get("amountRemaining", 0), currency) > 0,
        base=_base(record, total, names),
        tax_rates=_rates(record),
    )


@understood
def credit_of(record: Record, names: Names) -> ErpCredit:
    """An authorization, a credit memo or the form of one. A form has no id yet: `document` is then empty."""
    currency = str(record["currency"]["refName"])
    taxes = _taxes(record, currency, names)
    lines = [
        CreditLine(
            line_id=(line_id := str(row.get(names.line_field) or f"erp-{row['line']}")),
            quantity=0 if is_adjustment(line_id) else int(row["quantity"]),
            net=minor(row["amount"], currency),
            taxes=taxes.pop(str(row[names.tax_reference]), {}),
        )
        for row in _items(record, "item")
    ]
    shipping = minor(record.get("shippingCost", 0), currency)
    left = [codes for codes in taxes.values() if codes]
    if shipping or left:
        lines.append(CreditLine(SHIPPING_LINE, 1, shipping, _summed(left)))
    total = Money(minor(record["total"], currency), currency)
    return ErpCredit(
        document=str(record.get("id", "")),
        number=str(record.get("tranId", "")),
        total=total,
        lines=tuple(lines),
        period=str(record.get("postingPeriod", {}).get("refName", "")),
        base=_base(record, total, names),
    )


def body_of(
    lines: Iterable[CreditLine], currency: str, sources: dict[str, str], codes: dict[str, str], names: Names
) -> Record:
    """Lines with their amounts and taxes spelt out, so that NetSuite works nothing out again.

    `sources` gives the source document's line for a line id, `codes` the internal id of a tax code. What is no line of
    the source is a new line of a service item: shipping, or what policies take off, one piece at a negative amount.
    """
    items, details = [], []
    for place, line in enumerate(lines, start=1):
        ref = f"T{place}"
        item: Record = {"amount": amount(line.net, currency), names.tax_reference: ref}
        pieces = 1 if is_adjustment(line.line_id) else line.quantity
        if line.line_id in sources:
            item |= {names.source_line: int(sources[line.line_id]), "quantity": pieces}
        else:
            item |= {"item": _service(line.line_id, names), "quantity": pieces, names.line_field: line.line_id}
        items.append(item)
        details += [
            {names.tax_reference: {"id": ref}, "taxCode": {"id": codes[code]}, "taxAmount": amount(tax, currency)}
            for code, tax in line.taxes.items()
        ]
    return {"item": {"items": items}, "taxDetailsOverride": True, "taxDetails": {"items": details}}


def _service(line_id: str, names: Names) -> Record:
    """The service item that stands for a line no article stands for."""
    known = {SHIPPING_LINE: names.shipping_item, RESTOCKING_FEE: names.fee_item, RETURN_SHIPPING_FEE: names.fee_item}
    item = known.get(line_id, names.price_item)
    return {"id": item} if item.isdecimal() else {"externalId": item}


@understood
def lines_of(record: Record, names: Names) -> dict[str, str]:
    """NetSuite's line number by our line id."""
    return {str(row.get(names.line_field) or f"erp-{row['line']}"): str(row["line"]) for row in _items(record, "item")}


@understood
def remaining(record: Record) -> int:
    """What of an invoice or a memo is open, in minor units of its currency."""
    return minor(record.get("amountRemaining", 0), str(record["currency"]["refName"]))


@understood
def applied_to(record: Record) -> set[str]:
    """Ids of what a memo is applied to."""
    return {str(row["doc"]["id"]) for row in _items(record, "apply") if row.get("apply")}


@understood
def state_of(record: Record) -> tuple[str, str]:
    """An authorization's state: its letter and its name."""
    return str(record["status"]["id"]), str(record["status"].get("refName", ""))


@understood
def open_lines(record: Record, *, leftover_only: bool) -> list[int]:
    """Numbers of an authorization's lines that are not closed; `leftover_only` leaves out the finished ones."""
    rows = [row for row in _items(record, "item") if not row.get("isClosed")]
    return [int(row["line"]) for row in rows if not (leftover_only and _finished(row))]


def _finished(row: Record) -> bool:
    """Credited in full, and received in full unless it is a service."""
    quantity = row["quantity"]
    kind = row["itemType"]
    # A choice with id and name on authorizations (REST API Browser 2026.1), plain text on some other records.
    goods = (kind["id"] if isinstance(kind, dict) else kind) == "InvtPart"
    received = not goods or row.get("quantityReceived", 0) >= quantity
    return bool(received and row.get("quantityBilled", 0) >= quantity)


def merged(lines: Iterable[CreditLine]) -> list[CreditLine]:
    """One line per line id: NetSuite takes a source line once per document."""
    found: dict[str, CreditLine] = {}
    for line in lines:
        seen = found.get(line.line_id)
        if seen is not None:
            taxes = {code: seen.taxes.get(code, 0) + line.taxes.get(code, 0) for code in {**seen.taxes, **line.taxes}}
            line = CreditLine(line.line_id, seen.quantity + line.quantity, seen.net + line.net, taxes)
        found[line.line_id] = line
    return list(found.values())


def _base(record: Record, total: Money, names: Names) -> Base | None:
    """The document's total in the books' currency: NetSuite keeps one rate per document and tells no base total."""
    rate = record.get("exchangeRate")
    if rate is None:
        return None
    worth = Decimal(total.minor).scaleb(exponent(names.base_currency) - exponent(total.currency)) * Decimal(str(rate))
    rounded = int(worth.quantize(Decimal(1), ROUND_HALF_UP))
    return Base(Money(rounded, names.base_currency), format(Decimal(str(rate)), "f"))


def _items(record: Record, sublist: str) -> list[Record]:
    items: list[Record] = record.get(sublist, {}).get("items", [])
    return items


def _taxes(record: Record, currency: str, names: Names) -> dict[str, dict[str, int]]:
    """{line reference: {tax code: minor units}}"""
    found: dict[str, dict[str, int]] = {}
    for row in _items(record, "taxDetails"):
        reference: Any = row[names.tax_reference]
        codes = found.setdefault(str(reference["id"] if isinstance(reference, dict) else reference), {})
        code = str(row["taxCode"]["refName"])
        codes[code] = codes.get(code, 0) + minor(row["taxAmount"], currency)
    return found


def _rates(record: Record) -> dict[str, str]:
    """{tax code: percent}"""
    rows = [row for row in _items(record, "taxDetails") if row.get("taxRate") is not None]
    return {str(row["taxCode"]["refName"]): format(Decimal(str(row["taxRate"])).normalize(), "f") for row in rows}


def _summed(parts: list[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for codes in parts:
        for code, tax in codes.items():
            total[code] = total.get(code, 0) + tax
    return total
