"""Stock by state: adjusting one state, moving between two; rules on names, reasons, ledgers and compare-and-set."""

from typing import Any

from graphql import GraphQLError

from sandbox.shopify.gids import number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import LOCATION, Doc, Shop

NAMES = ("available", "damaged", "incoming", "quality_control", "reserved", "safety_stock")
REASONS = (
    "correction",
    "cycle_count_available",
    "damaged",
    "movement_canceled",
    "movement_created",
    "movement_received",
    "movement_updated",
    "other",
    "promotion",
    "quality_control",
    "received",
    "reservation_created",
    "reservation_deleted",
    "reservation_updated",
    "restock",
    "safety_stock",
    "shrinkage",
)
_MOST_LEDGERS = 2


def adjust(shop: Shop, wish: Doc) -> Doc:
    """Adds `delta` to one state of each item. Everything is checked before anything is written."""
    name, changes = wish["name"], wish["changes"]
    for change in changes:
        _present(change, "InventoryChangeInput")
    _name(name, "input", "name")
    _reason(wish["reason"])
    if len({change.get("ledgerDocumentUri") for change in changes}) > 1:
        raise Refusal(
            "All changes must have the same ledger document URI.", "MAX_ONE_LEDGER_DOCUMENT", "input", "changes"
        )
    after: dict[str, int] = {}
    written: list[Doc] = []
    for place, change in enumerate(changes):
        where = ("input", "changes", str(place))
        stock = _item(shop, change, *where)
        _ledger(name, change.get("ledgerDocumentUri"), *where)
        _location(change["locationId"], *where)
        before = after.get(stock["sku"], int(stock[name]))
        _compare(change.get("changeFromQuantity"), before, *where)
        after[stock["sku"]] = before + change["delta"]
        if name != "available" and after[stock["sku"]] < 0:
            raise Refusal("The quantity can't be negative.", "INVALID_QUANTITY_TOO_LOW", *where, "delta")
        written.append(_change(stock, name, change["delta"], after[stock["sku"]], change.get("ledgerDocumentUri")))
    for one in written:
        shop.shelve(one["sku"], **_with_on_hand(name, one["delta"]))
    return _group(shop, wish, written)


def move(shop: Shop, wish: Doc) -> Doc:
    """Moves units between two states of one item at one location; on_hand stays what it was."""
    changes = wish["changes"]
    for change in changes:
        for side in ("from", "to"):
            _present(change[side], "InventoryMoveQuantityTerminalInput")
    _reason(wish["reason"])
    ledgers = {change[side].get("ledgerDocumentUri") for change in changes for side in ("from", "to")} - {None}
    if len(ledgers) > _MOST_LEDGERS:
        reason = "At most 2 ledger document URIs are allowed."
        raise Refusal(reason, "MAXIMUM_LEDGER_DOCUMENT_URIS", "input", "changes")
    levels: dict[tuple[str, str], int] = {}
    written: list[Doc] = []
    for place, change in enumerate(changes):
        where = ("input", "changes", str(place))
        written += _one_move(shop, change, levels, *where)
    for one in written:
        shop.shelve(one["sku"], **_with_on_hand(one["name"], one["delta"]))
    return _group(shop, wish, written)


