# ruff: noqa: A002, A006, N803 - arguments arrive under the schema's own names
"""Every query and mutation of the schema, by name: reads the arguments, applies the rules, shows the result."""

import functools
import re
from collections.abc import Callable
from typing import Any

from graphql import GraphQLResolveInfo

from sandbox.shopify import process, refunds, returns, stock
from sandbox.shopify.gids import Resolver, connection, gid, number_of
from sandbox.shopify.idempotency import once
from sandbox.shopify.order_views import View, order_view
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.return_views import (
    reason_view,
    refund_view,
    return_view,
    returnable_view,
    reverse_line_view,
    reverse_order_view,
)
from sandbox.shopify.shop import LOCATION, REASONS, Doc, Shop
from sandbox.shopify.stock_views import item_view, location_view

_TERM = re.compile(r"""(\w+):(?:"([^"]*)"|'([^']*)'|(\S+))""")


def root(shop: Shop) -> dict[str, Resolver]:
    return _queries(shop) | _return_mutations(shop) | _keyed_mutations(shop) | _subscriptions(shop)


def _queries(shop: Shop) -> dict[str, Resolver]:
    def order(_info: Any, id: str) -> View | None:
        doc = shop.order(number_of("Order", id))
        return order_view(shop, doc) if doc else None

    def orders(info: Any, query: str | None = None, **paging: Any) -> Any:
        docs = _orders(shop, query)
        return connection(lambda: [order_view(shop, doc) for doc in docs])(info, **paging)

    def a_return(_info: Any, id: str) -> View | None:
        doc = shop.a_return(number_of("Return", id))
        return return_view(shop, doc) if doc else None

    def refund(_info: Any, id: str) -> View | None:
        doc = shop.books.get("shopify.refund", str(number_of("Refund", id)))
        return refund_view(shop, doc) if doc else None

    def returnable(info: Any, orderId: str, **paging: Any) -> Any:
        doc = shop.order(number_of("Order", orderId))
        ready = [returnable_view(shop, doc)] if doc and doc["fulfillment"] else []
        return connection(lambda: ready)(info, **paging)

    def reasons(info: Any, handles: list[str] | None = None, ids: list[str] | None = None, **paging: Any) -> Any:
        wanted = {number_of("ReturnReasonDefinition", one) for one in ids} if ids else None
        chosen = [
            one for one in REASONS if (handles is None or one[1] in handles) and (wanted is None or one[0] in wanted)
        ]
        return connection(lambda: [reason_view(one) for one in chosen])(info, **paging)

    def reverse_order(_info: Any, id: str) -> View | None:
        number = number_of("ReverseFulfillmentOrder", id)
        owner = next(
            (d for d in shop.books.all("shopify.return") if (d["reverse_order"] or {}).get("id") == number), None
        )
        return reverse_order_view(shop, owner) if owner else None

    def item(_info: Any, id: str) -> View | None:
        doc = shop.stock_by_item(number_of("InventoryItem", id))
        return item_view(shop, doc) if doc else None

    def items(info: Any, query: str | None = None, **paging: Any) -> Any:
        docs = _stocks(shop, query)
        return connection(lambda: [item_view(shop, doc) for doc in docs])(info, **paging)

    def location(_info: Any, id: str | None = None) -> View | None:
        return location_view() if id is None or number_of("Location", id) == LOCATION["id"] else None

    return {
        "shop": lambda _info: _shop(shop),
        "order": order,
        "orders": orders,
        "return": a_return,
        "refund": refund,
        "returnableFulfillments": returnable,
        "returnReasonDefinitions": reasons,
        "reverseFulfillmentOrder": reverse_order,
        "inventoryItem": item,
        "inventoryItems": items,
        "location": location,
        "locations": connection(lambda: [location_view()]),
    }


def _return_mutations(shop: Shop) -> dict[str, Resolver]:
    def answering(act: Callable[..., Doc]) -> Resolver:
        @functools.wraps(act)
        def resolve(_info: Any, **args: Any) -> dict[str, Any]:
            try:
                return {"return": return_view(shop, act(**args)), "userErrors": []}
            except Refusal as refused:
                return refused.payload(**{"return": None})

        return resolve

    def dispose(_info: Any, dispositionInputs: list[Doc]) -> dict[str, Any]:
        try:
            lines = process.dispose(shop, dispositionInputs)
        except Refusal as refused:
            return refused.payload(reverseFulfillmentOrderLineItems=None)
        return {"reverseFulfillmentOrderLineItems": [reverse_line_view(shop, one) for one in lines], "userErrors": []}

    return {
        "returnRequest": answering(lambda input: returns.request(shop, input)),
        "returnApproveRequest": answering(lambda input: returns.approve(shop, input)),
        "returnDeclineRequest": answering(lambda input: returns.decline(shop, input)),
        "returnCreate": answering(lambda returnInput: returns.create(shop, returnInput)),
        "returnProcess": answering(lambda input: process.process(shop, input)),
        "removeFromReturn": answering(
            lambda returnId, returnLineItems=None: returns.remove(shop, returnId, returnLineItems)
        ),
        "returnClose": answering(lambda id: returns.close(shop, id)),
        "returnReopen": answering(lambda id: returns.reopen(shop, id)),
        "returnCancel": answering(lambda id, notifyCustomer=None: returns.cancel(shop, id)),
        "reverseFulfillmentOrderDispose": dispose,
    }


