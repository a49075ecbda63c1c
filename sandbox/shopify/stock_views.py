"""Inventory items, their one level and the location as the schema shows them."""

from typing import Any

from sandbox.shopify.gids import connection, gid, number_of
from sandbox.shopify.shop import LOCATION, Doc, Shop

View = dict[str, Any]

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


def location_view() -> View:
    number = int(str(LOCATION["id"]))
    return {
        "__typename": "Location",
        "id": gid("Location", number),
        "legacyResourceId": number,
        "name": LOCATION["name"],
        "isActive": True,
    }


def item_view(shop: Shop, stock: Doc) -> View:
    def level(_info: Any, locationId: str) -> View | None:  # noqa: N803 - the schema's own name
        return _level(shop, stock) if number_of("Location", locationId) == LOCATION["id"] else None

    return {
        "__typename": "InventoryItem",
        "id": gid("InventoryItem", stock["id"]),
        "legacyResourceId": stock["id"],
        "sku": stock["sku"],
        "tracked": True,
        "inventoryLevel": level,
        "inventoryLevels": connection(lambda: [_level(shop, stock)]),
    }


def _level(shop: Shop, stock: Doc) -> View:
    def quantities(_info: Any, names: list[str]) -> list[View]:
        return [
            {
                "id": f"gid://shopify/InventoryQuantity/{stock['id']}?name={name}",
                "name": name,
                "quantity": stock[name],
                "updatedAt": None,
            }
            for name in names
            if name in STATES
        ]

    return {
        "id": f"gid://shopify/InventoryLevel/{stock['id']}?inventory_item_id={stock['id']}",
        "isActive": True,
        "item": lambda _info: item_view(shop, stock),
        "location": location_view(),
        "quantities": quantities,
    }
