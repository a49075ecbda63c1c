"""Variants, inventory items, their levels and the locations as the schema shows them."""

from typing import Any

from sandbox.shopify import setup
from sandbox.shopify.amounts import written
from sandbox.shopify.gids import connection, node, number_of
from sandbox.shopify.shop import LOCATION, LOCATIONS, STATES, Doc, Shop

View = dict[str, Any]

_PART_OF_ON_HAND = tuple(name for name in STATES if name not in ("incoming", "on_hand"))
STATE_NAMES: list[View] = [
    {
        "name": name,
        "displayName": name.replace("_", " ").capitalize(),
        "isInUse": True,
        "belongsTo": ["on_hand"] if name in _PART_OF_ON_HAND else [],
        "comprises": list(_PART_OF_ON_HAND) if name == "on_hand" else [],
    }
    for name in STATES
]


def location_view(shop: Shop, number: int | None = None) -> View:
    """The main location, unless another is asked for."""
    location = next(one for one in LOCATIONS if number in (None, one["id"]))
    here = int(str(location["id"]))
    main = location is LOCATION

    def level(_info: Any, inventoryItemId: str) -> View | None:  # noqa: N803 - the schema's own name
        stock = shop.stock_by_item(number_of("InventoryItem", inventoryItemId))
        return level_view(shop, stock, here) if stock else None

    return node(
        "Location",
        here,
        legacyResourceId=here,
        name=location["name"],
        isActive=True,
        isPrimary=main,
        isFulfillmentService=False,
        fulfillsOnlineOrders=main,
        shipsInventory=main,
        hasActiveInventory=lambda _info: (
            main or any(str(here) in one["elsewhere"] for one in shop.books.all("shopify.stock"))
        ),
        createdAt="2026-01-01T00:00:00Z",
        updatedAt="2026-01-01T00:00:00Z",
        deactivatedAt=None,
        inventoryLevel=level,
    )


def variant_view(shop: Shop, stock: Doc) -> View:
    return node(
        "ProductVariant",
        stock["id"],
        legacyResourceId=stock["id"],
        sku=stock["sku"],
        title=stock["title"],
        displayName=stock["title"],
        price=written(stock["price"], stock["currency"]),
        barcode=None,
        availableForSale=stock["available"] > 0,
        taxable=bool(stock["taxes"]),
        inventoryQuantity=stock["available"] + sum(one["available"] for one in stock["elsewhere"].values()),
        inventoryItem=lambda _info: item_view(shop, stock),
        createdAt=stock["at"],
        updatedAt=stock["updated_at"],
    )


def item_view(shop: Shop, stock: Doc) -> View:
    places = [int(str(LOCATION["id"])), *(int(number) for number in stock["elsewhere"])]

    def level(_info: Any, locationId: str) -> View | None:  # noqa: N803 - the schema's own name
        return level_view(shop, stock, number_of("Location", locationId))

    return node(
        "InventoryItem",
        stock["id"],
        legacyResourceId=stock["id"],
        sku=stock["sku"],
        tracked=setup.tracked(shop, stock["sku"]),
        requiresShipping=True,
        createdAt=stock["at"],
        updatedAt=stock["updated_at"],
        countryCodeOfOrigin=None,
        harmonizedSystemCode=None,
        unitCost=None,
        locationsCount={"count": len(places), "precision": "EXACT"},
        variant=lambda _info: variant_view(shop, stock),
        inventoryLevel=level,
        inventoryLevels=connection(lambda: [view for at in places if (view := level_view(shop, stock, at))]),
    )


def level_view(shop: Shop, stock: Doc, location: int) -> View | None:
    level = shop.level(stock, location)
    if level is None:
        return None

    def quantities(_info: Any, names: list[str]) -> list[View]:
        return [
            {
                "__typename": "InventoryQuantity",
                "id": f"gid://shopify/InventoryQuantity/{location}?inventory_item_id={stock['id']}&name={name}",
                "name": name,
                "quantity": level[name],
                "updatedAt": level["updated_at"] if name == "available" else None,
            }
            for name in names
            if name in STATES
        ]

    empty = not any(level[name] for name in STATES)
    return {
        "__typename": "InventoryLevel",
        "id": f"gid://shopify/InventoryLevel/{location}?inventory_item_id={stock['id']}",
        "isActive": True,
        "canDeactivate": empty and location != LOCATION["id"],
        "deactivationAlert": None,
        "createdAt": level["at"],
        "updatedAt": level["updated_at"],
        "item": lambda _info: item_view(shop, stock),
        "location": lambda _info: location_view(shop, location),
        "quantities": quantities,
    }


def adjustment_view(shop: Shop, group: Doc) -> View:
    return node(
        "InventoryAdjustmentGroup",
        group["id"],
        createdAt=group["at"],
        reason=group["reason"],
        referenceDocumentUri=group["reference"],
        changes=[
            {
                "delta": one["delta"],
                "name": one["name"],
                "ledgerDocumentUri": one["ledger"],
                "quantityAfterChange": one["after"],
                "location": location_view(shop, one["location"]),
                "item": item_view(shop, stock) if (stock := shop.stock(one["sku"])) else None,
            }
            for one in group["changes"]
        ],
    )
