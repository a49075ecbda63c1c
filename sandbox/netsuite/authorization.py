"""Return authorizations: made from a sale or its order or standing alone, their lines' progress, the states A to H."""

import copy

from sandbox.netsuite import preferences
from sandbox.netsuite.amounts import total_up
from sandbox.netsuite.catalog import RETURN_STATES
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import invalid_content, user_error
from sandbox.netsuite.heads import WORDS, head, rate_of
from sandbox.netsuite.lines import items_of, taken
from sandbox.netsuite.open_amounts import open_for_return, sale_of
from sandbox.netsuite.taxes import fill


def draft(desk: Desk, source: Doc | None, body: Doc, replaced: frozenset[str]) -> Doc:
    """The authorization a transform would make of an invoice, cash sale or sales order; nothing is saved."""
    sale = None if source is None else sale_of(desk, source)
    open_lines = [] if sale is None else open_for_return(desk, sale)
    doc = head(desk, "returnAuthorization", source, body)
    doc["exchangeRate"] = rate_of(desk, doc, body) if source is None else source.get("exchangeRate", "1")
    if sale is not None:
        doc["_sale"] = sale["id"]
    default = preferences.all_of(desk)["default_return_status"]
    doc["orderStatus"] = _state_asked(body.get("orderStatus") or {"id": default})
    replace = "item" in replaced
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
    _check_minimum(desk, doc)
    fill(desk, doc, body)
    total_up(doc)
    doc["status"] = status(desk, doc)
    return doc


def status(desk: Desk, doc: Doc) -> Doc:
    """The state the lines add up to, and what it is called in this account."""
    receiving = preferences.on(desk, "advanced_receiving")
    state = _state(doc) if receiving else _state_without_receiving(doc)
    name = "Partially Refunded" if state == "E" and not receiving else RETURN_STATES[state]
    return {"id": state, "refName": name}


def _state(doc: Doc) -> str:
    if (before := _state_before(doc)) is not None:
        return before
    lines = [line for line in doc["item"] if not line["isClosed"]]
    goods = [line for line in lines if line["itemType"] == "InvtPart"]
    received = all(line["quantityReceived"] >= line["quantity"] for line in goods)
    some = any(line["quantityReceived"] for line in goods)
    owed = any(line["quantityReceived"] > line["quantityBilled"] for line in goods)
    if received:
        return "G" if all(_credited(line) for line in lines) else "F"
    if not some:
        return "B"
    return "E" if owed else "D"


def _state_without_receiving(doc: Doc) -> str:
    """Advanced Receiving off: goods come back with the credit, so there are fewer states."""
    if (before := _state_before(doc)) is not None:
        return before
    lines = [line for line in doc["item"] if not line["isClosed"]]
    if all(_credited(line) for line in lines):
        return "G"
    return "E" if any(line["quantityBilled"] or line.get("_billed") for line in lines) else "F"


def _state_before(doc: Doc) -> str | None:
    """What does not depend on goods or credits."""
    if doc["orderStatus"]["id"] == "C":
        return "C"
    if all(line["isClosed"] for line in doc["item"]):
        return "H"
    return "A" if doc["orderStatus"]["id"] == "A" else None


def _credited(line: Doc) -> bool:
    """A line without units is a credit by value alone: it is done when a memo took it."""
    return bool(line["quantityBilled"] >= line["quantity"] and (line["quantity"] or line.get("_billed")))


def refresh(desk: Desk, number: str) -> None:
    """Count receipts and credits into the lines again, after one came, changed or went."""
    doc = copy.deepcopy(desk.need("returnAuthorization", number))
    for line in doc["item"]:
        line |= {"quantityReceived": 0, "quantityBilled": 0, "_billed": False}
    by_number = {line["line"]: line for line in doc["item"]}
    for receipt in desk.children(doc, "itemReceipt"):
        for line in receipt["item"]:
            by_number[line["orderLine"]]["quantityReceived"] += line["quantity"]
    for credit in desk.children(doc, "creditMemo", "cashRefund"):
        for line in credit["item"] if credit["status"]["id"] != "V" else []:
            if "orderLine" in line:
                by_number[line["orderLine"]]["quantityBilled"] += line["quantity"]
                by_number[line["orderLine"]]["_billed"] = True
    doc["status"] = status(desk, doc)
    desk.save(doc)


