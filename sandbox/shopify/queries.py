# ruff: noqa: A002, A006, N803 - arguments arrive under the schema's own names
"""Every query of the schema, by name: reads the arguments, finds, shows."""

from collections.abc import Callable
from typing import Any

from sandbox.shopify import bulk, listing, outcome, setup, subscriptions
from sandbox.shopify.customer_views import customer_view
from sandbox.shopify.gids import Resolver, connection, number_of
from sandbox.shopify.nodes import any_node, found, level
from sandbox.shopify.order_views import View, order_view
from sandbox.shopify.return_views import reason_view, returnable_view
from sandbox.shopify.search import Terms, matching
from sandbox.shopify.shop import API_VERSIONS, LOCATIONS, REASONS, Doc, Shop
from sandbox.shopify.shop_views import installation_view, shop_view
from sandbox.shopify.stock_views import STATE_NAMES, item_view, location_view, variant_view

_LOCATION_TERMS: Terms = {"id": lambda one: one["id"], "name": lambda one: one["name"]}
# Queries for one thing by its id, and the kind of thing.
_ONE = {
    "bulkOperation": "BulkOperation",
    "customer": "Customer",
    "fulfillment": "Fulfillment",
    "inventoryItem": "InventoryItem",
    "order": "Order",
    "productVariant": "ProductVariant",
    "refund": "Refund",
    "return": "Return",
    "returnableFulfillment": "ReturnableFulfillment",
    "reverseDelivery": "ReverseDelivery",
    "reverseFulfillmentOrder": "ReverseFulfillmentOrder",
    "storeCreditAccount": "StoreCreditAccount",
    "webhookSubscription": "WebhookSubscription",
}


def queries(shop: Shop) -> dict[str, Resolver]:
    one = {name: _by_id(shop, kind) for name, kind in _ONE.items()}
    return one | _lists(shop) | _counts(shop) | _others(shop)


def _by_id(shop: Shop, kind: str) -> Resolver:
    return lambda _info, id: found(shop, kind, id)


def _listed(find: Callable[[str | None, str], list[Doc]], show: Callable[[Doc], View], usual: str) -> Resolver:
    def resolve(info: Any, query: str | None = None, sortKey: str = usual, **paging: Any) -> Any:
        docs = find(query, sortKey)
        return connection(lambda: [show(doc) for doc in docs])(info, **paging)

    return resolve


def _lists(shop: Shop) -> dict[str, Resolver]:
    def returnable(info: Any, orderId: str, **paging: Any) -> Any:
        doc = shop.order(number_of("Order", orderId))
        ready = [returnable_view(shop, doc)] if doc and doc["fulfillment"] else []
        return connection(lambda: ready)(info, **paging)

    def reasons(
        info: Any, handles: list[str] | None = None, ids: list[str] | None = None, sortKey: str = "ID", **paging: Any
    ) -> Any:
        wanted = {number_of("ReturnReasonDefinition", one) for one in ids} if ids else None
        chosen = [
            one for one in REASONS if (handles is None or one[1] in handles) and (wanted is None or one[0] in wanted)
        ]
        chosen.sort(key=lambda one: one[("ID", "HANDLE", "NAME").index(sortKey)])
        shown = [reason_view(one) | {"deleted": setup.deleted(shop, one[1])} for one in chosen]
        return connection(lambda: shown)(info, **paging)

    def subscribed(info: Any, sortKey: str = "CREATED_AT", **wish: Any) -> Any:
        docs = sorted(subscriptions.chosen(shop, wish), key=lambda one: one["id"])
        paging = {name: wish[name] for name in ("first", "last", "after", "before", "reverse") if name in wish}
        return connection(lambda: [subscriptions.view(doc) for doc in docs])(info, **paging)

    def locations(query: str | None, key: str) -> list[Doc]:
        places = [dict(one) for one in LOCATIONS]
        return sorted(matching(places, query, _LOCATION_TERMS), key=lambda one: one[key.lower()])

    def operations(query: str | None, key: str) -> list[Doc]:
        """The newest first, unless asked otherwise."""
        now = [bulk.present(shop, one) for one in shop.books.all("shopify.bulk")]
        field = "at" if key == "CREATED_AT" else "completed_at"
        return sorted(matching(now, query, bulk.TERMS), key=lambda one: (one[field], one["id"]), reverse=True)

    def everything(info: Any, includeInactive: bool = False, **wish: Any) -> Any:
        """Every location is active: asking for inactive ones too adds none."""
        show = _listed(locations, lambda one: location_view(shop, one["id"]), "NAME")
        return show(info, **wish)

    return {
        "orders": _listed(lambda q, key: listing.orders(shop, q, key), lambda d: order_view(shop, d), "PROCESSED_AT"),
        "customers": _listed(lambda q, key: listing.customers(shop, q, key), lambda d: customer_view(shop, d), "ID"),
        "inventoryItems": _listed(lambda q, key: listing.articles(shop, q, key), lambda d: item_view(shop, d), "ID"),
        "productVariants": _listed(
            lambda q, key: listing.articles(shop, q, key), lambda d: variant_view(shop, d), "ID"
        ),
        "bulkOperations": _listed(operations, lambda d: bulk.view(shop, d), "CREATED_AT"),
        "locations": everything,
        "returnableFulfillments": returnable,
        "returnReasonDefinitions": reasons,
        "webhookSubscriptions": subscribed,
    }


