"""Money back: the checks of a refund, its transactions, and refundCreate for refunds without a return."""

from dataclasses import dataclass
from typing import Any

from sandbox.shopify import events
from sandbox.shopify.amounts import read, sign
from sandbox.shopify.gids import number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import Doc, Shop, captured, line_of, refunded, transaction_of

STORE_CREDIT = "shopify_store_credit"


@dataclass(frozen=True)
class Transfer:
    """An amount back to an earlier payment (`parent`), or as new store credit."""

    amount: int
    gateway: str
    parent: int | None


def transfers_of_return(order: Doc, issue: Doc) -> list[Transfer]:
    where = ("input", "financialTransfer", "issueRefund")
    found: list[Transfer] = []
    for place, one in enumerate(issue["orderTransactions"]):
        number = number_of("OrderTransaction", one["parentId"])
        amount = _amount(order, one["transactionAmount"], *where, "orderTransactions", str(place))
        found.append(_to_parent(order, number, amount, found, *where, "orderTransactions", str(place)))
    found += _store_credit(order, issue.get("refundMethods"), *where)
    _check_total(order, found, bool(issue.get("allowOverRefunding")), *where)
    return found


def create(shop: Shop, wish: Doc) -> Doc:
    """refundCreate: its user errors carry no code. Answers the refund's document."""
    order = shop.order(number_of("Order", wish["orderId"]))
    if order is None:
        raise Refusal("Order does not exist", "NOT_FOUND", "orderId")
    order = shop.changed(order)
    parts = [_part(shop, order, one, place) for place, one in enumerate(wish.get("refundLineItems") or [])]
    found: list[Transfer] = []
    for place, one in enumerate(wish.get("transactions") or []):
        where = ("transactions", str(place))
        number = number_of("OrderTransaction", one["parentId"]) if one.get("parentId") else None
        if number is None or transaction_of(order, number) is None:
            raise Refusal("Transactions require a parent_id associated with the order", "INVALID", *where)
        found.append(_to_parent(order, number, read(one["amount"], order["currency"]), found, *where))
    found += _store_credit(order, wish.get("refundMethods"), "refundMethods")
    _check_total(order, found, bool(wish.get("allowOverRefunding")))
    for line_id, quantity, _, restocked in parts:
        if restocked:
            shop.shelve(line_of(order, line_id)["sku"], available=quantity, on_hand=quantity)
    return record(shop, order, found, parts, wish.get("note"), None)


def record(
    shop: Shop,
    order: Doc,
    transfers: list[Transfer],
    parts: list[tuple[int, int, str, bool]],
    note: str | None,
    return_id: int | None,
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
        for one in transfers
        if one.amount
    ]
    order["transactions"] += made
    shop.save("order", order)
    refund = {
        "id": shop.number("refund", 85_000_001),
        "order_id": order["id"],
        "return_id": return_id,
        "at": shop.stamp(),
        "note": note,
        "transactions": [one["id"] for one in made],
        "lines": [
            {
                "id": shop.number("refundLine", 87_000_001),
                "line_id": line_id,
                "quantity": quantity,
                "restock_type": kind,
                "restocked": restocked,
            }
            for line_id, quantity, kind, restocked in parts
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
    return [Transfer(_amount(order, one["amount"], *where), STORE_CREDIT, None) for one in asked]


def _check_total(order: Doc, transfers: list[Transfer], over: bool, *where: str) -> None:
    total, net = sum(one.amount for one in transfers), captured(order) - refunded(order)
    if total > net and not over:
        amounts = (
            f"{sign(total, order['currency'])} is greater than net payment received {sign(net, order['currency'])}"
        )
        raise Refusal(f"Refund amount {amounts}", "INVALID", *where)


def _part(shop: Shop, order: Doc, wish: dict[str, Any], place: int) -> tuple[int, int, str, bool]:
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
    return number, wish["quantity"], kind, kind in ("RETURN", "CANCEL")
