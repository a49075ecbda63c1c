"""Neutral order documents, as the sandbox takes them, become sales in Tryton: delivered, invoiced, paid.

Net amounts are the document's; taxes, roundings and numbers are Tryton's own. What the storefront calls things stays
readable: the sale's `web_id` is the order, its `reference` the order's name, a line's `note` is "line:<id>" (and
"line:shipping"), a tax's `name` is its code. Tryton copies a sale line's note to the invoice line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.money import decimal
from sandbox.posting import PostedOrder, PostedTax, post
from tryton_lab import delivery, payment
from tryton_lab.books import company, goods, taxes
from tryton_lab.customers import Customers
from tryton_lab.programs import PRICE_DECIMALS
from tryton_lab.rpc import Tryton

SHIPPING_NOTE = "line:shipping"
_PRICE = Decimal(1).scaleb(-PRICE_DECIMALS)


@dataclass(frozen=True, slots=True)
class Seeded:
    """What the books say of one order: record ids, and the posted invoice's own amounts; None when it has none."""

    order_id: int
    sale: int
    invoice: int | None
    number: str | None
    untaxed: Decimal | None
    tax: Decimal | None
    total: Decimal | None


def seed(tryton: Tryton, documents: Iterable[dict[str, Any]]) -> list[Seeded]:
    """As the administrator: sales are made in one call, and so is each of their next steps.

    Raises KeyError or ValueError for a document that is none, and Refused when an order is there already."""
    given = list(documents)
    orders = [post(document) for document in given]
    rows = _Rows(tryton, orders)
    methods = ["order" if document.get("invoiced", True) else "manual" for document in given]
    made = (rows.sale(order) | {"invoice_method": method} for order, method in zip(orders, methods, strict=True))
    sales = tryton.create("sale.sale", *made)
    tryton.call("sale.sale.quote", sales)
    tryton.call("sale.sale.confirm", sales)
    # Confirming processes in a task of its own, whose failure nobody would hear of; a repeat changes nothing.
    tryton.call("sale.sale.process", sales)
    by_sale = dict(zip(sales, orders, strict=True))
    delivery.deliver(tryton, {sale: order.delivered_at.date() for sale, order in by_sale.items() if order.delivered_at})
    invoices = _post(tryton, sales)
    for sale, invoice in invoices.items():
        payment.pay(tryton, invoice, by_sale[sale])
    return _read(tryton, by_sale, invoices)


def _post(tryton: Tryton, sales: list[int]) -> dict[int, int]:
    """The sales' invoices, posted. Every sale has one, or none when it is not to be invoiced yet."""
    rows = tryton.call("sale.sale.read", sales, ["id", "invoices"])
    invoices = {row["id"]: row["invoices"][0] for row in rows if row["invoices"]}
    for invoice in invoices.values():
        # Together they cost no less, and a warning about one would have all of them begun again.
        tryton.call("account.invoice.post", [invoice])
    return invoices


def _read(tryton: Tryton, orders: dict[int, PostedOrder], invoices: dict[int, int]) -> list[Seeded]:
    fields = ["id", "number", "untaxed_amount", "tax_amount", "total_amount"]
    rows = {row["id"]: row for row in tryton.call("account.invoice.read", list(invoices.values()), fields)}
    answers = []
    for sale, order in orders.items():
        invoice = invoices.get(sale)
        row = rows.get(invoice, {})
        amounts = (row.get("untaxed_amount"), row.get("tax_amount"), row.get("total_amount"))
        answers.append(Seeded(order.order_id, sale, invoice, row.get("number"), *amounts))
    return answers


class _Rows:
    """Turns orders into Tryton's records, with everything they refer to made first."""

    def __init__(self, tryton: Tryton, orders: list[PostedOrder]) -> None:
        self._shop = tryton.id("web.shop", ["name", "=", company.SHOP])
        self._unit = tryton.id("product.uom", ["name", "=", "Unit"])
        self._currencies = {row["code"]: row["id"] for row in tryton.find("currency.currency", fields=("id", "code"))}
        self._customers = Customers(tryton, orders)
        self._taxes = {tax.code: tax for order in orders for tax in _taxes(order)}
        self._tax_ids = {code: taxes.ensure(tryton, code, tax.rate) for code, tax in self._taxes.items()}
        self._products = _articles(tryton, orders)

    def sale(self, order: PostedOrder) -> dict[str, Any]:
        if order.currency not in self._currencies:
            raise ValueError(f"the lab's books have no currency {order.currency}, only {sorted(self._currencies)}")
        lines = [
            self._line(order, line.sku, line.title, line.quantity, line.net, line.taxes, f"line:{line.line_id}")
            for line in order.lines
        ]
        if order.shipping.price:
            shipping = order.shipping
            lines.append(self._line(order, goods.SHIPPING, "Shipping", 1, shipping.net, shipping.taxes, SHIPPING_NOTE))
        return {
            "web_shop": self._shop,
            "web_id": str(order.order_id),
            "reference": order.name,
            "sale_date": order.placed_at.date(),
            "currency": self._currencies[order.currency],
            "shipment_method": "order",
            "lines": [["create", lines]],
        } | self._customers.of(order)

    def _line(
        self,
        order: PostedOrder,
        sku: str,
        title: str,
        quantity: int,
        net: int,
        posted: tuple[PostedTax, ...],
        note: str,
    ) -> dict[str, Any]:
        """The unit price is the discounted one, with as many decimals as these books have for prices."""
        return {
            "type": "line",
            "product": self._products[sku],
            "description": title,
            "note": note,
            "quantity": float(quantity),
            "unit": self._unit,
            "unit_price": (decimal(net, order.currency) / quantity).quantize(_PRICE),
            "taxes": [["add", [self._tax_ids[tax.code] for tax in posted]]],
        }


def _articles(tryton: Tryton, orders: list[PostedOrder]) -> dict[str, int]:
    """The products of these orders' lines and of shipping. A new one expects the taxes of what brought it."""
    wanted = {line.sku: (line.title, line.taxes) for order in orders for line in order.lines}
    if shipped := [order.shipping.taxes for order in orders if order.shipping.price]:
        wanted[goods.SHIPPING] = ("Shipping", shipped[0])
    known = goods.find(tryton, list(wanted))
    missing: dict[tuple[str, tuple[str, ...]], dict[str, str]] = {}
    for sku, (title, posted) in wanted.items():
        if sku not in known:
            kind = "service" if sku == goods.SHIPPING else "goods"
            missing.setdefault((kind, tuple(tax.code for tax in posted)), {})[sku] = title
    for (kind, codes), titles in missing.items():
        known |= goods.create(tryton, titles, codes, kind)
    return known


def _taxes(order: PostedOrder) -> tuple[PostedTax, ...]:
    return sum((line.taxes for line in order.lines), order.shipping.taxes)
