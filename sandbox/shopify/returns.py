"""The life of a return, from request to close or cancel; rules and words as recorded from live shops."""

from typing import Any

from sandbox.shopify import events
from sandbox.shopify.gids import number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import OTHER_REASON, REASONS, Doc, Shop

_NOTE_LENGTH = 255
_CUSTOMER_NOTE_LENGTH = 300
_INVALID_STATUS = "Return status is invalid."


def request(shop: Shop, wish: Doc) -> Doc:
    order = _order(shop, wish["orderId"], "input", "orderId")
    lines = _lines(shop, order, wish["returnLineItems"], "input")
    doc = _new(shop, order, "REQUESTED", lines)
    shop.save("return", doc)
    events.return_opened(shop, "returns/request", doc)
    return doc


def create(shop: Shop, wish: Doc) -> Doc:
    order = _order(shop, wish["orderId"], "returnInput", "orderId")
    lines = _lines(shop, order, wish["returnLineItems"], "returnInput")
    for place, line in enumerate(lines):
        where = ("returnInput", "returnLineItems", str(place), "returnReasonNote")
        if line["reason"] == OTHER_REASON and not line["note"].strip():
            raise Refusal("Return reason note can't be blank.", "BLANK", *where)
        if len(line["note"]) > _NOTE_LENGTH:
            raise Refusal(f"Return reason note is too long (maximum is {_NOTE_LENGTH} characters)", "TOO_LONG", *where)
    doc = _opened(shop, _new(shop, order, "OPEN", lines))
    shop.save("return", doc)
    events.return_opened(shop, "returns/approve", doc)
    return doc


def approve(shop: Shop, wish: Doc) -> Doc:
    doc = found(shop, wish["id"], "input", "id")
    if doc["status"] != "REQUESTED":
        reason = "Return is not approvable. Only returns with status REQUESTED can be approved."
        raise Refusal(reason, "INVALID_STATE", "input", "id")
    doc["approved_at"] = shop.stamp()
    doc = _opened(shop, doc)
    shop.save("return", doc)
    events.return_opened(shop, "returns/approve", doc)
    return doc


def decline(shop: Shop, wish: Doc) -> Doc:
    doc = found(shop, wish["id"], "input", "id")
    if doc["status"] == "DECLINED":
        raise Refusal("The return is already declined.", "INVALID_STATE", "input", "id")
    if doc["status"] != "REQUESTED":
        reason = "Return is not declinable. Only non-refunded returns with status REQUESTED can be declined."
        raise Refusal(reason, "INVALID_STATE", "input", "id")
    doc["status"] = "DECLINED"
    doc["decline"] = {"reason": wish["declineReason"], "note": wish.get("declineNote")}
    return _saved(shop, doc, "returns/decline")


def remove(shop: Shop, return_id: str, wishes: list[Doc] | None) -> Doc:
    """Takes unprocessed units off an open return; taking the last line off closes it."""
    doc = found(shop, return_id, "returnId")
    if doc["status"] != "OPEN":
        raise Refusal(_INVALID_STATUS, "INVALID_STATE", "returnId")
    for place, wish in enumerate(wishes or []):
        line = line_of(doc, number_of("ReturnLineItem", wish["returnLineItemId"]))
        if line is None:
            where = ("returnLineItems", str(place), "returnLineItemId")
            raise Refusal("Return line item was not found.", "NOT_FOUND", *where)
        if not 0 < wish["quantity"] <= line["quantity"] - line["processed"]:
            where = ("returnLineItems", str(place), "quantity")
            raise Refusal("Return line item has an invalid quantity.", "INVALID", *where)
        line["quantity"] -= wish["quantity"]
        for reverse in doc["reverse_order"]["lines"]:
            if reverse["return_line_id"] == line["id"]:
                reverse["quantity"] -= wish["quantity"]
    if all(line["quantity"] == 0 for line in doc["lines"]):
        doc["status"], doc["closed_at"] = "CLOSED", shop.stamp()
        doc["reverse_order"]["status"] = "CLOSED"
        return _saved(shop, doc, "returns/close")
    return _saved(shop, doc, "returns/update")


def close(shop: Shop, return_id: str) -> Doc:
    """Closing asks nothing about what was processed: an untouched return closes too, and the order looks returned."""
    doc = found(shop, return_id, "id")
    if doc["status"] == "CLOSED":
        return doc
    if doc["status"] != "OPEN":
        raise Refusal(_INVALID_STATUS, "INVALID_STATE", "id")
    doc["status"], doc["closed_at"] = "CLOSED", shop.stamp()
    return _saved(shop, doc, "returns/close")


def reopen(shop: Shop, return_id: str) -> Doc:
    doc = found(shop, return_id, "id")
    if doc["status"] == "OPEN":
        return doc
    if doc["status"] != "CLOSED":
        raise Refusal(_INVALID_STATUS, "INVALID_STATE", "id")
    doc["status"], doc["closed_at"] = "OPEN", None
    return _saved(shop, doc, "returns/reopen")


