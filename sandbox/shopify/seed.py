"""Takes a neutral order document into the shop: order, fulfillment, payments, stock."""

from datetime import datetime
from typing import Any

from sandbox.posting import PostedLine, PostedOrder, PostedTax, post
from sandbox.shopify.gids import gid
from sandbox.shopify.shop import STATES, Doc, Shop

# What a sku has on the shelf when the sandbox first hears of it.
_ON_SHELF = 100


def seed(shop: Shop, document: dict[str, Any]) -> dict[str, Any]:
    posted = post(document)
    order = _order(shop, posted)
    for line in posted.lines:
        _stock(shop, line, order)
    _customer(shop, order)
    shop.save("order", order)
    return {
        "order": gid("Order", order["id"]),
        "transactions": [gid("OrderTransaction", one["id"]) for one in order["transactions"]],
        "fulfillment": gid("Fulfillment", order["fulfillment"]["id"]) if order["fulfillment"] else None,
    }


def _order(shop: Shop, posted: PostedOrder) -> Doc:
    return {
        "id": posted.order_id,
        "name": posted.name,
        "created_at": _stamp(posted.placed_at),
        "currency": posted.currency,
        "country": posted.country,
        "channel": posted.channel,
        "locale": posted.locale,
        "inclusive": posted.prices_include_tax,
        "minimum_spend": posted.minimum_spend,
        "total": posted.total,
        "on_account": any(tender.kind == "account" for tender in posted.tenders),
        "customer": {
            "id": posted.customer.id,
            "email": posted.customer.email,
            "first_name": posted.customer.first_name,
            "last_name": posted.customer.last_name,
            "company": posted.customer.company,
            "tags": list(posted.customer.tags),
        },
        "lines": [_line(line) for line in posted.lines],
        "shipping": {"price": posted.shipping.price, "taxes": _taxes(posted.shipping.taxes)},
        "fulfillment": _fulfillment(shop, posted),
        "transactions": [
            {
                "id": shop.number("transaction", 31_000_001),
                "kind": "SALE",
                "gateway": tender.gateway,
                "amount": tender.amount,
                "parent": None,
                "at": _stamp(posted.placed_at),
            }
            for tender in posted.tenders
            if tender.kind != "account"
        ],
        "return_count": 0,
        "cancelled": None,
        "updated_at": _stamp(posted.placed_at),
    }


def _line(line: PostedLine) -> Doc:
    return {
        "id": line.line_id,
        "sku": line.sku,
        "title": line.title,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "discount": line.discount,
        "order_discount": line.order_discount,
        "taxes": _taxes(line.taxes),
        "final_sale": line.final_sale,
        "bundle": line.bundle,
        "bundles": line.bundles,
        "stand_alone": line.stand_alone,
        "serials": list(line.serials),
    }


def _taxes(taxes: tuple[PostedTax, ...]) -> list[Doc]:
    return [{"code": tax.code, "rate": tax.rate, "amount": tax.amount} for tax in taxes]


def _fulfillment(shop: Shop, posted: PostedOrder) -> Doc | None:
    """Delivered orders have one fulfillment with every line; others have none."""
    if posted.delivered_at is None:
        return None
    parts = []
    for line in posted.lines:
        part = {
            "id": shop.number("fulfillmentLine", 41_000_001),
            "order_id": posted.order_id,
            "line_id": line.line_id,
            "quantity": line.quantity,
        }
        shop.save("fulfillmentLine", part)
        parts.append(part["id"])
    return {"id": shop.number("fulfillment", 51_000_001), "delivered_at": _stamp(posted.delivered_at), "lines": parts}


def _stock(shop: Shop, line: PostedLine, order: Doc) -> None:
    """A variant, its inventory item and what is on the shelf; the first order that names a sku sets its price."""
    if shop.stock(line.sku) is not None:
        return
    stock = {
        "id": shop.number("inventoryItem", 61_000_001),
        "sku": line.sku,
        "title": line.title,
        "price": line.unit_price,
        "currency": order["currency"],
        "taxes": _taxes(line.taxes),
        "at": order["created_at"],
        "updated_at": order["created_at"],
        "elsewhere": {},
        **dict.fromkeys(STATES, 0),
        "available": _ON_SHELF,
        "on_hand": _ON_SHELF,
    }
    shop.save("stock", stock)


def _customer(shop: Shop, order: Doc) -> None:
    known = shop.customer(order["customer"]["id"])
    since = known["at"] if known else order["created_at"]
    shop.save("customer", order["customer"] | {"at": min(since, order["created_at"]), "updated_at": shop.stamp()})


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
