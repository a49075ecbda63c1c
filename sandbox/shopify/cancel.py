"""orderCancel: refused once there are returns; else cancelled, on demand with money back and goods restocked."""

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from sandbox.shopify import refunds
from sandbox.shopify.gids import number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import Doc, Shop, refunded

_NOTE_LENGTH = 255


def cancel(shop: Shop, wish: Doc) -> str:
    """Answers the id of the job that did it."""
    known = shop.order(number_of("Order", wish["orderId"]))
    if known is None:
        raise Refusal("Order does not exist", "NOT_FOUND", "orderId")
    if len(wish.get("staffNote") or "") > _NOTE_LENGTH:
        reason = f"Staff note is too long. Maximum length is {_NOTE_LENGTH} characters."
        raise Refusal(reason, "INVALID", "staffNote")
    method = wish.get("refundMethod")
    if wish.get("refund") is not None and method is not None:
        raise Refusal("Only one of the arguments `refund` or `refund_method` is allowed.", "INVALID", "refund")
    if known["cancelled"]:
        raise Refusal("Cannot cancel an order that has already been canceled", "INVALID", "orderId")
    if any(one["status"] not in ("CANCELED", "DECLINED") for one in shop.returns_of(known["id"])):
        raise Refusal("Cannot cancel an order that has returns", "INVALID", "orderId")
    credited = (method or {}).get("storeCreditRefund")
    _check_credit(shop, known, credited)
    order = shop.changed(known)
    order["cancelled"] = {"at": shop.stamp(), "reason": wish["reason"]}
    order["updated_at"] = shop.stamp()
    shop.save("order", order)
    if wish["restock"]:
        for line in order["lines"]:
            if shop.stock(line["sku"]) is not None:
                shop.shelve(line["sku"], available=line["quantity"], on_hand=line["quantity"])
    if wish.get("refund") or (method or {}).get("originalPaymentMethodsRefund") or credited:
        _give_back(shop, order, credited)
    job = str(uuid5(NAMESPACE_URL, f"job/{shop.number('job', 1)}"))
    shop.books.put("shopify.job", job, {"id": job})
    return f"gid://shopify/Job/{job}"


def _give_back(shop: Shop, order: Doc, credited: Doc | None) -> None:
    """Every payment goes back to where it came from, or all of it becomes store credit."""
    paid = [
        (one, one["amount"] - refunded(order, one["id"]))
        for one in order["transactions"]
        if one["kind"] in ("SALE", "CAPTURE")
    ]
    if credited:
        total, expires = sum(left for _, left in paid), credited.get("expiresAt")
        found = [refunds.Transfer(total, refunds.STORE_CREDIT, None, expires)]
    else:
        found = [refunds.Transfer(left, one["gateway"], one["id"]) for one, left in paid]
    parts = [refunds.Part(line["id"], line["quantity"], "CANCEL") for line in order["lines"]]
    refunds.record(shop, shop.changed(order), found, parts, None, None)


def _check_credit(shop: Shop, order: Doc, credited: Doc | None) -> None:
    if not credited:
        return
    if order["customer"]["company"]:
        reason = "A store credit order refund was requested but the order is a B2B order."
        raise Refusal(reason, "STORE_CREDIT_REFUND_B2B_NOT_SUPPORTED", "refundMethod")
    expires = credited.get("expiresAt")
    if expires and datetime.fromisoformat(expires) <= shop.now():
        reason = "A store credit order refund was requested but the expiration date is in the past."
        raise Refusal(reason, "STORE_CREDIT_REFUND_EXPIRATION_IN_PAST", "refundMethod")
