"""Item receipts: goods coming back against an authorization, to the place and into the status the line names."""

from sandbox.netsuite import authorization, periods, preferences, stock
from sandbox.netsuite.amounts import to_quantity
from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import user_error
from sandbox.netsuite.heads import head
from sandbox.netsuite.lines import items_of

_MAY_RECEIVE = ("B", "D", "E")


def draft(desk: Desk, source: Doc, body: Doc, replaced: frozenset[str]) -> Doc:
    """The receipt a transform would make. Without `replace`, lines not spoken of are received in full."""
    if not preferences.on(desk, "advanced_receiving"):
        raise user_error("Advanced Receiving is off: goods come back with the credit memo or cash refund.", "status")
    if source["status"]["id"] not in _MAY_RECEIVE:
        raise user_error(
            f"Goods cannot be received against an authorization that is {source['status']['refName']}.", "status"
        )
    doc = head(desk, "itemReceipt", source, body)
    doc["postingPeriod"] = periods.for_posting(desk, doc, body)
    doc["item"] = taken_goods(desk, source, body, "item" in replaced, "quantityReceived", doc.get("location"))
    return doc


def taken_goods(desk: Desk, source: Doc, body: Doc, replace: bool, done: str, at: Doc | None) -> list[Doc]:
    """The goods of an order that a receipt or a fulfillment takes; `done` counts those it took before.

    `at` is the place named in the head; a line's own wins.
    """
    given = {int(e["orderLine"]): (n, e) for n, e in enumerate(items_of(body, "item") or []) if "orderLine" in e}
    lines: list[Doc] = []
    for line in source["item"]:
        number, remaining = line["line"], line["quantity"] - line[done]
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
        lines.append({
            "line": len(lines) + 1, "orderLine": number, "item": line["item"], "itemType": line["itemType"],
            "quantity": quantity, "quantityRemaining": remaining - quantity, "itemReceive": True,
            "custcol_storefront_line": line.get("custcol_storefront_line"),
            "location": _place(desk, entry, at, f"{path}.location"),
            "_assigned": stock.assignments(desk, entry, quantity, path, default=True),
        })  # fmt: skip
    if given:
        raise user_error(f"Line {min(given)} is not a line of the source transaction.", "item")
    if not lines:
        raise user_error("You must have at least one valid line item for this transaction.", "item")
    return lines


def _place(desk: Desk, entry: Doc, at: Doc | None, path: str) -> Doc:
    if entry.get("location") is not None:
        return reference(desk.resolve(("location",), entry["location"], path))
    return at or reference(desk.need("location", stock.MAIN_LOCATION))


def saved(desk: Desk, doc: Doc) -> Doc:
    stock.put(desk, doc, stock.moves_of(doc, 1))
    new = desk.new("itemReceipt", doc)
    authorization.refresh(desk, new["createdFrom"]["id"])
    return new


def deleted(desk: Desk, doc: Doc) -> None:
    """Taking a receipt back needs its units still where it put them, and an open period."""
    periods.check_open(desk, doc)
    stock.take_back(desk, doc)
    desk.delete(doc)
    authorization.refresh(desk, doc["createdFrom"]["id"])
