"""The payloads of the shop's webhooks, thin as Shopify's own examples are; amounts and names in REST's spelling."""

from typing import Any

from sandbox.money import text
from sandbox.shopify.gids import gid
from sandbox.shopify.shop import Doc, Shop, line_of, transaction_of
from sandbox.shopify.worth import of_units


def return_opened(shop: Shop, topic: str, doc: Doc) -> None:
    """returns/request and returns/approve: a lowercase status and no lines, so a receiver has to read again."""
    currency = shop.the_order(doc["order_id"])["currency"]
    fee = doc["shipping_fee"]
    shop.webhooks.emit(
        topic,
        lambda: {
            **_named("Return", doc["id"]),
            "status": doc["status"].lower(),
            "order": _named("Order", doc["order_id"]),
            "total_return_line_items": sum(line["quantity"] for line in doc["lines"]),
            "name": doc["name"],
            "return_line_items": [],
            "return_shipping_fees": [{**_named("ReturnShippingFee", fee["id"]), "price": _bag(fee["amount"], currency)}]
            if fee
            else [],
            "exchange_line_items": [
                {**_named("ExchangeLineItem", one["id"]), "line_item": None} for one in doc["exchange"]
            ],
            "total_exchange_line_items": len(doc["exchange"]),
        },
    )


def return_changed(shop: Shop, topic: str, doc: Doc) -> None:
    """returns/close, /reopen, /cancel."""
    shop.webhooks.emit(
        topic, lambda: {**_named("Return", doc["id"]), "order_id": doc["order_id"], "status": doc["status"].lower()}
    )


def return_declined(shop: Shop, doc: Doc) -> None:
    shop.webhooks.emit(
        "returns/decline",
        lambda: {
            **_named("Return", doc["id"]),
            "status": "declined",
            "order": _named("Order", doc["order_id"]),
            "decline": {"reason": doc["decline"]["reason"].lower(), "note": doc["decline"]["note"]},
        },
    )


def return_updated(shop: Shop, doc: Doc, removed: list[tuple[int, int]]) -> None:
    """returns/update has no id of its own but the global one; it tells what was taken off which line."""
    taken = [{"admin_graphql_api_id": gid("ReturnLineItem", line), "delta": count} for line, count in removed]
    shop.webhooks.emit(
        "returns/update",
        lambda: {
            "admin_graphql_api_id": gid("Return", doc["id"]),
            "return_line_items": {"removals": taken},
            "restocking_fees": {"updates": [], "removals": []},
            "return_shipping_fees": {"updates": [], "removals": []},
        },
    )


def return_processed(shop: Shop, doc: Doc) -> None:
    # Shopify's published example of this topic is an empty object; the id is the least a receiver can work with.
    shop.webhooks.emit("returns/process", lambda: {**_named("Return", doc["id"]), "order_id": doc["order_id"]})


def disposed(shop: Shop, doc: Doc, made: list[tuple[int, Doc]]) -> None:
    """`made`: (reverse fulfillment order line, its new disposition)."""
    dispositions = [
        {
            "reverse_fulfillment_order_line_item": _named("ReverseFulfillmentOrderLineItem", line),
            "reverse_delivery_line_item": None,
            "type": one["type"].lower(),
            "location": _named("Location", one["location"]) if one["location"] else None,
            "quantity": one["quantity"],
        }
        for line, one in made
    ]
    shop.webhooks.emit(
        "reverse_fulfillment_orders/dispose",
        lambda: {
            **_named("ReverseFulfillmentOrder", doc["reverse_order"]["id"]),
            "dispositions": dispositions,
            "total_dispositions": len(dispositions),
        },
    )


def delivery_told(shop: Shop, delivery: Doc) -> None:
    tracking, label = delivery["tracking"], delivery["label"]
    shop.webhooks.emit(
        "reverse_deliveries/attach_deliverable",
        lambda: {
            **_named("ReverseDelivery", delivery["id"]),
            "return": _named("Return", delivery["return_id"]),
            "shipping_deliverable": {
                "tracking": tracking
                and {"carrier_name": None, "tracking_number": tracking["number"], "tracking_url": tracking["url"]},
                "label": label and {"public_file_url": label["url"], "created_at": label["at"]},
            },
        },
    )


def refund_created(shop: Shop, order: Doc, refund: Doc) -> None:
    shop.webhooks.emit("refunds/create", lambda: _refund(shop, order, refund))


def bulk_finished(shop: Shop, operation: Doc, after: float) -> None:
    shop.webhooks.emit(
        "bulk_operations/finish",
        lambda: {
            "admin_graphql_api_id": gid("BulkOperation", operation["id"]),
            "completed_at": operation["completed_at"],
            "created_at": operation["at"],
            "error_code": None,
            "status": "completed",
            "type": operation["type"].lower(),
        },
        after=after,
    )


def _refund(shop: Shop, order: Doc, refund: Doc) -> Doc:
    currency = order["currency"]
    moved = [transaction_of(order, number) for number in refund["transactions"]]
    return {
        "id": refund["id"],
        "admin_graphql_api_id": gid("Refund", refund["id"]),
        "order_id": order["id"],
        "created_at": refund["at"],
        "processed_at": refund["processed_at"],
        "note": refund["note"],
        "user_id": None,
        "restock": any(line["restocked"] for line in refund["lines"]),
        "return": _named("Return", refund["return_id"]) if refund["return_id"] else None,
        "duties": [],
        "total_duties_set": _bag(0, currency),
        "order_adjustments": [],
        "refund_shipping_lines": [
            {
                "id": refund["id"],
                "shipping_line_id": order["id"],
                "subtotal_amount_set": _bag(refund["shipping"]["subtotal"], currency),
            }
        ]
        if refund["shipping"]
        else [],
        "refund_line_items": [_refund_line(order, line) for line in refund["lines"]],
        "transactions": [_transaction(order, one) for one in moved if one],
    }


def _refund_line(order: Doc, line: Doc) -> Doc:
    sold, currency = line_of(order, line["line_id"]), order["currency"]
    worth = of_units(order, sold, line["quantity"])
    return {
        "id": line["id"],
        "line_item_id": line["line_id"],
        "quantity": line["quantity"],
        "restock_type": line["restock_type"].lower(),
        "location_id": line["location"],
        "subtotal": float(text(worth.subtotal, currency)),
        "total_tax": float(text(worth.tax, currency)),
        "subtotal_set": _bag(worth.subtotal, currency),
        "total_tax_set": _bag(worth.tax, currency),
        "line_item": {
            **_named("LineItem", sold["id"]),
            "title": sold["title"],
            "name": sold["title"],
            "sku": sold["sku"],
            "quantity": sold["quantity"],
            "price": text(sold["unit_price"], currency),
            "total_discount": text(sold["discount"], currency),
        },
    }


def _transaction(order: Doc, one: Doc) -> Doc:
    return {
        **_named("OrderTransaction", one["id"]),
        "order_id": order["id"],
        "kind": "refund",
        "gateway": one["gateway"],
        "amount": text(one["amount"], order["currency"]),
        "currency": order["currency"],
        "parent_id": one["parent"],
        "status": "success",
        "created_at": one["at"],
        "processed_at": one["at"],
    }


def _named(kind: str, number: int) -> dict[str, Any]:
    return {"id": number, "admin_graphql_api_id": gid(kind, number)}


def _bag(amount: int, currency: str) -> dict[str, Any]:
    """REST's spelling of a money bag; webhooks are written in it."""
    one = {"amount": text(amount, currency), "currency_code": currency}
    return {"shop_money": one, "presentment_money": one}
