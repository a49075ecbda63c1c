"""Goods on their way back: dispositions of reverse fulfillment order lines, and the deliveries that bring them."""

from dataclasses import dataclass

from sandbox.shopify import events
from sandbox.shopify.gids import number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import LOCATIONS, Doc, Shop


@dataclass(frozen=True)
class Disposed:
    """A disposition written into a return that is not saved yet, and the sku to put back on the shelf."""

    line: int
    disposition: Doc
    sku: str | None


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
    made = [disposed(shop, doc, wish, *where) for wish in wishes]
    settle(doc)
    shop.save("return", doc)
    shelve(shop, doc, made)
    return [line for line in doc["reverse_order"]["lines"] if line["id"] in numbers]


def disposed(shop: Shop, doc: Doc, wish: Doc, *where: str) -> Disposed:
    """Writes the disposition into `doc`, which the caller saves before it calls `shelve`."""
    number = number_of("ReverseFulfillmentOrderLineItem", wish["reverseFulfillmentOrderLineItemId"])
    line = next((one for one in doc["reverse_order"]["lines"] if one["id"] == number), None)
    if line is None:
        raise Refusal("Cannot dispose items from more than one reverse fulfillment order.", "INVALID", *where)
    part = shop.fulfillment_line(line["fulfillment_line_id"])
    assert part is not None
    sku = next(one for one in shop.the_order(part["order_id"])["lines"] if one["id"] == part["line_id"])["sku"]
    kind, quantity = wish["dispositionType"], wish["quantity"]
    location = number_of("Location", wish["locationId"]) if wish.get("locationId") else None
    if location is not None and location not in {one["id"] for one in LOCATIONS}:
        raise Refusal("Location not found.", "NOT_FOUND", *where, "locationId")
    if kind == "RESTOCKED" and location is None:
        raise Refusal("Location can't be blank.", "BLANK", *where, "locationId")
    stock = shop.stock(sku)
    if kind == "RESTOCKED" and location and (stock is None or shop.level(stock, location) is None):
        raise Refusal("Location is invalid.", "INVALID", *where, "locationId")
    # Units that wait for processing may be disposed of again; every other disposition is final.
    waiting = kind == "PROCESSING_REQUIRED"
    done = sum(one["quantity"] for one in line["dispositions"] if waiting or one["type"] != "PROCESSING_REQUIRED")
    if not 0 < quantity <= line["quantity"] - done:
        raise Refusal("Reverse fulfillment order line item has an invalid quantity.", "INVALID", *where, "quantity")
    made = {
        "id": shop.number("disposition", 97_000_001),
        "at": shop.stamp(),
        "quantity": quantity,
        "type": kind,
        "location": location,
    }
    line["dispositions"].append(made)
    return Disposed(number, made, sku if kind == "RESTOCKED" else None)


def settle(doc: Doc) -> None:
    """The reverse fulfillment order closes when every unit of it has a final disposition."""
    left = sum(
        line["quantity"] - sum(one["quantity"] for one in line["dispositions"] if one["type"] != "PROCESSING_REQUIRED")
        for line in doc["reverse_order"]["lines"]
    )
    if left == 0:
        doc["reverse_order"]["status"] = "CLOSED"


def shelve(shop: Shop, doc: Doc, made: list[Disposed]) -> None:
    for one in made:
        if one.sku is not None:
            count = one.disposition["quantity"]
            shop.shelve(one.sku, one.disposition["location"], available=count, on_hand=count)
    if made:
        events.disposed(shop, doc, [(one.line, one.disposition) for one in made])


def deliver(shop: Shop, reference: str, wishes: list[Doc], tracking: Doc | None, label: Doc | None) -> Doc:
    """A delivery of these lines; without any, of every line of the reverse fulfillment order. Answers the delivery."""
    number = number_of("ReverseFulfillmentOrder", reference)
    owner = order_owner(shop, number)
    if owner is None:
        raise Refusal("Reverse fulfillment order not found.", "NOT_FOUND", "reverseFulfillmentOrderId")
    if owner["reverse_order"]["status"] != "OPEN":
        reason = "Reverse fulfillment order status is invalid."
        raise Refusal(reason, "INVALID_STATE", "reverseFulfillmentOrderId")
    known = {line["id"]: line for line in owner["reverse_order"]["lines"] if line["quantity"] > 0}
    wanted: dict[int, int] = {} if wishes else {number: line["quantity"] for number, line in known.items()}
    for place, wish in enumerate(wishes):
        where = ("reverseDeliveryLineItems", str(place))
        line_number = number_of("ReverseFulfillmentOrderLineItem", wish["reverseFulfillmentOrderLineItemId"])
        line = known.get(line_number)
        if line is None:
            reason = "Reverse fulfillment order line item was not found."
            raise Refusal(reason, "NOT_FOUND", *where, "reverseFulfillmentOrderLineItemId")
        wanted[line_number] = wanted.get(line_number, 0) + wish["quantity"]
        if wish["quantity"] <= 0 or wanted[line_number] > line["quantity"]:
            reason = "Reverse fulfillment order line item has an invalid quantity."
            raise Refusal(reason, "INVALID", *where, "quantity")
    delivery: Doc = {
        "id": shop.number("reverseDelivery", 51_270_001),
        "return_id": owner["id"],
        "reverse_order_id": number,
        "lines": [
            {"id": shop.number("reverseDeliveryLine", 51_280_001), "line_id": line_id, "quantity": quantity}
            for line_id, quantity in wanted.items()
        ],
        "tracking": None,
        "label": None,
    }
    return _told(shop, delivery, tracking, label)


def redeliver(shop: Shop, reference: str, tracking: Doc | None, label: Doc | None) -> Doc:
    """reverseDeliveryShippingUpdate: what is given replaces what was known; what is left out stays."""
    known = shop.books.get("shopify.reverseDelivery", str(number_of("ReverseDelivery", reference)))
    if known is None:
        raise Refusal("Reverse delivery not found.", "NOT_FOUND", "reverseDeliveryId")
    return _told(shop, shop.changed(known), tracking, label)


def order_owner(shop: Shop, number: int) -> Doc | None:
    """The return that a reverse fulfillment order belongs to."""
    entry = shop.books.get("shopify.reverseOrder", str(number))
    return shop.a_return(entry["return_id"]) if entry else None


def _told(shop: Shop, delivery: Doc, tracking: Doc | None, label: Doc | None) -> Doc:
    if tracking:
        delivery["tracking"] = {"number": tracking.get("number"), "url": tracking.get("url")}
    if label:
        first = delivery["label"]["at"] if delivery["label"] else shop.stamp()
        delivery["label"] = {"url": label["fileUrl"], "at": first, "updated_at": shop.stamp()}
    shop.save("reverseDelivery", delivery)
    if tracking or label:
        events.delivery_told(shop, delivery)
    return delivery