def _one_move(shop: Shop, change: Doc, levels: dict[tuple[str, str], int], *where: str) -> list[Doc]:
    stock, source, target = _item(shop, change, *where), change["from"], change["to"]
    if source["locationId"] != target["locationId"]:
        raise Refusal("The quantities can't be moved between different locations.", "DIFFERENT_LOCATIONS", *where)
    if source["name"] == target["name"]:
        raise Refusal("The quantity names for each change can't be the same.", "SAME_QUANTITY_NAME", *where)
    if change["quantity"] <= 0:
        raise Refusal("The quantity must be positive.", "INVALID_QUANTITY_NEGATIVE", *where, "quantity")
    for side in ("from", "to"):
        _name(change[side]["name"], *where, side, "name")
        _ledger(change[side]["name"], change[side].get("ledgerDocumentUri"), *where, side)
        _location(change[side]["locationId"], *where, side)
    written = []
    for side, delta in (("from", -change["quantity"]), ("to", change["quantity"])):
        name = change[side]["name"]
        before = levels.get((stock["sku"], name), int(stock[name]))
        _compare(change[side].get("changeFromQuantity"), before, *where, side)
        after = levels[(stock["sku"], name)] = before + delta
        if after < 0 and name != "available":
            raise Refusal("The quantity can't be negative.", "MOVE_QUANTITIES_FAILED", *where, "quantity")
        written.append(_change(stock, name, delta, after, change[side].get("ledgerDocumentUri")))
    return written


def _present(given: Doc, kind: str) -> None:
    if "changeFromQuantity" not in given:
        reason = f"{kind} must include the following argument: changeFromQuantity."
        raise GraphQLError(reason, extensions={"code": "INVALID_FIELD_ARGUMENTS"})


def _name(name: str, *where: str) -> None:
    if name not in NAMES:
        allowed = ", ".join(NAMES)
        reason = f"The specified quantity name '{name}' is invalid. Valid values are: {allowed}."
        raise Refusal(reason, "INVALID_QUANTITY_NAME", *where)


def _reason(reason: str) -> None:
    if reason not in REASONS:
        allowed = ", ".join(REASONS)
        text = f"The specified reason '{reason}' is invalid. Valid values are: {allowed}."
        raise Refusal(text, "INVALID_REASON", "input", "reason")


def _item(shop: Shop, change: Doc, *where: str) -> Doc:
    stock = shop.stock_by_item(number_of("InventoryItem", change["inventoryItemId"]))
    if stock is None:
        raise Refusal("The specified inventory item could not be found.", "INVALID_INVENTORY_ITEM", *where)
    return stock


def _location(location: str, *where: str) -> None:
    if number_of("Location", location) != LOCATION["id"]:
        raise Refusal("The specified location could not be found.", "INVALID_LOCATION", *where, "locationId")


def _ledger(name: str, uri: str | None, *where: str) -> None:
    field = (*where, "ledgerDocumentUri")
    if name == "available" and uri is not None:
        reason = "A ledger document URI is not allowed when adjusting available."
        raise Refusal(reason, "INVALID_AVAILABLE_DOCUMENT", *field)
    if name != "available" and not uri:
        reason = "A ledger document URI is required except when adjusting available."
        raise Refusal(reason, "INVALID_QUANTITY_DOCUMENT", *field)
    if uri is not None and uri.startswith("gid://shopify/"):
        raise Refusal("The ledger document URI can't be an internal one.", "INTERNAL_LEDGER_DOCUMENT", *field)


def _compare(expected: int | None, actual: int, *where: str) -> None:
    if expected is not None and expected != actual:
        reason = "The changeFromQuantity value does not match the current quantity."
        raise Refusal(reason, "CHANGE_FROM_QUANTITY_STALE", *where, "changeFromQuantity")


def _with_on_hand(name: str, delta: int) -> dict[str, int]:
    """Every state but `incoming` is part of what is on hand."""
    return {name: delta} if name == "incoming" else {name: delta, "on_hand": delta}


def _change(stock: Doc, name: str, delta: int, after: int, ledger: str | None) -> Doc:
    return {
        "sku": stock["sku"],
        "name": name,
        "delta": delta,
        "after": None if name == "available" else after,
        "ledger": ledger,
    }


def _group(shop: Shop, wish: dict[str, Any], changes: list[Doc]) -> Doc:
    group = {
        "id": shop.number("adjustment", 99_000_001),
        "at": shop.stamp(),
        "reason": wish["reason"],
        "reference": wish.get("referenceDocumentUri"),
        "changes": changes,
    }
    shop.save("adjustment", group)
    return group