def _keyed_mutations(shop: Shop) -> dict[str, Resolver]:
    def refund_create(info: GraphQLResolveInfo, input: Doc) -> dict[str, Any]:
        try:
            refund = once(shop, info, input, lambda: refunds.create(shop, input), "refund")
        except Refusal as refused:
            return refused.payload(refund=None, order=None)
        order = shop.the_order(refund["order_id"])
        return {"refund": refund_view(shop, refund), "order": order_view(shop, order), "userErrors": []}

    def stocked(act: Callable[[Shop, Doc], Doc]) -> Resolver:
        def resolve(info: GraphQLResolveInfo, input: Doc) -> dict[str, Any]:
            try:
                group = once(shop, info, input, lambda: act(shop, input), "adjustment")
            except Refusal as refused:
                return refused.payload(inventoryAdjustmentGroup=None)
            return {"inventoryAdjustmentGroup": _adjustment(shop, group), "userErrors": []}

        return resolve

    return {
        "refundCreate": refund_create,
        "inventoryAdjustQuantities": stocked(stock.adjust),
        "inventoryMoveQuantities": stocked(stock.move),
    }


def _subscriptions(shop: Shop) -> dict[str, Resolver]:
    def create(_info: Any, topic: str, webhookSubscription: Doc) -> dict[str, Any]:
        uri = webhookSubscription.get("uri")
        if not uri:
            error = {"field": ["webhookSubscription", "uri"], "message": "Address can't be blank"}
            return {"webhookSubscription": None, "userErrors": [error]}
        if any(one["uri"] == uri for one in shop.books.find("shopify.subscription", topic=topic)):
            error = {
                "field": ["webhookSubscription", "uri"],
                "message": "Address for this topic has already been taken",
            }
            return {"webhookSubscription": None, "userErrors": [error]}
        doc = {"id": shop.number("subscription", 11_000_001), "topic": topic, "uri": uri, "at": shop.stamp()}
        shop.save("subscription", doc)
        return {"webhookSubscription": _subscription(doc), "userErrors": []}

    return {
        "webhookSubscriptionCreate": create,
        "webhookSubscriptions": connection(
            lambda: [_subscription(doc) for doc in shop.books.all("shopify.subscription")]
        ),
    }


def _orders(shop: Shop, query: str | None) -> list[Doc]:
    """`name:#5001`, `id:5001` or a bare name; several terms must all hold."""
    if not query:
        return shop.books.all("shopify.order")
    terms = [(found[0], found[1] or found[2] or found[3]) for found in _TERM.findall(query)]
    if not terms:
        terms = [("name", query.strip())]
    if terms[0][0] == "id":
        doc = shop.order(int(terms[0][1])) if terms[0][1].isdigit() else None
        return [doc] if doc else []
    name = next((value for field, value in terms if field == "name"), None)
    if name is None:
        return []
    wanted = name if name.startswith("#") else f"#{name}"
    return shop.books.find("shopify.order", name=wanted)


def _stocks(shop: Shop, query: str | None) -> list[Doc]:
    skus = [found[1] or found[2] or found[3] for found in _TERM.findall(query or "") if found[0] == "sku"]
    if not skus:
        return shop.books.all("shopify.stock") if not query else []
    return [doc for sku in skus if (doc := shop.stock(sku))]


def _shop(shop: Shop) -> View:
    name = shop.world.credentials.shopify.shop
    domain = f"{name}.myshopify.com"
    return {"id": gid("Shop", 1), "name": name, "myshopifyDomain": domain, "currencyCode": "EUR"}


def _adjustment(shop: Shop, group: Doc) -> View:
    return {
        "id": gid("InventoryAdjustmentGroup", group["id"]),
        "createdAt": group["at"],
        "reason": group["reason"],
        "referenceDocumentUri": group["reference"],
        "changes": [
            {
                "delta": one["delta"],
                "name": one["name"],
                "ledgerDocumentUri": one["ledger"],
                "quantityAfterChange": one["after"],
                "location": location_view(),
                "item": _item(shop, one["sku"]),
            }
            for one in group["changes"]
        ],
    }


def _item(shop: Shop, sku: str) -> View | None:
    doc = shop.stock(sku)
    return item_view(shop, doc) if doc else None


def _subscription(doc: Doc) -> View:
    return {
        "id": gid("WebhookSubscription", doc["id"]),
        "legacyResourceId": doc["id"],
        "createdAt": doc["at"],
        "format": "JSON",
        "topic": doc["topic"],
        "uri": doc["uri"],
    }