def changed(desk: Desk, old: Doc, body: Doc, replaced: frozenset[str]) -> Doc:
    """PATCH: approve or send back for approval, close lines, and before any receipt or credit change the lines."""
    doc = copy.deepcopy(old)
    if "orderStatus" in body:
        wanted = _state_asked(body["orderStatus"])
        if doc["status"]["id"] == "C":
            raise user_error("A cancelled authorization cannot be changed.", "orderStatus")
        if doc["children"] and wanted["id"] == "A":
            raise user_error("An authorization with receipts or credits cannot go back to approval.", "orderStatus")
        doc["orderStatus"] = wanted
    if "item" in body:
        _change_lines(desk, doc, body, "item" in replaced)
    doc |= {name: body[name] for name in (*WORDS, "tranDate") if name in body}
    doc["status"] = status(desk, doc)
    return doc


def cancelled(desk: Desk, old: Doc) -> Doc:
    """As by the button in the account's pages: only before anything came back or was credited."""
    if old["children"] or old["status"]["id"] not in ("A", "B", "F"):
        raise user_error("Only an authorization without receipts and credits can be cancelled.")
    doc = copy.deepcopy(old) | {"orderStatus": {"id": "C", "refName": RETURN_STATES["C"]}}
    return doc | {"status": status(desk, doc)}


def _change_lines(desk: Desk, doc: Doc, body: Doc, replace: bool) -> None:
    entries = items_of(body, "item") or []
    only_closing = not replace and all(entry.keys() <= {"line", "isClosed"} for entry in entries)
    if only_closing:
        by_number = {line["line"]: line for line in doc["item"]}
        for place, entry in enumerate(entries):
            if entry.get("line") not in by_number:
                raise invalid_content(f"There is no line {entry.get('line')}.", f"item.items[{place}].line")
            by_number[entry["line"]]["isClosed"] = bool(entry.get("isClosed"))
        return
    if doc["children"]:
        raise user_error("Lines cannot be changed once goods were received or credited.", "item")
    # A line of the sublist is known by its own number here, not by that of the line it came from.
    keyed = [line | {"orderLine": line["line"], "_origin": line.get("orderLine")} for line in doc["item"]]
    given = [{name: value for name, value in entry.items() if name != "orderLine"} for entry in entries]
    doc["item"] = taken(desk, doc, keyed, body | {"item": {"items": given}}, replace)
    if not doc["item"]:
        raise user_error("You must enter at least one line item for this transaction.", "item")
    for line in doc["item"]:
        origin = line.pop("_origin", None)
        line.pop("orderLine", None)
        if origin is not None:
            line["orderLine"] = origin
        line |= {"quantityReceived": 0, "quantityBilled": 0}
    _check_minimum(desk, doc)
    fill(desk, doc, body)
    total_up(doc)


def _check_minimum(desk: Desk, doc: Doc) -> None:
    if not preferences.on(desk, "enforce_minimum_quantity"):
        return
    for line in doc["item"]:
        least = desk.item(line["item"], "item").get("minimumQuantity") or 0
        if line["itemType"] == "InvtPart" and line["quantity"] < int(least):
            raise user_error(
                f"The quantity of {line['item']['refName']} is below the item's minimum quantity of {least}.", "item"
            )


def check_deletable(doc: Doc) -> None:
    if doc["children"]:
        raise user_error("This transaction cannot be deleted because it is linked to by one or more transactions.")


def _state_asked(value: object) -> Doc:
    wanted = value.get("id") if isinstance(value, dict) else value
    if wanted not in ("A", "B"):
        raise invalid_content(f"Invalid value {wanted!r} for the field orderStatus.", "orderStatus")
    return {"id": wanted, "refName": RETURN_STATES[str(wanted)]}
