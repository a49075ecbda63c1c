"""Stock by state: adjusting one state, moving between two; rules on names, reasons, ledgers and compare-and-set.

Several things wrong with one change are told together, as recorded; nothing is written before everything is checked.
"""

from typing import Any

from graphql import GraphQLError

from sandbox.shopify.gids import number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import LOCATIONS, Doc, Shop

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
_MOST_UNITS = 2_000_000_000
Levels = dict[tuple[str, int, str], int]


def adjust(shop: Shop, wish: Doc) -> Doc:
    """Adds `delta` to one state of each item."""
    name, changes = wish["name"], wish["changes"]
    for change in changes:
        present(change, "InventoryChangeInput")
    _name(name, "input", "name")
    reason_known(wish["reason"])
    _reference(wish.get("referenceDocumentUri"))
    if len({change.get("ledgerDocumentUri") for change in changes}) > 1:
        reason = (
            "All changes must have the same ledger document URI or, in the case of adjusting available, "
            "no ledger document URI."
        )
        raise Refusal(reason, "MAX_ONE_LEDGER_DOCUMENT", "input", "changes")
    levels: Levels = {}
    written: list[Doc] = []
    for place, change in enumerate(changes):
        where = ("input", "changes", str(place))
        stock, location = stocked(shop, change["inventoryItemId"], change["locationId"], *where)
        _ledger(name, change.get("ledgerDocumentUri"), *where)
        _bounded(change["delta"], *where, "delta")
        after = _changed(shop, levels, stock, location, name, change["delta"])
        compare(change.get("changeFromQuantity"), after - change["delta"], *where)
        if name != "available" and after < 0:
            raise Refusal("The quantity can't be negative.", "INVALID_QUANTITY_TOO_LOW", *where, "delta")
        written.append(entry(stock, location, name, change["delta"], after, change.get("ledgerDocumentUri")))
    return post(shop, wish, written)


def move(shop: Shop, wish: Doc) -> Doc:
    """Moves units between two states of one item at one location; on_hand stays what it was."""
    changes = wish["changes"]
    for change in changes:
        for side in ("from", "to"):
            present(change[side], "InventoryMoveQuantityTerminalInput")
    reason_known(wish["reason"])
    _reference(wish.get("referenceDocumentUri"))
    ledgers = {change[side].get("ledgerDocumentUri") for change in changes for side in ("from", "to")} - {None}
    if len(ledgers) > _MOST_LEDGERS:
        reason = "Only a maximum of 2 ledger document URIs across all changes is allowed."
        raise Refusal(reason, "MAXIMUM_LEDGER_DOCUMENT_URIS", "input", "changes")
    levels: Levels = {}
    written: list[Doc] = []
    for place, change in enumerate(changes):
        written += _one_move(shop, change, levels, "input", "changes", str(place))
    return post(shop, wish, written)


def _one_move(shop: Shop, change: Doc, levels: Levels, *where: str) -> list[Doc]:
    source, target = change["from"], change["to"]
    if source["locationId"] != target["locationId"]:
        raise Refusal("The quantities can't be moved between different locations.", "DIFFERENT_LOCATIONS", *where)
    if source["name"] == target["name"]:
        raise Refusal("The quantity names for each change can't be the same.", "SAME_QUANTITY_NAME", *where)
    if change["quantity"] <= 0:
        raise Refusal("The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE", *where, "quantity")
    _bounded(change["quantity"], *where, "quantity")
    for side in ("from", "to"):
        _name(change[side]["name"], *where, side, "name")
        _ledger(change[side]["name"], change[side].get("ledgerDocumentUri"), *where, side)
    stock, location = stocked(shop, change["inventoryItemId"], source["locationId"], *where, place="from")
    written = []
    for side, delta in (("from", -change["quantity"]), ("to", change["quantity"])):
        name = change[side]["name"]
        after = _changed(shop, levels, stock, location, name, delta)
        compare(change[side].get("changeFromQuantity"), after - delta, *where, side)
        if after < 0 and name != "available":
            raise Refusal("The quantity can't be negative.", "MOVE_QUANTITIES_FAILED", *where, "quantity")
        written.append(entry(stock, location, name, delta, after, change[side].get("ledgerDocumentUri")))
    return written


def _changed(shop: Shop, levels: Levels, stock: Doc, location: int, name: str, delta: int) -> int:
    """The quantity after this change and those before it in the same call."""
    level = shop.level(stock, location)
    assert level is not None
    key = (stock["sku"], location, name)
    levels[key] = levels.get(key, int(level[name])) + delta
    return levels[key]


