"""Money back: the checks of a refund, its transactions, and refundCreate for refunds without a return."""

from dataclasses import dataclass
from typing import Any

from sandbox.shopify import credit, events
from sandbox.shopify.amounts import read, sign
from sandbox.shopify.gids import number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import LOCATION, LOCATIONS, Doc, Shop, captured, line_of, refunded, transaction_of
from sandbox.shopify.worth import of_shipping, shipping_left

STORE_CREDIT = "shopify_store_credit"


@dataclass(frozen=True)
class Transfer:
    """An amount back to an earlier payment (`parent`), or as new store credit."""

    amount: int
    gateway: str
    parent: int | None
    expires_at: str | None = None


@dataclass(frozen=True)
class Part:
    """Units of an order line that a refund covers."""

    line_id: int
    quantity: int
    kind: str = "NO_RESTOCK"
    restocked: bool = False
    location: int | None = None


def transfers_of_return(order: Doc, issue: Doc) -> list[Transfer]:
    where = ("input", "financialTransfer", "issueRefund")
    found = transfers(order, issue["orderTransactions"], *where)
    found += _store_credit(order, issue.get("refundMethods"), *where)
    _check_total(order, found, bool(issue.get("allowOverRefunding")), *where)
    return found


def transfers(order: Doc, wishes: list[Doc], *where: str) -> list[Transfer]:
    """Amounts back to payments, as a return's refund names them."""
    found: list[Transfer] = []
    for place, one in enumerate(wishes):
        number = number_of("OrderTransaction", one["parentId"])
        amount = _amount(order, one["transactionAmount"], *where, "orderTransactions", str(place))
        found.append(_to_parent(order, number, amount, found, *where, "orderTransactions", str(place)))
    return found


def create(shop: Shop, wish: Doc) -> Doc:
    """refundCreate: its user errors carry no code. Answers the refund's document."""
    known = shop.order(number_of("Order", wish["orderId"]))
    if known is None:
        raise Refusal("Order does not exist", "NOT_FOUND", "orderId")
    order = shop.changed(known)
    if wish.get("currency") not in (None, order["currency"]):
        raise Refusal("Currency does not match the order's presentment currency", "INVALID", "currency")
    parts = [_part(shop, order, one, place) for place, one in enumerate(wish.get("refundLineItems") or [])]
    shipping = shipping_of(shop, order, wish.get("shipping"), "amount", "shipping")
    found: list[Transfer] = []
    for one in wish.get("transactions") or []:
        if one["kind"] != "REFUND":
            raise Refusal(f"Kind {one['kind'].lower()} is not a valid transaction", "INVALID")
        number = number_of("OrderTransaction", one["parentId"]) if one.get("parentId") else None
        if number is None or transaction_of(order, number) is None:
            raise Refusal("Transactions require a parent_id associated with the order", "INVALID", "transactions")
        # The money goes the way it came: the gateway asked for does not matter, the parent's is used.
        found.append(_to_parent(order, number, read(one["amount"], order["currency"]), found, "transactions"))
    found += _store_credit(order, wish.get("refundMethods"), "refundMethods")
    _check_total(order, found, bool(wish.get("allowOverRefunding")))
    if not (parts or found or shipping):
        raise Refusal("Refund must have at least one line item, transaction or shipping", "INVALID")
    for part in parts:
        if part.restocked:
            sku = line_of(order, part.line_id)["sku"]
            shop.shelve(sku, part.location or 65001, available=part.quantity, on_hand=part.quantity)
    return record(shop, order, found, parts, wish.get("note"), None, shipping, wish.get("processedAt"))


def shipping_of(shop: Shop, order: Doc, wish: Doc | None, field: str, *where: str) -> Doc | None:
    """The shipping to give back as {"paid", "subtotal", "tax"}: all that is left, or an amount of it with its tax."""
    if not wish or not (wish.get("fullRefund") or wish.get(field) is not None):
        return None
    left, whole = shipping_left(shop, order), of_shipping(order)
    given = wish.get(field)
    if wish.get("fullRefund"):
        paid = left
    else:
        paid = _amount(order, given, *where) if isinstance(given, dict) else read(given, order["currency"])
    if paid > left:
        currency = order["currency"]
        reason = f"Shipping refund {sign(paid, currency)} is greater than the refundable {sign(left, currency)}"
        raise Refusal(reason, "INVALID", *where)
    tax = whole.tax * paid // whole.paid if whole.paid else 0
    return {"paid": paid, "subtotal": paid - (0 if order["inclusive"] else tax), "tax": tax} if paid else None


