"""The life of a return, from request to close or cancel; rules and words as recorded from live shops."""

from sandbox.shopify import events, return_lines
from sandbox.shopify.gids import number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import Doc, Shop

_DECLINE_NOTE_LENGTH = 500
_INVALID_STATUS = "Return status is invalid."


def request(shop: Shop, wish: Doc) -> Doc:
    order = _order(shop, wish["orderId"], "input", "orderId")
    doc = _new(shop, order, "REQUESTED", wish, "input")
    shop.save("return", doc)
    events.return_opened(shop, "returns/request", doc)
    return doc


def create(shop: Shop, wish: Doc) -> Doc:
    order = _order(shop, wish["orderId"], "returnInput", "orderId")
    doc = _opened(shop, _new(shop, order, "OPEN", wish, "returnInput"))
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
    note = wish.get("declineNote")
    if note and len(note) > _DECLINE_NOTE_LENGTH:
        reason = f"Decline note is too long (maximum is {_DECLINE_NOTE_LENGTH} characters)"
        raise Refusal(reason, "TOO_LONG", "input", "declineNote")
    doc["status"] = "DECLINED"
    doc["decline"] = {"reason": wish["declineReason"], "note": note}
    shop.save("return", doc)
    events.return_declined(shop, doc)
    return doc


def remove(shop: Shop, return_id: str, wishes: list[Doc] | None, exchanges: list[Doc] | None = None) -> Doc:
    """Takes unprocessed units off an open return; taking the last line off closes it."""
    doc = found(shop, return_id, "returnId")
    if doc["status"] != "OPEN":
        raise Refusal(_INVALID_STATUS, "INVALID_STATE", "returnId")
    removed: list[tuple[int, int]] = []
    for place, wish in enumerate(wishes or []):
        where = ("returnLineItems", str(place))
        line = line_of(doc, number_of("ReturnLineItem", wish["returnLineItemId"]))
        if line is None:
            raise Refusal("Return line item was not found.", "NOT_FOUND", *where, "returnLineItemId")
        _take(line, wish["quantity"], return_lines.BAD_QUANTITY, *where, "quantity")
        for reverse in doc["reverse_order"]["lines"]:
            if reverse["return_line_id"] == line["id"]:
                reverse["quantity"] -= wish["quantity"]
        removed.append((line["id"], wish["quantity"]))
    for place, wish in enumerate(exchanges or []):
        where = ("exchangeLineItems", str(place))
        item = exchange_of(doc, number_of("ExchangeLineItem", wish["exchangeLineItemId"]))
        if item is None:
            raise Refusal("Exchange line item was not found.", "NOT_FOUND", *where, "exchangeLineItemId")
        _take(item, wish["quantity"], "Exchange line item has an invalid quantity.", *where, "quantity")
    if all(line["quantity"] == 0 for line in doc["lines"]):
        doc["status"], doc["closed_at"] = "CLOSED", shop.stamp()
        doc["reverse_order"]["status"] = "CLOSED"
        return _saved(shop, doc, "returns/close")
    shop.save("return", doc)
    events.return_updated(shop, doc, removed)
    return doc


def _take(line: Doc, quantity: int, refusal: str, *where: str) -> None:
    if not 0 < quantity <= line["quantity"] - line["processed"]:
        raise Refusal(refusal, "INVALID", *where)
    line["quantity"] -= quantity


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


def exchange_of(doc: Doc, number: int) -> Doc | None:
    return next((one for one in doc["exchange"] if one["id"] == number and one["quantity"] > 0), None)


def _saved(shop: Shop, doc: Doc, topic: str) -> Doc:
    shop.save("return", doc)
    events.return_changed(shop, topic, doc)
    return doc


def _order(shop: Shop, order_id: str, *where: str) -> Doc:
    order = shop.order(number_of("Order", order_id))
    if order is None:
        raise Refusal("Order not found.", "NOT_FOUND", *where)
    return order


def _new(shop: Shop, order: Doc, status: str, wish: Doc, root: str) -> Doc:
    lines = return_lines.lines(shop, order, wish["returnLineItems"], root, by_merchant=status == "OPEN")
    exchange = return_lines.exchanges(shop, order, wish.get("exchangeLineItems"), root)
    fee = return_lines.shipping_fee(shop, order, wish.get("returnShippingFee"), root)
    count = order["return_count"] + 1
    shop.save("order", {**order, "return_count": count, "updated_at": shop.stamp()})
    return {
        "id": shop.number("return", 81_000_001),
        "order_id": order["id"],
        "name": f"{order['name']}-R{count}",
        "status": status,
        "created_at": wish.get("requestedAt") or shop.stamp(),
        "approved_at": None,
        "closed_at": None,
        "decline": None,
        "lines": lines,
        "exchange": exchange,
        "shipping_fee": fee,
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
    shop.save("reverseOrder", {"id": reverse["id"], "return_id": doc["id"]})
    return {**doc, "status": "OPEN", "reverse_order": reverse}


def _reverse_line(shop: Shop, doc: Doc) -> int:
    number = shop.number("reverseLine", 95_000_001)
    shop.save("reverseLine", {"id": number, "return_id": doc["id"]})
    return number
