"""Documents that only move stock: bin transfers, inventory transfers, inventory adjustments."""

from sandbox.netsuite import periods, preferences, stock
from sandbox.netsuite.amounts import to_quantity, to_whole
from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import invalid_content, user_error
from sandbox.netsuite.lines import items_of


def bin_transfer(desk: Desk, body: Doc) -> Doc:
    """Units of one location from one status to another. The account has no bins to move between."""
    if not preferences.on(desk, "inventory_status"):
        raise user_error("The feature Inventory Status is off in this account: there is nothing to move between.")
    location = _location(desk, body, "location")
    doc = _head(desk, "binTransfer", body) | {"location": reference(location), "inventory": []}
    moves: list[stock.Move] = []
    for place, entry in enumerate(_lines(body)):
        path = f"inventory.items[{place}]"
        item = reference(desk.item(entry.get("item"), f"{path}.item"))
        units = to_quantity(entry.get("quantity"), f"{path}.quantity")
        for row in stock.assignments(desk, entry, units, path):
            if row["to"] is None:
                raise user_error("A status to transfer to is needed.", f"{path}.inventoryDetail")
            moves.append([item, location["id"], row["status"], -row["quantity"]])
            moves.append([item, location["id"], row["to"], row["quantity"]])
            doc["inventory"].append({"line": len(doc["inventory"]) + 1, "item": item, **row})
    return _saved(desk, doc, moves)


def transfer(desk: Desk, body: Doc) -> Doc:
    """Units from one location to another; they keep their status unless the detail names one to go into."""
    here, there = _location(desk, body, "location"), _location(desk, body, "transferLocation")
    if here["id"] == there["id"]:
        raise user_error("The two locations of an inventory transfer must differ.", "transferLocation")
    doc = _head(desk, "inventoryTransfer", body)
    doc |= {"location": reference(here), "transferLocation": reference(there), "inventory": []}
    doc["postingPeriod"] = periods.for_posting(desk, doc, body)
    moves: list[stock.Move] = []
    for place, entry in enumerate(_lines(body)):
        path = f"inventory.items[{place}]"
        item = reference(desk.item(entry.get("item"), f"{path}.item"))
        units = to_quantity(entry.get("adjustQtyBy"), f"{path}.adjustQtyBy")
        rows = stock.assignments(desk, entry, units, path, default=True)
        for row in rows:
            moves.append([item, here["id"], row["status"], -row["quantity"]])
            moves.append([item, there["id"], row["to"] or row["status"], row["quantity"]])
        doc["inventory"].append({"line": place + 1, "item": item, "adjustQtyBy": units, "_assigned": rows})
    return _saved(desk, doc, moves)


def adjustment(desk: Desk, body: Doc) -> Doc:
    """Units found or lost, against an account. What they are worth is not reckoned."""
    if not body.get("account"):
        raise user_error("Please enter value(s) for: Adjustment Account", "account")
    doc = _head(desk, "inventoryAdjustment", body) | {"inventory": [], "account": body["account"]}
    doc["postingPeriod"] = periods.for_posting(desk, doc, body)
    moves: list[stock.Move] = []
    for place, entry in enumerate(_lines(body)):
        path = f"inventory.items[{place}]"
        item = reference(desk.item(entry.get("item"), f"{path}.item"))
        location = desk.resolve(("location",), entry.get("location", stock.MAIN_LOCATION), f"{path}.location")
        by = to_whole(entry.get("adjustQtyBy"), f"{path}.adjustQtyBy")
        if by == 0:
            raise user_error("Please enter a quantity other than zero.", f"{path}.adjustQtyBy")
        sign = 1 if by > 0 else -1
        for row in stock.assignments(desk, entry, abs(by), path, default=not preferences.on(desk, "inventory_status")):
            moves.append([item, location["id"], row["status"], sign * row["quantity"]])
            line = {"line": len(doc["inventory"]) + 1, "item": item, "location": reference(location), **row}
            doc["inventory"].append(line | {"adjustQtyBy": sign * row["quantity"]})
    return _saved(desk, doc, moves)


def deleted(desk: Desk, doc: Doc) -> None:
    if "postingPeriod" in doc:
        periods.check_open(desk, doc)
    stock.take_back(desk, doc)
    desk.delete(doc)


def _saved(desk: Desk, doc: Doc, moves: list[stock.Move]) -> Doc:
    stock.put(desk, doc, moves)
    return desk.new(doc["type"], doc)


def _head(desk: Desk, kind: str, body: Doc) -> Doc:
    kept = {name: body[name] for name in ("externalId", "memo") if body.get(name)}
    return {"type": kind, "tranDate": body.get("tranDate") or desk.today()} | kept


def _location(desk: Desk, body: Doc, field: str) -> Doc:
    if field != "location" and body.get(field) is None:
        raise user_error("Please enter value(s) for: To Location", field)
    return desk.resolve(("location",), body.get(field) or stock.MAIN_LOCATION, field)


def _lines(body: Doc) -> list[Doc]:
    lines = items_of(body, "inventory")
    if not lines:
        raise invalid_content("At least one inventory line is needed.", "inventory")
    return lines
