"""The answer of the calculator as a document: every amount a decimal string with the currency's own decimals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.invoice import BUNDLE, PROMOTION, SHIPPING_LINE, InvoiceLine, is_adjustment
from domain.money import Money
from domain.refund import CreditLine
from domain.reversal import Taken
from domain.terms import Price
from runtime.calculator.goods import component_id
from runtime.calculator.parts import Parts
from runtime.calculator.refunds import Refund
from runtime.calculator.sold import Sold

PROMOTION_CLAW_BACK, BUNDLE_FORFEIT = "promotion_claw_back", "bundle_forfeit"


def answer(parts: Parts, sold: Sold, refunds: Sequence[Refund], taken: Mapping[str, Taken]) -> dict[str, Any]:
    currency = sold.invoice.currency
    pairs = zip(parts.returns, refunds, strict=True)
    return {
        "currency": currency,
        "invoice": _invoice(parts, sold),
        "returns": [{"id": given.id} | _refund(refund, currency) for given, refund in pairs],
        "remaining": _remaining(sold, taken),
    }


def _invoice(parts: Parts, sold: Sold) -> dict[str, Any]:
    """What was posted, as told and as worked out."""
    invoice = sold.invoice
    shipping = _price(invoice.line(SHIPPING_LINE))
    shares = {line_id: _decimal(share, invoice.currency) for line_id, share in sold.shares.items()}
    discount = {"amount": _decimal(sum(sold.shares.values()), invoice.currency), "allocation": shares}
    base = {} if sold.base is None else {"base_total": sold.base.decimal(), "base_currency": sold.base.currency}
    return {
        "lines": list(_lines(parts, sold)),
        "order_discount": discount,
        "shipping": _amounts(shipping, invoice.currency),
        "total": invoice.total.decimal(),
        **base,
    }


def _lines(parts: Parts, sold: Sold) -> Iterator[dict[str, Any]]:
    prices = {line.line_id: (line.quantity, _price(line)) for line in sold.invoice.lines}
    currency = sold.invoice.currency
    for line in parts.lines:
        assert line is not None, "a line that cannot be read is a problem, and problems have no answer"
        if line.bundle is None:
            yield {"id": line.id, "quantity": line.quantity} | _amounts(prices[line.id][1], currency)
            continue
        named = [(one.id, *prices[component_id(line.id, one.id)]) for one in line.bundle.components]
        whole = sum((price for _, _, price in named), Price(0))
        components = [{"id": name, "quantity": units} | _amounts(price, currency) for name, units, price in named]
        yield {"id": line.id, "quantity": line.quantity} | _amounts(whole, currency) | {"components": components}


def _refund(refund: Refund, currency: str) -> dict[str, Any]:
    lines, shipping, fees = [], {}, []
    for line in refund.reckoning.lines:
        if line.line_id == SHIPPING_LINE:
            shipping = _amounts(_price(line), currency)
        elif is_adjustment(line.line_id):
            fees.append(_named(line.line_id) | _amounts(-_price(line), currency))
        else:
            units = {"line": line.line_id, "quantity": refund.asked[line.line_id]}
            lines.append(units | _amounts(_price(line), currency))
    base = {} if refund.base is None else {"base_total": refund.base.decimal()}
    return {
        "lines": lines,
        "fees": fees,
        "shipping": shipping,
        "total": refund.total.decimal(),
        "tenders": {tender.tender_id: part.decimal() for tender, part in refund.tenders},
        "on_account": refund.on_account.decimal(),
        **base,
        "policies": [
            _noted(note.name) | {"reason": note.reason, "amount": _decimal(note.amount, currency)}
            for note in refund.reckoning.notes
        ],
    }


def _named(line_id: str) -> dict[str, Any]:
    if line_id.startswith(BUNDLE):
        return {"name": BUNDLE_FORFEIT, "bundle": line_id.removeprefix(BUNDLE)}
    return {"name": PROMOTION_CLAW_BACK if line_id == PROMOTION else line_id}


def _noted(name: str) -> dict[str, str]:
    """A note's name; those on bundles name theirs beside it."""
    if name.startswith(BUNDLE):
        return {"name": "bundle", "bundle": name.removeprefix(BUNDLE)}
    return {"name": name}


def _remaining(sold: Sold, taken: Mapping[str, Taken]) -> dict[str, Any]:
    """What of the invoice may still come back; what was clawed back comes back with the last of it."""
    invoice = sold.invoice
    left = {line.line_id: line.total - taken.get(line.line_id, Taken()).total for line in invoice.lines}
    held = -sum(one.total for line_id, one in taken.items() if line_id == PROMOTION or line_id.startswith(BUNDLE))
    shown = {line_id: _decimal(amount, invoice.currency) for line_id, amount in left.items()}
    shipping = {SHIPPING_LINE: shown.pop(SHIPPING_LINE)} if SHIPPING_LINE in shown else {}
    return {"total": _decimal(sum(left.values()) + held, invoice.currency), "lines": shown, **shipping}


def _price(line: InvoiceLine | CreditLine | None) -> Price:
    return Price(line.net, line.taxes) if line is not None else Price(0)


def _amounts(price: Price, currency: str) -> dict[str, Any]:
    taxes = {code: _decimal(amount, currency) for code, amount in price.taxes.items()}
    return {"net": _decimal(price.net, currency), "taxes": taxes, "total": _decimal(price.total, currency)}


def _decimal(minor: int, currency: str) -> str:
    return Money(minor, currency).decimal()
