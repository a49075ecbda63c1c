"""Returns, reverse fulfillment orders and refunds as the schema shows them."""

from sandbox.shopify.amounts import bag
from sandbox.shopify.gids import connection, gid
from sandbox.shopify.order_views import (
    View,
    fulfillment_line_view,
    fulfillment_view,
    line_view,
    order_view,
    transaction_view,
)
from sandbox.shopify.shop import REASONS, Doc, Shop, line_of, transaction_of
from sandbox.shopify.stock_views import location_view


def return_view(shop: Shop, doc: Doc) -> View:
    order = shop.the_order(doc["order_id"])
    kept = [line for line in doc["lines"] if line["quantity"] > 0]
    refunds = [one for one in shop.refunds_of(order["id"]) if one["return_id"] == doc["id"]]
    moved = [transaction_of(order, number) for refund in refunds for number in refund["transactions"]]
    return {
        "__typename": "Return",
        "id": gid("Return", doc["id"]),
        "name": doc["name"],
        "status": doc["status"],
        "createdAt": doc["created_at"],
        "requestApprovedAt": doc["approved_at"],
        "closedAt": doc["closed_at"],
        "decline": doc["decline"],
        "order": lambda _info: order_view(shop, order),
        "totalQuantity": sum(line["quantity"] for line in kept),
        "returnLineItems": connection(lambda: [return_line_view(shop, line) for line in kept]),
        "reverseFulfillmentOrders": connection(lambda: [reverse_order_view(shop, doc)] if doc["reverse_order"] else []),
        "refunds": connection(lambda: [refund_view(shop, one) for one in refunds]),
        "transactions": connection(lambda: [transaction_view(order, one) for one in moved if one]),
    }


def return_line_view(shop: Shop, line: Doc) -> View:
    left = line["quantity"] - line["processed"]
    reason = next(one for one in REASONS if one[0] == line["reason"])
    part = shop.fulfillment_line(line["fulfillment_line_id"])
    assert part is not None
    return {
        "__typename": "ReturnLineItem",
        "id": gid("ReturnLineItem", line["id"]),
        "customerNote": line["customer_note"],
        "fulfillmentLineItem": lambda _info: fulfillment_line_view(shop, part),
        "processableQuantity": left,
        "processedQuantity": line["processed"],
        "quantity": line["quantity"],
        "refundableQuantity": line["quantity"] - line["refunded"],
        "refundedQuantity": line["refunded"],
        "returnReason": reason[3],
        "returnReasonDefinition": reason_view(reason),
        "returnReasonNote": line["note"],
        "unprocessedQuantity": left,
    }


def reason_view(reason: tuple[int, str, str, str]) -> View:
    number, handle, name, _ = reason
    return {"id": gid("ReturnReasonDefinition", number), "handle": handle, "name": name, "deleted": False}


def reverse_order_view(shop: Shop, doc: Doc) -> View:
    reverse = doc["reverse_order"]
    return {
        "id": gid("ReverseFulfillmentOrder", reverse["id"]),
        "status": reverse["status"],
        "order": lambda _info: order_view(shop, shop.the_order(doc["order_id"])),
        "lineItems": connection(lambda: [reverse_line_view(shop, line) for line in reverse["lines"]]),
    }


def reverse_line_view(shop: Shop, line: Doc) -> View:
    part = shop.fulfillment_line(line["fulfillment_line_id"])
    return {
        "id": gid("ReverseFulfillmentOrderLineItem", line["id"]),
        "totalQuantity": line["quantity"],
        "fulfillmentLineItem": fulfillment_line_view(shop, part) if part else None,
        "dispositions": [
            {
                "id": gid("ReverseFulfillmentOrderDisposition", one["id"]),
                "createdAt": one["at"],
                "quantity": one["quantity"],
                "type": one["type"],
                "location": location_view() if one["located"] else None,
            }
            for one in line["dispositions"]
        ],
    }


def refund_view(shop: Shop, refund: Doc) -> View:
    order = shop.the_order(refund["order_id"])
    moved = [transaction_of(order, number) for number in refund["transactions"]]
    origin = refund["return_id"] and shop.a_return(refund["return_id"])
    return {
        "id": gid("Refund", refund["id"]),
        "legacyResourceId": refund["id"],
        "createdAt": refund["at"],
        "note": refund["note"],
        "order": lambda _info: order_view(shop, order),
        "return": (lambda _info: return_view(shop, origin)) if origin else None,
        "totalRefundedSet": bag(sum(one["amount"] for one in moved if one), order["currency"]),
        "refundLineItems": connection(lambda: [_refund_line(shop, order, line) for line in refund["lines"]]),
        "transactions": connection(lambda: [transaction_view(order, one) for one in moved if one]),
    }


def returnable_view(shop: Shop, order: Doc) -> View:
    parts = [shop.fulfillment_line(number) for number in order["fulfillment"]["lines"]]
    open_parts = [(part, shop.returnable(part)) for part in parts if part]
    return {
        "id": gid("ReturnableFulfillment", order["fulfillment"]["id"]),
        "fulfillment": fulfillment_view(shop, order),
        "returnableFulfillmentLineItems": connection(
            lambda: [
                {"fulfillmentLineItem": fulfillment_line_view(shop, part), "quantity": left}
                for part, left in open_parts
                if left > 0
            ]
        ),
    }


def _refund_line(shop: Shop, order: Doc, line: Doc) -> View:
    return {
        "id": gid("RefundLineItem", line["id"]),
        "lineItem": line_view(shop, order, line_of(order, line["line_id"])),
        "location": location_view() if line["restocked"] else None,
        "quantity": line["quantity"],
        "restockType": line["restock_type"],
        "restocked": line["restocked"],
    }
