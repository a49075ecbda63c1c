"""Reverse fulfillment orders and deliveries as the schema shows them."""

from sandbox.shopify.gids import connection, node
from sandbox.shopify.line_views import fulfillment_line_view
from sandbox.shopify.order_views import View, order_view
from sandbox.shopify.shop import Doc, Shop
from sandbox.shopify.stock_views import location_view


def reverse_order_view(shop: Shop, doc: Doc) -> View:
    """Of a return that has one."""
    reverse = doc["reverse_order"]
    return node(
        "ReverseFulfillmentOrder",
        reverse["id"],
        status=reverse["status"],
        order=lambda _info: order_view(shop, shop.the_order(doc["order_id"])),
        lineItems=connection(
            lambda: [reverse_line_view(shop, line) for line in reverse["lines"] if line["quantity"] > 0]
        ),
        reverseDeliveries=connection(
            lambda: [
                delivery_view(shop, one)
                for one in shop.books.find("shopify.reverseDelivery", reverse_order_id=reverse["id"])
            ]
        ),
    )


def reverse_line_view(shop: Shop, line: Doc) -> View:
    part = shop.fulfillment_line(line["fulfillment_line_id"])
    return node(
        "ReverseFulfillmentOrderLineItem",
        line["id"],
        totalQuantity=line["quantity"],
        fulfillmentLineItem=fulfillment_line_view(shop, part) if part else None,
        dispositions=[
            node(
                "ReverseFulfillmentOrderDisposition",
                one["id"],
                createdAt=one["at"],
                quantity=one["quantity"],
                type=one["type"],
                location=location_view(shop, one["location"]) if one["location"] else None,
            )
            for one in line["dispositions"]
        ],
    )


def delivery_view(shop: Shop, delivery: Doc) -> View:
    owner = shop.a_return(delivery["return_id"])
    assert owner is not None
    lines = {line["id"]: line for line in owner["reverse_order"]["lines"]}
    tracking, label = delivery["tracking"], delivery["label"]
    deliverable = {
        "__typename": "ReverseDeliveryShippingDeliverable",
        "tracking": tracking and {**tracking, "carrierName": None},
        "label": label and {"publicFileUrl": label["url"], "createdAt": label["at"], "updatedAt": label["updated_at"]},
    }
    return node(
        "ReverseDelivery",
        delivery["id"],
        deliverable=deliverable if tracking or label else None,
        reverseFulfillmentOrder=lambda _info: reverse_order_view(shop, owner),
        reverseDeliveryLineItems=connection(
            lambda: [
                node(
                    "ReverseDeliveryLineItem",
                    one["id"],
                    quantity=one["quantity"],
                    # Goods are disposed of on the reverse fulfillment order's line, which knows no delivery.
                    dispositions=[],
                    reverseFulfillmentOrderLineItem=reverse_line_view(shop, lines[one["line_id"]]),
                )
                for one in delivery["lines"]
            ]
        ),
    )
