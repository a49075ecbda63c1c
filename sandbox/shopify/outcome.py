"""What a return comes to: the suggested financial outcome of an open one, the calculation of one not made yet.

items - fees - exchange items + shipping: what is left over is refunded, what is missing is to be invoiced; a refund is
never negative. Of a calculation amounts that come back to the customer are negative, as recorded.
"""

from dataclasses import dataclass
from typing import Any

from sandbox.shopify import refunds, return_lines
from sandbox.shopify.amounts import bag, written
from sandbox.shopify.gids import number_of
from sandbox.shopify.line_views import fulfillment_line_view
from sandbox.shopify.order_views import View, transaction_view
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.returns import exchange_of, line_of
from sandbox.shopify.shop import Doc, Shop, captured, refunded
from sandbox.shopify.shop import line_of as sold_line
from sandbox.shopify.stock_views import variant_view
from sandbox.shopify.worth import of_exchange, of_units, restocking_fee, shipping_left


@dataclass(frozen=True)
class Outcome:
    """Whole minor units; `net` is refunded when positive, invoiced when negative."""

    subtotal: int
    tax: int
    order_discount: int
    shipping: int
    net: int
    to_store_credit: bool


def suggest(shop: Shop, order: Doc, doc: Doc, wish: Doc) -> Outcome | None:
    """Of these units of a return; None when one of them is not on it."""
    subtotal = tax = paid = discount = fees = exchanged = 0
    for one in wish["returnLineItems"]:
        line = line_of(doc, number_of("ReturnLineItem", one["id"]))
        if line is None or not 0 < one["quantity"] <= line["quantity"]:
            return None
        sold = sold_line(order, line["line_id"])
        worth = of_units(order, sold, one["quantity"])
        subtotal, tax, paid = subtotal + worth.subtotal, tax + worth.tax, paid + worth.paid
        discount += worth.before_order_discount - worth.subtotal
        if line["fee"]:
            fees += restocking_fee(order, sold, one["quantity"], line["fee"]["percentage"])
    for one in wish["exchangeLineItems"]:
        item = exchange_of(doc, number_of("ExchangeLineItem", one["id"]))
        if item is None or not 0 < one["quantity"] <= item["quantity"]:
            return None
        exchanged += of_exchange(order, item, one["quantity"]).paid
    # The fee for sending goods back is due once, with the first units that are processed.
    if doc["shipping_fee"] and not any(line["processed"] for line in doc["lines"]):
        fees += doc["shipping_fee"]["amount"]
    try:
        shipping = refunds.shipping_of(shop, order, wish.get("refundShipping"), "shippingRefundAmount")
    except Refusal:
        return None
    back = shipping["paid"] if shipping else 0
    net = paid - fees - exchanged + back
    return Outcome(subtotal, tax, discount, back, net, wish.get("refundMethodAllocation") == "STORE_CREDIT")


def view(shop: Shop, order: Doc, found: Outcome | None) -> View | None:
    if found is None:
        return None
    currency = order["currency"]
    most = captured(order) - refunded(order)
    return {
        "discountedSubtotal": bag(found.subtotal, currency),
        "totalTax": bag(found.tax, currency),
        "totalCartDiscountAmount": bag(found.order_discount, currency),
        "totalDuties": bag(0, currency),
        "totalAdditionalFees": bag(0, currency),
        "maximumRefundable": bag(most, currency),
        "shipping": {
            "amountSet": bag(found.shipping, currency),
            "maximumRefundableSet": bag(shipping_left(shop, order), currency),
        },
        "financialTransfer": _transfer(shop, order, found, most),
    }


def _transfer(shop: Shop, order: Doc, found: Outcome, most: int) -> View | None:
    currency = order["currency"]
    if found.net < 0:
        return {"__typename": "InvoiceReturnOutcome", "amount": bag(-found.net, currency)}
    amount = min(found.net, most)
    methods = []
    if found.to_store_credit:
        money = {"amount": bag(amount, currency), "maximumRefundable": bag(most, currency)}
        methods = [{"__typename": "SuggestedStoreCreditRefund", **money}]
    return {
        "__typename": "RefundReturnOutcome",
        "amount": bag(amount, currency),
        "suggestedRefundMethods": methods,
        "suggestedTransactions": [] if found.to_store_credit else _transactions(shop, order, amount),
    }