def cancel(shop: Shop, return_id: str) -> Doc:
    doc = found(shop, return_id, "id")
    if doc["status"] == "CANCELED":
        return doc
    disposed = any(line["dispositions"] for line in (doc["reverse_order"] or {"lines": []})["lines"])
    if doc["status"] != "OPEN" or disposed or any(line["processed"] for line in doc["lines"]):
        raise Refusal("Return is not cancelable.", "INVALID_STATE", "id")
    doc["status"] = "CANCELED"
    doc["reverse_order"]["status"] = "CANCELED"
    return _saved(shop, doc, "returns/cancel")


def found(shop: Shop, return_id: str, *where: str) -> Doc:
    """The return as a copy that may be changed, or the recorded refusal."""
    doc = shop.a_return(number_of("Return", return_id))
    if doc is None:
        raise Refusal("Return not found.", "NOT_FOUND", *where)
    return shop.changed(doc)


def line_of(doc: Doc, number: int) -> Doc | None:
    return next((line for line in doc["lines"] if line["id"] == number and line["quantity"] > 0), None)


def _saved(shop: Shop, doc: Doc, topic: str) -> Doc:
    shop.save("return", doc)
    events.return_changed(shop, topic, doc)
    return doc


def _order(shop: Shop, order_id: str, *where: str) -> Doc:
    order = shop.order(number_of("Order", order_id))
    if order is None:
        raise Refusal("Order not found.", "NOT_FOUND", *where)
    return order


def _lines(shop: Shop, order: Doc, wishes: list[Doc], root: str) -> list[Doc]:
    if not wishes:
        raise Refusal("Return line items can't be blank.", "BLANK", root, "returnLineItems")
    lines: list[Doc] = []
    for place, wish in enumerate(wishes):
        where = (root, "returnLineItems", str(place))
        part = shop.fulfillment_line(number_of("FulfillmentLineItem", wish["fulfillmentLineItemId"]))
        if part is None or part["order_id"] != order["id"]:
            raise Refusal("Fulfillment Line Item was not found.", "NOT_FOUND", *where, "fulfillmentLineItemId")
        asked = sum(line["quantity"] for line in lines if line["fulfillment_line_id"] == part["id"])
        if not 0 < wish["quantity"] <= shop.returnable(part) - asked:
            raise Refusal("Return line item has an invalid quantity.", "INVALID", *where, "quantity")
        note = wish.get("customerNote")
        if note and len(note) > _CUSTOMER_NOTE_LENGTH:
            reason = f"Customer note is too long (maximum is {_CUSTOMER_NOTE_LENGTH} characters)"
            raise Refusal(reason, "TOO_LONG", *where, "customerNote")
        lines.append(
            {
                "id": shop.number("returnLine", 71_000_001),
                "fulfillment_line_id": part["id"],
                "line_id": part["line_id"],
                "quantity": wish["quantity"],
                "processed": 0,
                "refunded": 0,
                "reason": _reason(wish, where),
                "note": wish.get("returnReasonNote") or "",
                "customer_note": note,
            }
        )
    return lines


def _reason(wish: Doc, where: tuple[str, ...]) -> int:
    if wish.get("returnReasonDefinitionId"):
        number = number_of("ReturnReasonDefinition", wish["returnReasonDefinitionId"])
        if number not in {one[0] for one in REASONS}:
            raise Refusal("Return reason definition was not found.", "NOT_FOUND", *where, "returnReasonDefinitionId")
        return number
    word: Any = wish.get("returnReason") or "UNKNOWN"
    return next(one[0] for one in REASONS if one[3] == word)


def _new(shop: Shop, order: Doc, status: str, lines: list[Doc]) -> Doc:
    count = order["return_count"] + 1
    shop.save("order", {**order, "return_count": count})
    return {
        "id": shop.number("return", 81_000_001),
        "order_id": order["id"],
        "name": f"{order['name']}-R{count}",
        "status": status,
        "created_at": shop.stamp(),
        "approved_at": None,
        "closed_at": None,
        "decline": None,
        "lines": lines,
        "reverse_order": None,
    }


def _opened(shop: Shop, doc: Doc) -> Doc:
    """Only an open return has a reverse fulfillment order, with a line for each of its own."""
    reverse = {
        "id": shop.number("reverseOrder", 91_000_001),
        "status": "OPEN",
        "lines": [
            {
                "id": _reverse_line(shop, doc),
                "return_line_id": line["id"],
                "fulfillment_line_id": line["fulfillment_line_id"],
                "quantity": line["quantity"],
                "dispositions": [],
            }
            for line in doc["lines"]
        ],
    }
    return {**doc, "status": "OPEN", "reverse_order": reverse}


def _reverse_line(shop: Shop, doc: Doc) -> int:
    number = shop.number("reverseLine", 95_000_001)
    shop.save("reverseLine", {"id": number, "return_id": doc["id"]})
    return number
