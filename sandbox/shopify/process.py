"""returnProcess and dispositions: units processed, goods disposed of, money sent back; there is no idempotency key."""

from sandbox.shopify import events, refunds
from sandbox.shopify.gids import number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.returns import found, line_of
from sandbox.shopify.shop import LOCATION, Doc, Shop

_BAD_QUANTITY = "Return line item has an invalid quantity."


def process(shop: Shop, wish: Doc) -> Doc:
    """Everything is checked before anything is written. The return stays OPEN: only closing closes it."""
    doc = found(shop, wish["returnId"], "input", "returnId")
    if doc["status"] != "OPEN":
        raise Refusal("Return status is invalid.", "INVALID_STATE", "input", "returnId")
    lines = wish.get("returnLineItems") or []
    issue = (wish.get("financialTransfer") or {}).get("issueRefund")
    if not lines and not issue:
        raise Refusal("Nothing to process.", "BLANK", "input")
    restocked: list[Doc] = []
    taken: list[tuple[Doc, int]] = []
    for place, one in enumerate(lines):
        where = ("input", "returnLineItems", str(place))
        line = line_of(doc, number_of("ReturnLineItem", one["id"]))
        if line is None:
            raise Refusal("Return line item was not found.", "NOT_FOUND", *where, "id")
        if not 0 < one["quantity"] <= line["quantity"] - line["processed"]:
            raise Refusal(_BAD_QUANTITY, "INVALID", *where, "quantity")
        line["processed"] += one["quantity"]
        line["refunded"] += one["quantity"] if issue else 0
        taken.append((line, one["quantity"]))
        for disposition in one.get("dispositions") or []:
            restocked += _dispose(shop, doc, disposition, *where, "dispositions")
    order = shop.changed(shop.the_order(doc["order_id"]))
    transfers = refunds.transfers_of_return(order, issue) if issue else []
    _settle(doc)
    shop.save("return", doc)
    for one in restocked:
        shop.shelve(one["sku"], available=one["quantity"], on_hand=one["quantity"])
    if issue:
        parts = [(line["line_id"], quantity, "NO_RESTOCK", False) for line, quantity in taken]
        refunds.record(shop, order, transfers, parts, wish.get("note"), doc["id"])
    events.return_processed(shop, doc)
    return doc


def dispose(shop: Shop, wishes: list[Doc]) -> list[Doc]:
    """Answers the reverse fulfillment lines that were disposed of."""
    where = ("dispositionInputs",)
    if not wishes:
        raise Refusal("The array cannot be empty.", "BLANK", *where)
    numbers = [number_of("ReverseFulfillmentOrderLineItem", one["reverseFulfillmentOrderLineItemId"]) for one in wishes]
    owners = [shop.books.get("shopify.reverseLine", str(number)) for number in numbers]
    if len({owner["return_id"] if owner else None for owner in owners}) != 1 or owners[0] is None:
        # The recorded answer to an unknown line is the same sentence.
        raise Refusal("Cannot dispose items from more than one reverse fulfillment order.", "INVALID", *where)
    owner = shop.a_return(owners[0]["return_id"])
    assert owner is not None
    doc = shop.changed(owner)
    restocked = [one for wish in wishes for one in _dispose(shop, doc, wish, *where)]
    _settle(doc)
    shop.save("return", doc)
    for one in restocked:
        shop.shelve(one["sku"], available=one["quantity"], on_hand=one["quantity"])
    return [line for line in doc["reverse_order"]["lines"] if line["id"] in numbers]


def _dispose(shop: Shop, doc: Doc, wish: Doc, *where: str) -> list[Doc]:
    """Writes the disposition into `doc` (not yet saved); answers what must go back on the shelf."""
    number = number_of("ReverseFulfillmentOrderLineItem", wish["reverseFulfillmentOrderLineItemId"])
    line = next((one for one in doc["reverse_order"]["lines"] if one["id"] == number), None)
    if line is None:
        raise Refusal("Cannot dispose items from more than one reverse fulfillment order.", "INVALID", *where)
    kind, quantity, location = wish["dispositionType"], wish["quantity"], wish.get("locationId")
    if location is not None and number_of("Location", location) != LOCATION["id"]:
        raise Refusal("Location not found.", "NOT_FOUND", *where, "locationId")
    if kind == "RESTOCKED" and location is None:
        raise Refusal("Location can't be blank.", "BLANK", *where, "locationId")
    # Units that wait for processing may be disposed of again; every other disposition is final.
    waiting = kind == "PROCESSING_REQUIRED"
    done = sum(one["quantity"] for one in line["dispositions"] if waiting or one["type"] != "PROCESSING_REQUIRED")
    if not 0 < quantity <= line["quantity"] - done:
        raise Refusal("Reverse fulfillment order line item has an invalid quantity.", "INVALID", *where, "quantity")
    line["dispositions"].append(
        {
            "id": shop.number("disposition", 97_000_001),
            "at": shop.stamp(),
            "quantity": quantity,
            "type": kind,
            "located": location is not None,
        }
    )
    if kind != "RESTOCKED":
        return []
    part = shop.fulfillment_line(line["fulfillment_line_id"])
    assert part is not None
    sold = next(one for one in shop.the_order(part["order_id"])["lines"] if one["id"] == part["line_id"])
    return [{"sku": sold["sku"], "quantity": quantity}]


def _settle(doc: Doc) -> None:
    """The reverse fulfillment order closes when every unit of it has a final disposition."""
    left = sum(
        line["quantity"] - sum(one["quantity"] for one in line["dispositions"] if one["type"] != "PROCESSING_REQUIRED")
        for line in doc["reverse_order"]["lines"]
    )
    if left == 0:
        doc["reverse_order"]["status"] = "CLOSED"