def record(
    shop: Shop,
    order: Doc,
    found: list[Transfer],
    parts: list[Part],
    note: str | None,
    return_id: int | None,
    shipping: Doc | None = None,
    processed_at: str | None = None,
) -> Doc:
    """Writes the refund and its transactions. `order` is a copy that may be changed."""
    made: list[Doc] = [
        {
            "id": shop.number("transaction", 31_000_001),
            "kind": "REFUND",
            "gateway": one.gateway,
            "amount": one.amount,
            "parent": one.parent,
            "at": shop.stamp(),
        }
        for one in found
        if one.amount
    ]
    order["transactions"] += made
    order["updated_at"] = shop.stamp()
    shop.save("order", order)
    for transfer, one in zip([one for one in found if one.amount], made, strict=True):
        if transfer.parent is None:
            credit.refunded(shop, order, transfer.amount, one["id"], transfer.expires_at)
    refund = {
        "id": shop.number("refund", 85_000_001),
        "order_id": order["id"],
        "return_id": return_id,
        "at": shop.stamp(),
        "processed_at": processed_at or shop.stamp(),
        "note": note,
        "shipping": shipping,
        "transactions": [one["id"] for one in made],
        "lines": [
            {
                "id": shop.number("refundLine", 87_000_001),
                "line_id": part.line_id,
                "quantity": part.quantity,
                "restock_type": part.kind,
                "restocked": part.restocked,
                "location": part.location,
            }
            for part in parts
        ],
    }
    shop.save("refund", refund)
    events.refund_created(shop, order, refund)
    return refund


def _amount(order: Doc, money: Doc, *where: str) -> int:
    if money["currencyCode"] != order["currency"]:
        raise Refusal("Currency does not match the order's presentment currency", "INVALID", *where)
    return read(money["amount"], order["currency"])


def _to_parent(order: Doc, number: int, amount: int, before: list[Transfer], *where: str) -> Transfer:
    parent = transaction_of(order, number)
    if parent is None or parent["kind"] not in ("SALE", "CAPTURE"):
        raise Refusal("Transactions require a parent_id associated with the order", "INVALID", *where)
    left = parent["amount"] - refunded(order, number) - sum(one.amount for one in before if one.parent == number)
    if amount <= 0:
        raise Refusal("Refund amount must be greater than zero", "INVALID", *where)
    if amount > left:
        currency = order["currency"]
        reason = f"Refund amount {sign(amount, currency)} is greater than the refundable {sign(left, currency)}"
        raise Refusal(reason, "INVALID", *where)
    return Transfer(amount, parent["gateway"], number)


def _store_credit(order: Doc, methods: list[Doc] | None, *where: str) -> list[Transfer]:
    asked = [one["storeCreditRefund"] for one in methods or [] if one.get("storeCreditRefund")]
    return [Transfer(_amount(order, one["amount"], *where), STORE_CREDIT, None, one.get("expiresAt")) for one in asked]


def _check_total(order: Doc, transfers: list[Transfer], over: bool, *where: str) -> None:
    total, net = sum(one.amount for one in transfers), captured(order) - refunded(order)
    if total > net and not over:
        amounts = (
            f"{sign(total, order['currency'])} is greater than net payment received {sign(net, order['currency'])}"
        )
        raise Refusal(f"Refund amount {amounts}", "INVALID", *where)


def _part(shop: Shop, order: Doc, wish: dict[str, Any], place: int) -> Part:
    number = number_of("LineItem", wish["lineItemId"])
    where = ("refundLineItems", str(place))
    line = next((one for one in order["lines"] if one["id"] == number), None)
    if line is None:
        raise Refusal("Line item does not exist", "NOT_FOUND", *where)
    gone = sum(
        one["quantity"]
        for refund in shop.refunds_of(order["id"])
        for one in refund["lines"]
        if one["line_id"] == number
    )
    if wish["quantity"] > line["quantity"] - gone:
        raise Refusal("Quantity cannot refund more items than were purchased", "INVALID", *where, "quantity")
    kind = wish.get("restockType") or "NO_RESTOCK"
    back = kind in ("RETURN", "CANCEL")
    location = number_of("Location", wish["locationId"]) if wish.get("locationId") else None
    stock = shop.stock(line["sku"])
    if location is not None and (location not in {one["id"] for one in LOCATIONS} or stock is None):
        raise Refusal("Location does not exist", "NOT_FOUND", *where, "locationId")
    if back and location is not None and stock is not None and shop.level(stock, location) is None:
        raise Refusal("The item is not stocked at the location", "INVALID", *where, "locationId")
    return Part(number, wish["quantity"], kind, back, (location or int(str(LOCATION["id"]))) if back else None)
