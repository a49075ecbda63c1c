"""Return authorizations: made from an invoice or its order, their lines' progress, and the states A to H."""

import copy

from sandbox.netsuite.amounts import total_up
from sandbox.netsuite.catalog import RETURN_STATES
from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import invalid_content, user_error
from sandbox.netsuite.lines import taken
from sandbox.netsuite.open_amounts import invoice_of, open_for_return
from sandbox.netsuite.taxes import fill


def draft(desk: Desk, source: Doc, body: Doc, replace: bool) -> Doc:
    """The authorization a transform would make of an invoice or sales order; nothing is saved."""
    invoice = invoice_of(desk, source)
    open_lines = open_for_return(desk, invoice)
    doc: Doc = {
        "type": "returnAuthorization",
        "entity": source["entity"],
        "currency": source["currency"],
        "createdFrom": reference(source),
        "custbody_storefront_order": source.get("custbody_storefront_order"),
        "exchangeRate": source.get("exchangeRate", "1"),
        "tranDate": body.get("tranDate") or desk.today(),
        "memo": body.get("memo", ""),
        "_invoice": invoice["id"],
    }
    if body.get("externalId"):
        doc["externalId"] = body["externalId"]
    doc["orderStatus"] = _state_asked(body.get("orderStatus", {"id": "A"}))
    doc["item"] = taken(desk, doc, [line for line in open_lines if line["quantity"] > 0 or replace], body, replace)
    if not doc["item"]:
        raise user_error("You must enter at least one line item for this transaction.", "item")
    allowed = {line["orderLine"]: line["quantity"] for line in open_lines}
    for line in doc["item"]:
        if "orderLine" in line and line["quantity"] > allowed[line["orderLine"]]:
            raise user_error(
                f"The quantity of line {line['orderLine']} exceeds the quantity that can still be returned"
                f" ({allowed[line['orderLine']]}).", "item",
            )  # fmt: skip
        line |= {"quantityReceived": 0, "quantityBilled": 0}
    fill(desk, doc, body)
    total_up(doc)
    doc["status"] = status(doc)
    return doc


def status(doc: Doc) -> Doc:
    """The state the lines add up to. Refund in Advance of Return is on: a credit may come before the goods."""
    state = _state(doc)
    return {"id": state, "refName": RETURN_STATES[state]}


def _state(doc: Doc) -> str:
    if all(line["isClosed"] for line in doc["item"]):
        return "H"
    if doc["orderStatus"]["id"] == "A":
        return "A"
    lines = [line for line in doc["item"] if not line["isClosed"]]
    goods = [line for line in lines if line["itemType"] == "InvtPart"]
    # A line without units is a credit by value alone: it is done when a memo took it.
    credited = all(
        line["quantityBilled"] >= line["quantity"] and (line["quantity"] or line.get("_billed")) for line in lines
    )
    received = all(line["quantityReceived"] >= line["quantity"] for line in goods)
    some = any(line["quantityReceived"] for line in goods)
    owed = any(line["quantityReceived"] > line["quantityBilled"] for line in goods)
    if received:
        return "G" if credited else "F"
    if not some:
        return "B"
    return "E" if owed else "D"


def refresh(desk: Desk, number: str) -> None:
    """Count receipts and credits into the lines again, after one came, changed or went."""
    doc = copy.deepcopy(desk.need("returnAuthorization", number))
    for line in doc["item"]:
        line |= {"quantityReceived": 0, "quantityBilled": 0, "_billed": False}
    by_number = {line["line"]: line for line in doc["item"]}
    for receipt in desk.children(doc, "itemReceipt"):
        for line in receipt["item"]:
            by_number[line["orderLine"]]["quantityReceived"] += line["quantity"]
    for memo in desk.children(doc, "creditMemo"):
        for line in memo["item"]:
            if "orderLine" in line:
                by_number[line["orderLine"]]["quantityBilled"] += line["quantity"]
                by_number[line["orderLine"]]["_billed"] = True
    doc["status"] = status(doc)
    desk.save(doc)


def changed(desk: Desk, old: Doc, body: Doc, replace: bool) -> Doc:
    """PATCH: approve or send back for approval, close lines, and before any receipt or credit change the lines."""
    doc = copy.deepcopy(old)
    if "orderStatus" in body:
        wanted = _state_asked(body["orderStatus"])
        if doc["children"] and wanted["id"] == "A":
            raise user_error("An authorization with receipts or credits cannot go back to approval.", "orderStatus")
        doc["orderStatus"] = wanted
    if "item" in body:
        _change_lines(desk, doc, body, replace)
    doc |= {name: body[name] for name in ("memo", "tranDate") if name in body}
    doc["status"] = status(doc)
    return doc


def _change_lines(desk: Desk, doc: Doc, body: Doc, replace: bool) -> None:
    entries = body["item"].get("items", []) if isinstance(body["item"], dict) else []
    only_closing = not replace and all(set(entry) <= {"line", "isClosed"} for entry in entries)
    if only_closing:
        by_number = {line["line"]: line for line in doc["item"]}
        for place, entry in enumerate(entries):
            if entry.get("line") not in by_number:
                raise invalid_content(f"There is no line {entry.get('line')}.", f"item.items[{place}].line")
            by_number[entry["line"]]["isClosed"] = bool(entry.get("isClosed"))
        return
    if doc["children"]:
        raise user_error("Lines cannot be changed once goods were received or credited.", "item")
    keyed = [line | {"orderLine": line["line"], "_origin": line.get("orderLine")} for line in doc["item"]]
    doc["item"] = taken(desk, doc, keyed, body, replace)
    for line in doc["item"]:
        origin = line.pop("_origin", None)
        line.pop("orderLine", None)
        if origin is not None:
            line["orderLine"] = origin
        line |= {"quantityReceived": 0, "quantityBilled": 0}
    fill(desk, doc, body)
    total_up(doc)


def check_deletable(doc: Doc) -> None:
    if doc["children"]:
        raise user_error("This transaction cannot be deleted because it is linked to by one or more transactions.")


def _state_asked(value: object) -> Doc:
    wanted = value.get("id") if isinstance(value, dict) else value
    if wanted not in ("A", "B"):
        raise invalid_content(f"Invalid value {wanted!r} for the field orderStatus.", "orderStatus")
    return {"id": wanted, "refName": RETURN_STATES[str(wanted)]}
