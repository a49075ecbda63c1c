"""Refunds as the schema shows them."""

from sandbox.shopify.amounts import bag, money, written
from sandbox.shopify.gids import connection, node
from sandbox.shopify.line_views import line_view
from sandbox.shopify.order_views import View, order_view, shipping_line_view, transaction_view
from sandbox.shopify.shop import Doc, Shop, line_of, transaction_of
from sandbox.shopify.stock_views import location_view
from sandbox.shopify.worth import of_units


def refund_view(shop: Shop, refund: Doc) -> View:
    from sandbox.shopify.return_views import return_view

    order = shop.the_order(refund["order_id"])
    moved = [one for number in refund["transactions"] if (one := transaction_of(order, number))]
    origin = refund["return_id"] and shop.a_return(refund["return_id"])
    total, currency = sum(one["amount"] for one in moved), order["currency"]
    return node(
        "Refund",
        refund["id"],
        legacyResourceId=refund["id"],
        createdAt=refund["at"],
        updatedAt=refund["at"],
        processedAt=refund["processed_at"],
        note=refund["note"],
        order=lambda _info: order_view(shop, order),
        **{"return": (lambda _info: return_view(shop, origin)) if origin else None},
        totalRefunded=money(total, currency),
        totalRefundedSet=bag(total, currency),
        refundLineItems=connection(lambda: [_line(shop, order, line) for line in refund["lines"]]),
        refundShippingLines=connection(lambda: [_shipping(refund, order)] if refund["shipping"] else []),
        transactions=connection(lambda: [transaction_view(shop, order, one) for one in moved]),
    )


def _line(shop: Shop, order: Doc, line: Doc) -> View:
    sold, currency = line_of(order, line["line_id"]), order["currency"]
    worth, each = of_units(order, sold, line["quantity"]), of_units(order, sold, 1).subtotal
    return node(
        "RefundLineItem",
        line["id"],
        lineItem=lambda _info: line_view(shop, order, sold),
        location=location_view(shop, line["location"]) if line["location"] else None,
        quantity=line["quantity"],
        restockType=line["restock_type"],
        restocked=line["restocked"],
        price=written(each, currency),
        priceSet=bag(each, currency),
        subtotal=written(worth.subtotal, currency),
        subtotalSet=bag(worth.subtotal, currency),
        totalTax=written(worth.tax, currency),
        totalTaxSet=bag(worth.tax, currency),
    )


def _shipping(refund: Doc, order: Doc) -> View:
    return node(
        "RefundShippingLine",
        refund["id"],
        shippingLine=shipping_line_view(order),
        subtotalAmountSet=bag(refund["shipping"]["subtotal"], order["currency"]),
        taxAmountSet=bag(refund["shipping"]["tax"], order["currency"]),
    )
