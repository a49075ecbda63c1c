"""The thin payloads of the return and refund webhooks, shaped as Shopify's own examples are."""

from typing import Any

from sandbox.money import text
from sandbox.shopify.gids import gid
from sandbox.shopify.shop import Doc, Shop, transaction_of


def return_opened(shop: Shop, topic: str, doc: Doc) -> None:
    """returns/request and returns/approve: a lowercase status and no lines, so a receiver has to read again."""
    payload = {
        **_head(doc),
        "status": doc["status"].lower(),
        "order": _order(doc["order_id"]),
        "total_return_line_items": sum(line["quantity"] for line in doc["lines"]),
        "name": doc["name"],
        "return_line_items": [],
        "return_shipping_fees": [],
        "exchange_line_items": [],
        "total_exchange_line_items": 0,
    }
    shop.webhooks.emit(topic, payload)


def return_changed(shop: Shop, topic: str, doc: Doc) -> None:
    """returns/close, /reopen, /cancel, /decline."""
    payload = {**_head(doc), "order_id": doc["order_id"], "status": doc["status"].lower()}
    shop.webhooks.emit(topic, payload)


def return_processed(shop: Shop, doc: Doc) -> None:
    # Shopify's published example of this topic is an empty object; the id is the least a receiver can work with.
    shop.webhooks.emit("returns/process", {**_head(doc), "order_id": doc["order_id"]})


def refund_created(shop: Shop, order: Doc, refund: Doc) -> None:
    moved = [transaction_of(order, number) for number in refund["transactions"]]
    payload = {
        "id": refund["id"],
        "admin_graphql_api_id": gid("Refund", refund["id"]),
        "order_id": order["id"],
        "created_at": refund["at"],
        "processed_at": refund["at"],
        "note": refund["note"],
        "user_id": None,
        "restock": any(line["restocked"] for line in refund["lines"]),
        "return": _return(refund),
        "duties": [],
        "total_duties_set": _bag(0, order["currency"]),
        "order_adjustments": [],
        "refund_shipping_lines": [],
        "refund_line_items": [
            {
                "id": line["id"],
                "line_item_id": line["line_id"],
                "quantity": line["quantity"],
                "restock_type": line["restock_type"].lower(),
                "location_id": None,
            }
            for line in refund["lines"]
        ],
        "transactions": [
            {
                "id": one["id"],
                "kind": "refund",
                "gateway": one["gateway"],
                "amount": text(one["amount"], order["currency"]),
                "currency": order["currency"],
                "parent_id": one["parent"],
                "status": "success",
            }
            for one in moved
            if one
        ],
    }
    shop.webhooks.emit("refunds/create", payload)


def _head(doc: Doc) -> dict[str, Any]:
    return {"id": doc["id"], "admin_graphql_api_id": gid("Return", doc["id"])}


def _order(number: int) -> dict[str, Any]:
    return {"id": number, "admin_graphql_api_id": gid("Order", number)}


def _bag(amount: int, currency: str) -> dict[str, Any]:
    """REST's spelling of a money bag; webhooks are written in it."""
    one = {"amount": text(amount, currency), "currency_code": currency}
    return {"shop_money": one, "presentment_money": one}


def _return(refund: Doc) -> dict[str, Any] | None:
    if refund["return_id"] is None:
        return None
    return {"id": refund["return_id"], "admin_graphql_api_id": gid("Return", refund["return_id"])}
