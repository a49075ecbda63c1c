"""Inventory by item, location and status. Only units in the status Good are available to sell."""

from typing import Any

from sandbox.netsuite import periods
from sandbox.netsuite.amounts import to_quantity
from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import invalid_content, user_error
from sandbox.netsuite.lines import items_of

# internal id, name, available to sell
STATUSES = (("1", "Good", True), ("2", "Inspection", False), ("3", "Quarantine", False), ("4", "Scrap", False))
MAIN_LOCATION = "1"


def open_the_warehouse(desk: Desk) -> None:
    if desk.find("location", MAIN_LOCATION) is not None:
        return
    desk.books.put("netsuite.location", MAIN_LOCATION, {
        "type": "location", "id": MAIN_LOCATION, "name": "Main Warehouse", "isInactive": False,
    })  # fmt: skip
    for number, name, available in STATUSES:
        desk.books.put("netsuite.inventoryStatus", number, {
            "type": "inventoryStatus", "id": number, "name": name, "inventoryAvailable": available,
            "isInactive": False,
        })  # fmt: skip


def move(desk: Desk, item: Doc, location: str, status: str, units: int) -> None:
    """Add (or take, when negative) units of an item in one status. Refuses to go below zero."""
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


def assignments(desk: Desk, entry: Doc, quantity: int, path: str, *, default: bool = False) -> list[Doc]:
    """[{status, to, quantity}] of a line's inventory detail, which must add up to the line."""
    detail = entry.get("inventoryDetail")
    if not isinstance(detail, dict):
        if not default:
            raise user_error("Please configure the inventory detail for this line.", f"{path}.inventoryDetail")
        return [{"status": "1", "to": None, "quantity": quantity}]
    given: list[Any] = items_of(detail, "inventoryAssignment") or []
    where = f"{path}.inventoryDetail.inventoryAssignment"
    found = []
    for place, row in enumerate(given):
        here = f"{where}.items[{place}]"
        status = desk.resolve(("inventoryStatus",), row.get("inventoryStatus", "1"), f"{here}.inventoryStatus")
        to = row.get("toInventoryStatus")
        found.append({
            "status": status["id"],
            "to": desk.resolve(("inventoryStatus",), to, f"{here}.toInventoryStatus")["id"] if to else None,
            "quantity": to_quantity(row.get("quantity", 0), f"{here}.quantity"),
        })  # fmt: skip
    if sum(row["quantity"] for row in found) != quantity:
        raise user_error("The inventory detail quantity must match the line quantity.", where)
    return found


def transfer(desk: Desk, body: Doc) -> Doc:
    """A bin transfer: units of one location from one status to another."""
    location = desk.resolve(("location",), body.get("location", MAIN_LOCATION), "location")
    doc = _header(body) | {"location": reference(location), "inventory": []}
    for place, entry in enumerate(_lines(body)):
        path = f"inventory.items[{place}]"
        item, units = desk.item(entry.get("item"), f"{path}.item"), to_quantity(entry.get("quantity"), path)
        for row in assignments(desk, entry, units, path):
            if row["to"] is None:
                raise user_error("A status to transfer to is needed.", f"{path}.inventoryDetail")
            move(desk, reference(item), location["id"], row["status"], -row["quantity"])
            move(desk, reference(item), location["id"], row["to"], row["quantity"])
            doc["inventory"].append({"line": place + 1, "item": reference(item), **row})
    return desk.new("binTransfer", doc)


def adjustment(desk: Desk, body: Doc) -> Doc:
    """An inventory adjustment that takes units out of stock. Bringing units in is not offered."""
    if not body.get("account"):
        raise user_error("Please enter value(s) for: Adjustment Account", "account")
    doc = _header(body) | {"inventory": [], "postingPeriod": periods.for_posting(desk, body)}
    for place, entry in enumerate(_lines(body)):
        path = f"inventory.items[{place}]"
        item = desk.item(entry.get("item"), f"{path}.item")
        location = desk.resolve(("location",), entry.get("location", MAIN_LOCATION), f"{path}.location")
        by = entry.get("adjustQtyBy")
        if isinstance(by, bool) or not isinstance(by, int) or by >= 0:
            raise user_error("Only adjustments that take units out are allowed.", f"{path}.adjustQtyBy")
        for row in assignments(desk, entry, -by, path):
            move(desk, reference(item), location["id"], row["status"], -row["quantity"])
            doc["inventory"].append({"line": place + 1, "item": reference(item), **row})
    return desk.new("inventoryAdjustment", doc)


def _header(body: Doc) -> Doc:
    kept = {name: body[name] for name in ("externalId", "memo", "tranDate") if body.get(name)}
    return kept


def _lines(body: Doc) -> list[Doc]:
    lines = items_of(body, "inventory")
    if not lines:
        raise invalid_content("At least one inventory line is needed.", "inventory")
    return lines