def present(given: Doc, kind: str) -> None:
    if "changeFromQuantity" not in given:
        reason = f"{kind} must include the following argument: changeFromQuantity."
        raise GraphQLError(reason, extensions={"code": "INVALID_FIELD_ARGUMENTS"})


def _name(name: str, *where: str) -> None:
    if name not in NAMES:
        allowed = ", ".join(NAMES)
        reason = f"The specified quantity name '{name}' is invalid. Valid values are: {allowed}."
        raise Refusal(reason, "INVALID_QUANTITY_NAME", *where)


def reason_known(reason: str) -> None:
    if reason not in REASONS:
        allowed = ", ".join(REASONS)
        text = f"The specified reason '{reason}' is invalid. Valid values are: {allowed}."
        raise Refusal(text, "INVALID_REASON", "input", "reason")


def stocked(shop: Shop, item: str, location: str, *where: str, place: str | None = None) -> tuple[Doc, int]:
    """The stock record and the number of the location, when the one is stocked at the other."""
    stock, here = shop.stock_by_item(number_of("InventoryItem", item)), number_of("Location", location)
    at = (*where, place, "locationId") if place else (*where, "locationId")
    wrong = []
    if stock is None:
        reason = "The specified inventory item could not be found."
        wrong.append(Refusal(reason, "INVALID_INVENTORY_ITEM", *where, "inventoryItemId"))
    if here not in {one["id"] for one in LOCATIONS}:
        wrong.append(Refusal("The specified location could not be found.", "INVALID_LOCATION", *at))
    if wrong:
        raise Refusal.together(wrong)
    assert stock is not None
    if shop.level(stock, here) is None:
        # 2026-10 lost the code ITEM_NOT_STOCKED_AT_LOCATION; one schema serves both versions, so this one stands in.
        raise Refusal("The inventory item is not stocked at the location.", "INVALID_LOCATION", *at)
    return stock, here


def _reference(uri: str | None) -> None:
    if uri is not None and ":" not in uri:
        reason = "The specified reference document is invalid."
        raise Refusal(reason, "INVALID_REFERENCE_DOCUMENT", "input", "referenceDocumentUri")


def _bounded(quantity: int, *where: str) -> None:
    if quantity > _MOST_UNITS:
        raise Refusal("The quantity can't be higher than 2,000,000,000.", "INVALID_QUANTITY_TOO_HIGH", *where)
    if quantity < -_MOST_UNITS:
        raise Refusal("The quantity can't be lower than -2,000,000,000.", "INVALID_QUANTITY_TOO_LOW", *where)


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


def compare(expected: int | None, actual: int, *where: str) -> None:
    if expected is not None and expected != actual:
        reason = "The changeFromQuantity argument no longer matches the persisted quantity."
        raise Refusal(reason, "CHANGE_FROM_QUANTITY_STALE", *where, "changeFromQuantity")


def entry(stock: Doc, location: int, name: str, delta: int, after: int, ledger: str | None) -> Doc:
    return {
        "sku": stock["sku"],
        "location": location,
        "name": name,
        "delta": delta,
        "after": None if name in ("available", "on_hand") else after,
        "ledger": ledger,
    }


def post(shop: Shop, wish: dict[str, Any], changes: list[Doc]) -> Doc:
    """Writes the changes and their group. What is on hand follows every state that is part of it, and is told too."""
    told: list[Doc] = []
    for one in changes:
        shop.shelve(one["sku"], one["location"], **_with_on_hand(one["name"], one["delta"]))
        told.append(one)
    for sku, location in dict.fromkeys((one["sku"], one["location"]) for one in changes):
        mine = [one for one in changes if (one["sku"], one["location"]) == (sku, location)]
        moved = sum(one["delta"] for one in mine if one["name"] not in ("incoming", "on_hand"))
        if moved:
            told.append({**mine[0], "name": "on_hand", "delta": moved, "after": None, "ledger": None})
    group = {
        "id": shop.number("adjustment", 99_000_001),
        "at": shop.stamp(),
        "reason": wish["reason"],
        "reference": wish.get("referenceDocumentUri"),
        "changes": told,
    }
    shop.save("adjustment", group)
    return group


def _with_on_hand(name: str, delta: int) -> dict[str, int]:
    """Every state but `incoming` is part of what is on hand."""
    return {name: delta} if name == "incoming" else {name: delta, "on_hand": delta}
