"""Sales orders, and the invoices and cash sales that bill them or stand alone."""

import copy

from sandbox.netsuite import periods
from sandbox.netsuite.amounts import by_rate, currency_of, to_minor, total_up
from sandbox.netsuite.catalog import ORDER_STATES
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import invalid_content, user_error
from sandbox.netsuite.heads import WORDS, head, rate_of
from sandbox.netsuite.lines import items_of, taken
from sandbox.netsuite.taxes import copied, fill

_BILLS = ("invoice", "cashSale")
_FIXED = frozenset({"taxDetails", "shippingCost", "tranDate", "postingPeriod", "currency", "entity"})


def draft(desk: Desk, kind: str, order: Doc | None, body: Doc, replaced: frozenset[str]) -> Doc:
    """A sales order, invoice or cash sale as it would be saved; a bill made of an order takes what is not billed."""
    if order is not None and order["status"]["id"] in ("A", "C", "G", "H"):
        raise user_error(f"A sales order that is {order['status']['refName']} cannot be billed.", "status")
    open_lines = [] if order is None else _unbilled(order)
    doc = head(desk, kind, order, body)
    doc["exchangeRate"] = rate_of(desk, doc, body) if order is None else order.get("exchangeRate", "1")
    doc["_shippingTaxes"] = [] if order is None else order.get("_shippingTaxes", [])
    doc["item"] = taken(desk, doc, open_lines, body, "item" in replaced)
    if not doc["item"]:
        raise user_error("You must enter at least one line item for this transaction.", "item")
    left = {line["orderLine"]: line["quantity"] for line in open_lines}
    for line in doc["item"]:
        if line["quantity"] > left.get(line.get("orderLine"), line["quantity"]):
            raise user_error(f"The quantity of line {line['orderLine']} exceeds what is left to bill.", "item")
    given = body.get("shippingCost")
    unbilled = 0 if order is None else _shipping_left(desk, order)
    doc["shippingCost"] = unbilled if given is None else to_minor(given, currency_of(doc), "shippingCost")
    fill(desk, doc, body)
    total_up(doc)
    if kind == "salesOrder":
        doc["orderStatus"] = _state_asked(body.get("orderStatus") or {"id": "B"})
        for line in doc["item"]:
            line |= {"quantityBilled": 0, "quantityFulfilled": 0}
        doc["status"] = _status(doc)
    else:
        doc["postingPeriod"] = periods.for_posting(desk, doc, body)
        paid_at_once = kind == "cashSale"
        doc["status"] = {"id": "C", "refName": "Deposited"} if paid_at_once else {"id": "A", "refName": "Open"}
        if not paid_at_once:
            doc |= {"amountRemaining": doc["total"], "amountPaid": 0}
    return doc


def saved(desk: Desk, doc: Doc) -> Doc:
    new = desk.new(doc["type"], doc)
    if (order := desk.source_of(new)) is not None:
        refresh(desk, order["id"])
    return new


def refresh(desk: Desk, number: str) -> None:
    """Count bills and fulfillments into the order's lines again, after one came or went."""
    doc = copy.deepcopy(desk.need("salesOrder", number))
    for line in doc["item"]:
        line |= {"quantityBilled": 0, "quantityFulfilled": line.get("_delivered", 0)}
    by_number = {line["line"]: line for line in doc["item"]}
    for bill in desk.children(doc, *_BILLS):
        for line in bill["item"]:
            if "orderLine" in line:
                by_number[line["orderLine"]]["quantityBilled"] += line["quantity"]
    for shipment in desk.children(doc, "itemFulfillment"):
        for line in shipment["item"]:
            by_number[line["orderLine"]]["quantityFulfilled"] += line["quantity"]
    doc["status"] = _status(doc)
    desk.save(doc)


def changed(desk: Desk, old: Doc, body: Doc) -> Doc:
    """PATCH: words; on an order also its approval and its lines' end. Amounts stay."""
    if fixed := _FIXED & body.keys():
        raise user_error("The amounts of this transaction are not changed here.", min(fixed))
    doc = copy.deepcopy(old) | {name: body[name] for name in WORDS if name in body}
    if old["type"] != "salesOrder":
        if "item" in body:
            raise user_error("The lines of a posted sale are not changed here.", "item")
        return doc
    if "orderStatus" in body:
        if doc["children"]:
            raise user_error("An order that was billed or fulfilled keeps its approval.", "orderStatus")
        doc["orderStatus"] = _state_asked(body["orderStatus"])
    by_number = {line["line"]: line for line in doc["item"]}
    for place, entry in enumerate(items_of(body, "item") or []):
        if entry.get("line") not in by_number or entry.keys() - {"line", "isClosed"}:
            raise invalid_content("Of an order's line only isClosed is changed here.", f"item.items[{place}]")
        by_number[entry["line"]]["isClosed"] = bool(entry.get("isClosed"))
    return doc | {"status": _status(doc)}


def deleted(desk: Desk, doc: Doc) -> None:
    if doc["children"]:
        raise user_error("This transaction cannot be deleted because it is linked to by one or more transactions.")
    if doc.get("amountPaid"):
        raise user_error("This transaction cannot be deleted because it was paid or credited.")
    order = desk.source_of(doc)
    if "postingPeriod" in doc:
        periods.check_open(desk, doc)
    desk.delete(doc)
    if order is not None:
        refresh(desk, order["id"])


def _status(doc: Doc) -> Doc:
    state = _state(doc)
    return {"id": state, "refName": ORDER_STATES[state]}


def _state(doc: Doc) -> str:
    lines = [line for line in doc["item"] if not line["isClosed"]]
    if not lines:
        return "H"
    if doc["orderStatus"]["id"] == "A":
        return "A"
    goods = [line for line in lines if line["itemType"] == "InvtPart"]
    shipped = all(line["quantityFulfilled"] >= line["quantity"] for line in goods)
    if shipped:
        return "G" if all(line["quantityBilled"] >= line["quantity"] for line in lines) else "F"
    if not any(line["quantityFulfilled"] for line in goods):
        return "B"
    return "E" if any(line["quantityFulfilled"] > line["quantityBilled"] for line in goods) else "D"


def _unbilled(order: Doc) -> list[Doc]:
    """The order's lines not billed yet; a line taken whole keeps its amounts and taxes."""
    found = []
    for line in order["item"]:
        left = line["quantity"] - line["quantityBilled"]
        if line["isClosed"] or left <= 0:
            continue
        gone = ("line", "taxDetailsReference", "grossAmt", "quantityBilled", "quantityFulfilled", "_delivered")
        new = {name: value for name, value in line.items() if name not in gone}
        new |= {"orderLine": line["line"], "quantity": left}
        if left == line["quantity"]:
            new["_copied"] = copied(order, line)
        else:
            new["amount"] = by_rate(line["rate"], left, currency_of(order))
        found.append(new)
    return found


def _shipping_left(desk: Desk, order: Doc) -> int:
    billed = sum(int(bill.get("shippingCost", 0)) for bill in desk.children(order, *_BILLS))
    return int(order.get("shippingCost", 0)) - billed


def _state_asked(value: object) -> Doc:
    wanted = value.get("id") if isinstance(value, dict) else value
    if wanted not in ("A", "B"):
        raise invalid_content(f"Invalid value {wanted!r} for the field orderStatus.", "orderStatus")
    return {"id": wanted, "refName": ORDER_STATES[str(wanted)]}
