"""The shop: its documents in the books, its two locations, and what is derived from them."""

import copy
import re
from datetime import datetime
from typing import Any

from sandbox.shopify.webhooks import Webhooks
from sandbox.world import World

Doc = dict[str, Any]

LOCATION = {"id": 65001, "name": "Main warehouse"}
# Nothing is stocked there before `inventoryActivate` says so.
OUTLET = {"id": 65002, "name": "Outlet"}
LOCATIONS = (LOCATION, OUTLET)
STATES = (
    "available",
    "committed",
    "damaged",
    "incoming",
    "on_hand",
    "quality_control",
    "reserved",
    "safety_stock",
)
API_VERSIONS = ("2026-07", "2026-10")
_QUARTER = re.compile(r"^20\d\d-(01|04|07|10)$")

# Ids, handles and names as recorded from a live shop.
REASONS = (
    (1, "unknown", "Unknown", "UNKNOWN"),
    (2, "changed-my-mind", "Changed my mind", "UNWANTED"),
    (3, "item-not-as-described", "Item not as described", "NOT_AS_DESCRIBED"),
    (4, "received-the-wrong-item", "Received the wrong item", "WRONG_ITEM"),
    (5, "other-reason", "Other reason", "OTHER"),
    (6, "damaged-or-defective", "Damaged or defective", "DEFECTIVE"),
    (7, "too-small", "Too small", "SIZE_TOO_SMALL"),
    (8, "too-big", "Too big", "SIZE_TOO_LARGE"),
    (9, "style", "Style", "STYLE"),
    (10, "color", "Color", "COLOR"),
)
OTHER_REASON = 5

# The states a return can be in while it still holds its units against the fulfillment.
_HOLDING = ("REQUESTED", "OPEN", "CLOSED")


def served_version(asked: str | None) -> str | None:
    """The version that answers: a version gone by, or none named, falls forward to the oldest; None for no version."""
    if asked is None or (_QUARTER.match(asked) and asked < API_VERSIONS[0]):
        return API_VERSIONS[0]
    return asked if asked in API_VERSIONS else None


class Shop:
    """Documents are read-only as read; `changed` copies one, `save` puts it back."""

    def __init__(self, world: World) -> None:
        self.world, self.books = world, world.books
        self.webhooks = Webhooks(world)

    def now(self) -> datetime:
        return self.world.clock.now()

    def stamp(self) -> str:
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def number(self, kind: str, start: int) -> int:
        return self.books.next_number(f"shopify.{kind}", start)

    def order(self, number: int) -> Doc | None:
        return self.books.get("shopify.order", str(number))

    def the_order(self, number: int) -> Doc:
        order = self.order(number)
        assert order is not None, f"order {number} is referenced but not in the books"
        return order

    def a_return(self, number: int) -> Doc | None:
        return self.books.get("shopify.return", str(number))

    def returns_of(self, order_id: int) -> list[Doc]:
        return self.books.find("shopify.return", order_id=order_id)

    def refunds_of(self, order_id: int) -> list[Doc]:
        return self.books.find("shopify.refund", order_id=order_id)

    def stock(self, sku: str) -> Doc | None:
        return self.books.get("shopify.stock", sku)

    def stock_by_item(self, item_id: int) -> Doc | None:
        return next(iter(self.books.find("shopify.stock", id=item_id)), None)

    def customer(self, number: int) -> Doc | None:
        return self.books.get("shopify.customer", str(number))

    def fulfillment_line(self, number: int) -> Doc | None:
        return self.books.get("shopify.fulfillmentLine", str(number))

    def changed(self, doc: Doc) -> Doc:
        return copy.deepcopy(doc)

    def save(self, kind: str, doc: Doc) -> None:
        self.books.put(f"shopify.{kind}", str(doc["sku"] if kind == "stock" else doc["id"]), doc)

    def level(self, stock: Doc, location: int) -> Doc | None:
        """The quantities of a sku at a location by state; None where it is not stocked."""
        level: Doc | None = stock if location == LOCATION["id"] else stock["elsewhere"].get(str(location))
        return level

    def shelve(self, sku: str, location: int = 65001, **deltas: int) -> None:
        """Change a sku's quantities at a location by state name."""
        known = self.stock(sku)
        assert known is not None, f"{sku} has no stock record"
        stock = self.changed(known)
        level = self.level(stock, location)
        assert level is not None, f"{sku} is not stocked at {location}"
        for name, delta in deltas.items():
            level[name] += delta
        level["updated_at"] = self.stamp()
        self.save("stock", stock)
        if "available" in deltas:
            self.webhooks.emit("inventory_levels/update", lambda: level_payload(stock, level, location))

    def returnable(self, line: Doc) -> int:
        """Units of a fulfillment line that no return holds and no refund without a return has taken."""
        held: int = sum(
            part["quantity"]
            for one in self.returns_of(line["order_id"])
            if one["status"] in _HOLDING
            for part in one["lines"]
            if part["fulfillment_line_id"] == line["id"]
        )
        gone: int = sum(
            part["quantity"]
            for one in self.refunds_of(line["order_id"])
            if one["return_id"] is None
            for part in one["lines"]
            if part["line_id"] == line["line_id"]
        )
        return max(int(line["quantity"]) - held - gone, 0)


def level_payload(stock: Doc, level: Doc, location: int) -> Doc:
    return {
        "inventory_item_id": stock["id"],
        "location_id": location,
        "available": level["available"],
        "updated_at": level["updated_at"],
        "admin_graphql_api_id": f"gid://shopify/InventoryLevel/{location}?inventory_item_id={stock['id']}",
    }


def line_of(order: Doc, line_id: int) -> Doc:
    found: Doc = next(line for line in order["lines"] if line["id"] == line_id)
    return found


def transaction_of(order: Doc, number: int) -> Doc | None:
    return next((one for one in order["transactions"] if one["id"] == number), None)


def captured(order: Doc) -> int:
    return sum(one["amount"] for one in order["transactions"] if one["kind"] in ("SALE", "CAPTURE"))


def refunded(order: Doc, parent: int | None = None) -> int:
    return sum(
        one["amount"]
        for one in order["transactions"]
        if one["kind"] == "REFUND" and (parent is None or one["parent"] == parent)
    )