def _counts(shop: Shop) -> dict[str, Resolver]:
    def counting(count: Callable[[str | None], int]) -> Resolver:
        def resolve(_info: Any, query: str | None = None, limit: int | None = 10_000) -> View:
            number = count(query)
            if limit is not None and number > limit:
                return {"count": limit, "precision": "AT_LEAST"}
            return {"count": number, "precision": "EXACT"}

        return resolve

    return {
        "ordersCount": counting(lambda query: len(listing.orders(shop, query, "ID"))),
        "customersCount": counting(lambda query: len(listing.customers(shop, query, "ID"))),
        "locationsCount": counting(lambda query: len(matching(LOCATIONS, query, _LOCATION_TERMS))),
        "webhookSubscriptionsCount": counting(lambda _query: shop.books.count("shopify.subscription")),
    }


def _others(shop: Shop) -> dict[str, Resolver]:
    def customer(_info: Any, identifier: Doc) -> View | None:
        if identifier.get("id"):
            return found(shop, "Customer", identifier["id"])
        known = shop.books.find("shopify.customer", email=identifier["emailAddress"])
        return customer_view(shop, known[0]) if known else None

    def location(_info: Any, id: str | None = None) -> View | None:
        return location_view(shop) if id is None else found(shop, "Location", id)

    def job(_info: Any, id: str) -> View | None:
        known = shop.books.get("shopify.job", id.rpartition("/")[2])
        return {"id": id, "done": True} if known else None

    def current(_info: Any, type: str = "QUERY") -> View | None:
        mine = shop.books.find("shopify.bulk", type=type)
        return bulk.view(shop, mine[-1]) if mine else None

    def installation(_info: Any, id: str | None = None) -> View | None:
        return installation_view(shop) if id is None else found(shop, "AppInstallation", id)

    return {
        "shop": lambda _info: shop_view(shop),
        "node": lambda _info, id: any_node(shop, id),
        "nodes": lambda _info, ids: [any_node(shop, one) for one in ids],
        "orderByIdentifier": lambda _info, identifier: found(shop, "Order", identifier["id"]),
        "customerByIdentifier": customer,
        "location": location,
        "inventoryLevel": lambda _info, id: level(shop, id),
        "inventoryProperties": lambda _info: {"quantityNames": STATE_NAMES},
        "returnCalculate": lambda _info, input: outcome.calculate(shop, input),
        "currentAppInstallation": lambda _info: installation_view(shop),
        "appInstallation": installation,
        "publicApiVersions": lambda _info: [subscriptions.version_view(one) for one in API_VERSIONS],
        "currentBulkOperation": current,
        "job": job,
    }
