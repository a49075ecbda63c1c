"""Item receipts: goods coming back against an authorization, into the inventory status the line names."""

from sandbox.netsuite import authorization, periods, stock
from sandbox.netsuite.amounts import to_quantity
from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import user_error
from sandbox.netsuite.lines import items_of

_MAY_RECEIVE = ("B", "D", "E")


def draft(desk: Desk, source: Doc, body: Doc, replace: bool) -> Doc:
    """The receipt a transform would make. Without `replace`, lines not spoken of are received in full."""
    if source["status"]["id"] not in _MAY_RECEIVE:
        raise user_error(
            f"Goods cannot be received against an authorization that is {source['status']['refName']}.", "status"
        )
    given = {int(e["orderLine"]): (n, e) for n, e in enumerate(items_of(body, "item") or []) if "orderLine" in e}
    doc: Doc = {
        "type": "itemReceipt",
        "entity": source["entity"],
        "currency": source["currency"],
        "createdFrom": reference(source),
        "custbody_storefront_order": source.get("custbody_storefront_order"),
        "tranDate": body.get("tranDate") or desk.today(),
        "memo": body.get("memo", ""),
        "item": [],
    }
    if body.get("externalId"):
        doc["externalId"] = body["externalId"]
    doc["postingPeriod"] = periods.for_posting(desk, doc | {"postingPeriod": body.get("postingPeriod")})
    for line in source["item"]:
        number, remaining = line["line"], line["quantity"] - line["quantityReceived"]
        place, entry = given.pop(number, (0, {"itemReceive": not replace}))
        if line["itemType"] != "InvtPart" or line["isClosed"] or not entry.get("itemReceive", True):
            continue
        path = f"item.items[{place}]"
        quantity = to_quantity(entry["quantity"], f"{path}.quantity") if "quantity" in entry else remaining
        if quantity > remaining:
            raise user_error(
                f"The quantity received for line {number} exceeds the quantity remaining ({remaining}).",
                f"{path}.quantity",
            )
        if quantity == 0:
            continue
        doc["item"].append({
            "line": len(doc["item"]) + 1, "orderLine": number, "item": line["item"], "itemType": line["itemType"],
            "quantity": quantity, "quantityRemaining": remaining - quantity, "itemReceive": True,
            "custcol_storefront_line": line.get("custcol_storefront_line"),
            "location": {"id": stock.MAIN_LOCATION, "refName": "Main Warehouse"},
            "_assigned": stock.assignments(desk, entry, quantity, path, default=True),
        })  # fmt: skip
    if given:
        raise user_error(f"Line {min(given)} is not a line of the authorization.", "item")
    if not doc["item"]:
        raise user_error("You must have at least one valid line item for this transaction.", "item")
    return doc


def saved(desk: Desk, doc: Doc) -> Doc:
    new = desk.new("itemReceipt", doc)
    _put(desk, new, 1)
    authorization.refresh(desk, new["createdFrom"]["id"])
    return new


def deleted(desk: Desk, doc: Doc) -> None:
    """Taking a receipt back needs its units still where it put them, and an open period."""
    periods.for_posting(desk, doc)
    _put(desk, doc, -1)
    desk.delete(doc)
    authorization.refresh(desk, doc["createdFrom"]["id"])


def _put(desk: Desk, doc: Doc, sign: int) -> None:
    for line in doc["item"]:
        for row in line["_assigned"]:
            stock.move(desk, line["item"], line["location"]["id"], row["status"], sign * row["quantity"])