def _transactions(shop: Shop, order: Doc, amount: int) -> list[View]:
    """The amount over the order's payments in their order, each up to what is left of it."""
    found: list[View] = []
    for one in order["transactions"]:
        left = one["amount"] - refunded(order, one["id"]) if one["kind"] in ("SALE", "CAPTURE") else 0
        part = min(amount, left)
        if part <= 0:
            continue
        amount -= part
        found.append(
            {
                "amount": written(part, order["currency"]),
                "amountSet": bag(part, order["currency"]),
                "gateway": one["gateway"],
                "formattedGateway": one["gateway"].replace("_", " ").capitalize(),
                "kind": "SUGGESTED_REFUND",
                "maximumRefundableSet": bag(left, order["currency"]),
                "parentTransaction": transaction_view(shop, order, one),
            }
        )
    return found


def calculate(shop: Shop, wish: Doc) -> View | None:
    """returnCalculate: the lines of a return that is only thought of. None for an order or a line that is not there."""
    order = shop.order(number_of("Order", wish["orderId"]))
    if order is None:
        return None
    try:
        items = return_lines.exchanges(shop, order, wish.get("exchangeLineItems"), "input")
        fee = return_lines.shipping_fee(shop, order, wish.get("returnShippingFee"), "input")
        lines = [_line(shop, order, one) for one in wish.get("returnLineItems") or []]
    except Refusal:
        return None
    return {
        "id": _made_up(shop, "CalculatedReturn"),
        "returnLineItems": lines,
        "exchangeLineItems": [_item(shop, order, one) for one in items],
        "returnShippingFee": fee
        and {
            "__typename": "CalculatedReturnShippingFee",
            "id": _made_up(shop, "CalculatedReturnShippingFee"),
            "amountSet": bag(fee["amount"], order["currency"]),
        },
    }


def _line(shop: Shop, order: Doc, wish: Doc) -> View:
    part = return_lines.fulfilled(shop, order, wish["fulfillmentLineItemId"], "input")
    if not 0 < wish["quantity"] <= part["quantity"]:
        raise Refusal(return_lines.BAD_QUANTITY, "INVALID", "input")
    sold, currency, asked = sold_line(order, part["line_id"]), order["currency"], wish.get("restockingFee")
    worth = of_units(order, sold, wish["quantity"])
    fee: View | None = None
    if asked:
        fee = {
            "__typename": "CalculatedRestockingFee",
            "id": _made_up(shop, "CalculatedRestockingFee"),
            "percentage": asked["percentage"],
            "amountSet": bag(restocking_fee(order, sold, wish["quantity"], str(asked["percentage"])), currency),
        }
    return {
        "id": _made_up(shop, "CalculatedReturnLineItem"),
        "fulfillmentLineItem": fulfillment_line_view(shop, part),
        "quantity": wish["quantity"],
        "restockingFee": fee,
        "subtotalBeforeOrderDiscountsSet": bag(-worth.before_order_discount, currency),
        "subtotalSet": bag(-worth.subtotal, currency),
        "totalTaxSet": bag(-worth.tax, currency),
    }


def _item(shop: Shop, order: Doc, item: Doc) -> View:
    worth, currency, stock = of_exchange(order, item, item["quantity"]), order["currency"], shop.stock(item["sku"])
    return {
        "id": _made_up(shop, "CalculatedExchangeLineItem"),
        "quantity": item["quantity"],
        "variant": variant_view(shop, stock) if stock else None,
        "originalUnitPriceSet": bag(item["unit_price"], currency),
        "discountedUnitPriceSet": bag(worth.subtotal // item["quantity"], currency),
        "subtotalSet": bag(worth.subtotal, currency),
        "totalTaxSet": bag(worth.tax, currency),
    }


def _made_up(shop: Shop, kind: str) -> Any:
    """A calculation is not kept, but its parts have ids of their own."""
    return f"gid://shopify/{kind}/{shop.world.chance.guid('shopify.calculation')}"
