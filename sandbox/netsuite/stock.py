"""Inventory by item, location and status. Units count as available where both the status and the location say so."""

from typing import Any

from sandbox.netsuite import preferences
from sandbox.netsuite.amounts import to_quantity
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import invalid_content, user_error
from sandbox.netsuite.lines import items_of

# internal id, name, available to sell
STATUSES = (("1", "Good", True), ("2", "Inspection", False), ("3", "Quarantine", False), ("4", "Scrap", False))
GOOD = "1"
MAIN_LOCATION = "1"

Move = list[Any]
"""[item, location id, status id, units]: units come in, or go out when negative."""


def open_the_warehouse(desk: Desk) -> None:
    if desk.find("location", MAIN_LOCATION) is not None:
        return
    desk.books.put("netsuite.location", MAIN_LOCATION, {
        "type": "location", "id": MAIN_LOCATION, "name": "Main Warehouse", "makeInventoryAvailable": True,
        "isInactive": False,
    })  # fmt: skip
    for number, name, available in STATUSES:
        desk.books.put("netsuite.inventoryStatus", number, {
            "type": "inventoryStatus", "id": number, "name": name, "inventoryAvailable": available,
            "isInactive": False,
        })  # fmt: skip


def put(desk: Desk, doc: Doc, moves: list[Move]) -> None:
    """Make the moves of a document that is about to be saved, and note them on it."""
    for item, location, status, units in moves:
        _move(desk, item, location, status, units)
    doc["_moves"] = moves


def take_back(desk: Desk, doc: Doc) -> None:
    for item, location, status, units in reversed(doc.get("_moves", [])):
        _move(desk, item, location, status, -units)


def moves_of(doc: Doc, sign: int) -> list[Move]:
    """What the goods lines of a receipt (1) or a fulfillment (-1) do to the stock."""
    return [
        [line["item"], line["location"]["id"], row["status"], sign * row["quantity"]]
        for line in doc["item"]
        for row in line["_assigned"]
    ]


def available(desk: Desk, balance: Doc) -> int:
    status = desk.need("inventoryStatus", balance["status"])
    location = desk.need("location", balance["location"])
    free = status.get("inventoryAvailable") and location.get("makeInventoryAvailable", True)
    return int(balance["quantity"]) if free else 0


def assignments(desk: Desk, entry: Doc, quantity: int, path: str, *, default: bool = False) -> list[Doc]:
    """[{status, to, quantity}] of a line's inventory detail, which must add up to the line."""
    detail = entry.get("inventoryDetail")
    if not isinstance(detail, dict):
        if not default:
            raise user_error("Please configure the inventory detail for this line.", f"{path}.inventoryDetail")
        return [{"status": GOOD, "to": None, "quantity": quantity}]
    given: list[Any] = items_of(detail, "inventoryAssignment") or []
    where = f"{path}.inventoryDetail.inventoryAssignment"
    statuses = preferences.on(desk, "inventory_status")
    found = []
    for place, row in enumerate(given):
        here = f"{where}.items[{place}]"
        if not statuses and row.keys() & {"inventoryStatus", "toInventoryStatus"}:
            raise invalid_content("The feature Inventory Status is off in this account.", f"{here}.inventoryStatus")
        status = desk.resolve(("inventoryStatus",), row.get("inventoryStatus", GOOD), f"{here}.inventoryStatus")
        to = row.get("toInventoryStatus")
        found.append({
            "status": status["id"],
            "to": desk.resolve(("inventoryStatus",), to, f"{here}.toInventoryStatus")["id"] if to else None,
            "quantity": to_quantity(row.get("quantity", 0), f"{here}.quantity"),
        })  # fmt: skip
    if sum(row["quantity"] for row in found) != quantity:
        raise user_error("The inventory detail quantity must match the line quantity.", where)
    return found


def _move(desk: Desk, item: Doc, location: str, status: str, units: int) -> None:
    """Refuses to go below zero."""
    key = f"{item['id']}|{location}|{status}"
    held = desk.books.get("netsuite.inventoryBalance", key) or {"quantity": 0}
    left = int(held["quantity"]) + units
    if left < 0:
        name = desk.need("inventoryStatus", status)["name"]
        raise user_error(
            f"The item {item['refName']} has only {held['quantity']} in the status {name}; {-units} were asked for."
        )
    desk.books.put("netsuite.inventoryBalance", key, {
        "item": item["id"], "sku": item["refName"], "location": location, "status": status, "quantity": left,
    })  # fmt: skip
