"""Stock set to a number instead of changed by one, and items that begin or end to be stocked at a location."""

from sandbox.shopify.gids import number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import LOCATION, LOCATIONS, STATES, Doc, Shop
from sandbox.shopify.stock import compare, entry, post, present, reason_known, stocked

_MOST = 1_000_000_000


def set_quantities(shop: Shop, wish: Doc) -> Doc:
    """inventorySetQuantities: `available` or `on_hand`; the other follows."""
    for one in wish["quantities"]:
        present(one, "InventoryQuantityInput")
    if wish["name"] not in ("available", "on_hand"):
        raise Refusal("The quantity name must be either 'available' or 'on_hand'.", "INVALID_NAME", "input", "name")
    reason_known(wish["reason"])
    pairs = [(one["inventoryItemId"], one["locationId"]) for one in wish["quantities"]]
    if len(set(pairs)) < len(pairs):
        reason = "The combination of inventoryItemId and locationId must be unique."
        raise Refusal(reason, "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", "input", "quantities")
    return _set(shop, wish, wish["name"], wish["quantities"], "quantities")


def set_on_hand(shop: Shop, wish: Doc) -> Doc:
    """inventorySetOnHandQuantities, which inventorySetQuantities took over from."""
    for one in wish["setQuantities"]:
        present(one, "InventorySetQuantityInput")
    reason_known(wish["reason"])
    return _set(shop, wish, "on_hand", wish["setQuantities"], "setQuantities")


def _set(shop: Shop, wish: Doc, name: str, wishes: list[Doc], field: str) -> Doc:
    written: list[Doc] = []
    for place, one in enumerate(wishes):
        where = ("input", field, str(place))
        stock, location = stocked(shop, one["inventoryItemId"], one["locationId"], *where)
        level = shop.level(stock, location)
        assert level is not None
        quantity = one["quantity"]
        if name == "on_hand" and quantity < 0:
            raise Refusal("The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE", *where, "quantity")
        if quantity > _MOST:
            reason = "The total quantity can't be higher than 1,000,000,000."
            raise Refusal(reason, "INVALID_QUANTITY_TOO_HIGH", *where, "quantity")
        if quantity < -_MOST:
            reason = "The total quantity can't be lower than -1,000,000,000."
            raise Refusal(reason, "INVALID_QUANTITY_TOO_LOW", *where, "quantity")
        compare(one.get("changeFromQuantity"), level[name], *where)
        # On hand is the sum of its states: to set it is to change what is available.
        written.append(entry(stock, location, "available", quantity - level[name], quantity, None))
    return post(shop, wish, [one for one in written if one["delta"]])


def activate(shop: Shop, item: str, location: str, available: int | None, on_hand: int | None) -> tuple[Doc, int]:
    """Begins to stock an item at a location. Answers the stock record and the location."""
    stock, here = shop.stock_by_item(number_of("InventoryItem", item)), number_of("Location", location)
    if stock is None:
        raise Refusal("The inventory item couldn't be found.", None, "inventoryItemId")
    if here not in {one["id"] for one in LOCATIONS}:
        raise Refusal("The location couldn't be found.", None, "locationId")
    if available is not None and on_hand is not None:
        raise Refusal("Not allowed to set available and on_hand quantities at the same time.", None, "available")
    for name, given in (("available", available), ("onHand", on_hand)):
        if given is not None and not -_MOST <= given <= _MOST:
            raise Refusal("The quantity is out of range.", None, name)
    if shop.level(stock, here) is not None:
        if available is not None or on_hand is not None:
            word, field = ("available", "available") if available is not None else ("on_hand", "onHand")
            reason = f"Not allowed to set {word} quantity when the item is already active at the location."
            raise Refusal(reason, None, field)
        return stock, here
    count = available if available is not None else on_hand or 0
    level = {**dict.fromkeys(STATES, 0), "available": count, "on_hand": count}
    fresh = {**level, "at": shop.stamp(), "updated_at": shop.stamp()}
    changed = {**stock, "elsewhere": {**stock["elsewhere"], str(here): fresh}}
    shop.save("stock", changed)
    return changed, here


def deactivate(shop: Shop, item: int, location: int) -> None:
    """Ends to stock an item at a location where nothing of it is left."""
    stock = shop.stock_by_item(item)
    level = shop.level(stock, location) if stock else None
    if stock is None or level is None:
        reason = "The inventory level couldn't be found."
        raise Refusal(reason, None, "inventoryLevelId")
    if location == LOCATION["id"]:
        raise Refusal("The item needs to be stocked at a location at least.", None, "inventoryLevelId")
    if any(level[name] for name in STATES):
        reason = "The item still has quantities at the location."
        raise Refusal(reason, None, "inventoryLevelId")
    left = {place: one for place, one in stock["elsewhere"].items() if place != str(location)}
    shop.save("stock", {**stock, "elsewhere": left})
