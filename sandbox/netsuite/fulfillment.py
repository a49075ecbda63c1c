"""Item fulfillments: goods of a sales order leaving the warehouse, as far as it has them."""

from sandbox.netsuite import periods, sales, stock
from sandbox.netsuite.catalog import SHIP_STATES
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import user_error
from sandbox.netsuite.heads import head
from sandbox.netsuite.receipt import taken_goods

_MAY_SHIP = ("B", "D", "E")


def draft(desk: Desk, order: Doc, body: Doc, replaced: frozenset[str]) -> Doc:
    """Without `replace`, lines not spoken of go in full. It counts as shipped unless shipStatus says less."""
    if order["status"]["id"] not in _MAY_SHIP:
        raise user_error(f"A sales order that is {order['status']['refName']} cannot be fulfilled.", "status")
    doc = head(desk, "itemFulfillment", order, body)
    asked = body.get("shipStatus")
    state = str((asked.get("id") if isinstance(asked, dict) else asked) or "C")
    if state not in SHIP_STATES:
        raise user_error(f"Invalid value {state} for the field shipStatus.", "shipStatus")
    doc["shipStatus"] = {"id": state, "refName": SHIP_STATES[state]}
    doc["postingPeriod"] = periods.for_posting(desk, doc, body)
    doc["item"] = taken_goods(desk, order, body, "item" in replaced, "quantityFulfilled", doc.get("location"))
    return doc


def saved(desk: Desk, doc: Doc) -> Doc:
    stock.put(desk, doc, stock.moves_of(doc, -1))
    new = desk.new("itemFulfillment", doc)
    sales.refresh(desk, new["createdFrom"]["id"])
    return new


def deleted(desk: Desk, doc: Doc) -> None:
    periods.check_open(desk, doc)
    stock.take_back(desk, doc)
    desk.delete(doc)
    sales.refresh(desk, doc["createdFrom"]["id"])
