"""Anything with a global id, by that id: what `node`, `nodes` and the fields for one thing look up."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLError

from sandbox.shopify import bulk, subscriptions
from sandbox.shopify.customer_views import account_view, credit_view, customer_view
from sandbox.shopify.gids import kind_of, number_of
from sandbox.shopify.line_views import fulfillment_line_view, fulfillment_view, line_view
from sandbox.shopify.order_views import order_view, transaction_view
from sandbox.shopify.refund_views import refund_view
from sandbox.shopify.return_views import reason_view, return_line_view, return_view, returnable_view
from sandbox.shopify.reverse import order_owner
from sandbox.shopify.reverse_views import delivery_view, reverse_line_view, reverse_order_view
from sandbox.shopify.shop import LOCATIONS, REASONS, Doc, Shop
from sandbox.shopify.shop_views import app_view, installation_view, shop_view
from sandbox.shopify.stock_views import adjustment_view, item_view, level_view, location_view, variant_view

View = dict[str, Any]
Find = Callable[[Shop, int], View | None]


def found(shop: Shop, kind: str, reference: str) -> View | None:
    """The thing of this kind; an id of another kind is an error."""
    return FINDERS[kind](shop, number_of(kind, reference))


def any_node(shop: Shop, reference: str) -> View | None:
    if reference.startswith("gid://shopify/InventoryLevel/"):
        return level(shop, reference)
    known = kind_of(reference)
    if known is None or known[0] not in FINDERS:
        number_of("Node", reference)
        raise GraphQLError(f"Invalid id: {reference}", extensions={"code": "RESOURCE_NOT_FOUND"})
    return FINDERS[known[0]](shop, known[1])


def level(shop: Shop, reference: str) -> View | None:
    """An inventory level's id names the location and the item."""
    location, item = level_of(reference)
    stock = shop.stock_by_item(item)
    return level_view(shop, stock, location) if stock else None


def level_of(reference: str) -> tuple[int, int]:
    location = number_of("InventoryLevel", reference)
    item = reference.partition("inventory_item_id=")[2].partition("&")[0]
    if not item.isdigit():
        raise GraphQLError(f"Invalid id: {reference}", extensions={"code": "RESOURCE_NOT_FOUND"})
    return location, int(item)


def _kept(kind: str, view: Callable[[Shop, Doc], View]) -> Find:
    def find(shop: Shop, number: int) -> View | None:
        doc = shop.books.get(f"shopify.{kind}", str(number))
        return view(shop, doc) if doc else None

    return find


def _stocked(view: Callable[[Shop, Doc], View]) -> Find:
    def find(shop: Shop, number: int) -> View | None:
        stock = shop.stock_by_item(number)
        return view(shop, stock) if stock else None

    return find


def _in_order(part: str, view: Callable[[Shop, Doc, Doc], View]) -> Find:
    def find(shop: Shop, number: int) -> View | None:
        for order in shop.books.all("shopify.order"):
            one = next((each for each in order[part] if each["id"] == number), None)
            if one is not None:
                return view(shop, order, one)
        return None

    return find


def _of_fulfillment(view: Callable[[Shop, Doc], View]) -> Find:
    def find(shop: Shop, number: int) -> View | None:
        orders = (one for one in shop.books.all("shopify.order") if one["fulfillment"])
        order = next((one for one in orders if one["fulfillment"]["id"] == number), None)
        return view(shop, order) if order else None

    return find


def _return_line(shop: Shop, number: int) -> View | None:
    lines = (line for one in shop.books.all("shopify.return") for line in one["lines"])
    line = next((one for one in lines if one["id"] == number and one["quantity"] > 0), None)
    return return_line_view(shop, line) if line else None


def _reverse_line(shop: Shop, number: int) -> View | None:
    entry = shop.books.get("shopify.reverseLine", str(number))
    owner = shop.a_return(entry["return_id"]) if entry else None
    if owner is None:
        return None
    return reverse_line_view(shop, next(one for one in owner["reverse_order"]["lines"] if one["id"] == number))


def _reverse_order(shop: Shop, number: int) -> View | None:
    owner = order_owner(shop, number)
    return reverse_order_view(shop, owner) if owner else None


def _reason(_shop: Shop, number: int) -> View | None:
    return next((reason_view(one) for one in REASONS if one[0] == number), None)


def _location(shop: Shop, number: int) -> View | None:
    return location_view(shop, number) if number in {one["id"] for one in LOCATIONS} else None


def _only(number: int, view: Callable[[Shop], View]) -> Find:
    return lambda shop, asked: view(shop) if asked == number else None


FINDERS: dict[str, Find] = {
    "App": _only(1, app_view),
    "AppInstallation": _only(1, installation_view),
    "BulkOperation": _kept("bulk", bulk.view),
    "Customer": _kept("customer", customer_view),
    "Fulfillment": _of_fulfillment(fulfillment_view),
    "FulfillmentLineItem": _kept("fulfillmentLine", fulfillment_line_view),
    "InventoryAdjustmentGroup": _kept("adjustment", adjustment_view),
    "InventoryItem": _stocked(item_view),
    "LineItem": _in_order("lines", line_view),
    "Location": _location,
    "Order": _kept("order", order_view),
    "OrderTransaction": _in_order("transactions", transaction_view),
    "ProductVariant": _stocked(variant_view),
    "Refund": _kept("refund", refund_view),
    "Return": _kept("return", return_view),
    "ReturnLineItem": _return_line,
    "ReturnReasonDefinition": _reason,
    "ReturnableFulfillment": _of_fulfillment(returnable_view),
    "ReverseDelivery": _kept("reverseDelivery", delivery_view),
    "ReverseFulfillmentOrder": _reverse_order,
    "ReverseFulfillmentOrderLineItem": _reverse_line,
    "Shop": _only(1, shop_view),
    "StoreCreditAccount": _kept("creditAccount", account_view),
    "StoreCreditAccountCreditTransaction": _kept("creditTransaction", credit_view),
    "StoreCreditAccountDebitTransaction": _kept("creditTransaction", credit_view),
    "WebhookSubscription": _kept("subscription", lambda _shop, doc: subscriptions.view(doc)),
}
