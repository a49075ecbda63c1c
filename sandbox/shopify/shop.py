"""The shop: its documents in the books, its one location, and what is derived from them."""

import copy
from datetime import datetime
from typing import Any

from sandbox.shopify.webhooks import Webhooks
from sandbox.world import World

Doc = dict[str, Any]

LOCATION = {"id": 65001, "name": "Main warehouse"}
API_VERSIONS = ("2026-07", "2026-10")

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

    def fulfillment_line(self, number: int) -> Doc | None:
        return self.books.get("shopify.fulfillmentLine", str(number))

    def changed(self, doc: Doc) -> Doc:
        return copy.deepcopy(doc)

    def save(self, kind: str, doc: Doc) -> None:
        self.books.put(f"shopify.{kind}", str(doc["sku"] if kind == "stock" else doc["id"]), doc)

    def shelve(self, sku: str, **deltas: int) -> None:
        """Change a sku's quantities at the one location by state name."""
        stock = self.stock(sku)
        assert stock is not None, f"{sku} has no stock record"
        stock = self.changed(stock)
        for name, delta in deltas.items():
            stock[name] += delta
        self.save("stock", stock)

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
