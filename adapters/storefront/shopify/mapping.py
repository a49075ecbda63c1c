"""Shopify's words and ours, both directions side by side: orders, reasons, tenders, amounts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from adapters.storefront.shopify.gids import ours
from domain.money import Money, parse, zero
from domain.order import Contact, Order, OrderLine, Tender
from domain.returns import Reason

Fields = dict[str, Any]

# Handles of Shopify's standard return reason definitions; a shop may add its own.
_HANDLES = {
    Reason.CHANGED_MIND: "changed-my-mind",
    Reason.TOO_SMALL: "too-small",
    Reason.TOO_BIG: "too-big",
    Reason.STYLE: "style",
    Reason.NOT_AS_DESCRIBED: "item-not-as-described",
    Reason.WRONG_ITEM: "received-the-wrong-item",
    Reason.DAMAGED: "damaged-or-defective",
    Reason.DEFECTIVE: "damaged-or-defective",
    Reason.OTHER: "other-reason",
}
_REASONS = {handle: reason for reason, handle in reversed(_HANDLES.items())} | {"color": Reason.STYLE}

STORE_CREDIT = "store_credit"
_GATEWAYS = {"gift_card": "gift_card", "shopify_store_credit": STORE_CREDIT}
_ACCOUNT = "account"

# Line attributes with a leading underscore are hidden from customers; shops keep such marks in them.
_FINAL_SALE, _SERIALS = "_final_sale", "_serials"


def reason_handle(reason: str) -> str:
    return _HANDLES.get(Reason(reason), "other-reason")


def reason_of(handle: str | None) -> str:
    """A shop's own reason, or none, is 'other'."""
    return _REASONS.get(handle or "", Reason.OTHER).value


def money(bag: Fields) -> Money:
    """The presentment side: what the customer paid and is refunded in. Shopify writes '15.0'."""
    side = bag["presentmentMoney"]
    return parse(str(side["amount"]), str(side["currencyCode"]))


def amount(of: Money) -> Fields:
    return {"amount": of.decimal(), "currencyCode": of.currency}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def tender_kind(gateway: str | None) -> str:
    """Everything that is no gift card and no store credit goes back the way a card does: to its own transaction."""
    return _GATEWAYS.get(gateway or "", "card")


def order_of(found: Fields, shop: str, lines: list[Fields], returnable: dict[str, int]) -> Order:
    """`returnable` counts units by line id; a line that is missing there has none."""
    currency = str(found["presentmentCurrencyCode"])
    delivered = [one["deliveredAt"] for one in found["fulfillments"] if one["deliveredAt"]]
    return Order(
        order_id=str(found["legacyResourceId"]),
        name=str(found["name"]),
        shop=shop,
        customer_id=_customer_id(found),
        currency=currency,
        country=str((found["shippingAddress"] or {}).get("countryCodeV2") or ""),
        channel=str(found["sourceName"] or ""),
        placed_at=instant(found["createdAt"]),
        delivered_at=max(map(instant, delivered), default=None),
        lines=tuple(_line(line, returnable) for line in lines),
        tenders=tenders_of(found, currency),
    )


def contact_of(found: Fields) -> Contact:
    customer = found["customer"] or {}
    address = (customer.get("defaultEmailAddress") or {}).get("emailAddress") or found["email"] or ""
    company = ((found["purchasingEntity"] or {}).get("company") or {}).get("name")
    return Contact(str(customer.get("displayName") or ""), str(address), _customer_id(found), company)


def tenders_of(found: Fields, currency: str) -> tuple[Tender, ...]:
    """The payments that captured money; an order on account that captured nothing has the tender 'account'."""
    done = [one for one in found["transactions"] if one["status"] == "SUCCESS"]
    back: dict[str, int] = {}
    for one in done:
        if one["kind"] == "REFUND" and one["parentTransaction"]:
            parent = ours(one["parentTransaction"]["id"])
            back[parent] = back.get(parent, 0) + money(one["amountSet"]).minor
    paid = tuple(
        Tender(
            tender_id=ours(one["id"]),
            kind=tender_kind(one["gateway"]),
            gateway=str(one["gateway"] or ""),
            captured=money(one["amountSet"]),
            refunded=Money(back.get(ours(one["id"]), 0), currency),
        )
        for one in done
        if one["kind"] in ("SALE", "CAPTURE")
    )
    if not paid and found["paymentTerms"]:
        return (Tender(_ACCOUNT, _ACCOUNT, _ACCOUNT, zero(currency), zero(currency)),)
    return paid


def _line(line: Fields, returnable: dict[str, int]) -> OrderLine:
    marks = {one["key"]: one["value"] or "" for one in line["customAttributes"]}
    line_id, group = ours(line["id"]), line["lineItemGroup"]
    return OrderLine(
        line_id=line_id,
        sku=str(line["sku"] or ""),
        title=str(line["title"]),
        quantity=int(line["quantity"]),
        fulfilled=int(line["quantity"]) - int(line["unfulfilledQuantity"]),
        returnable=returnable.get(line_id, 0),
        final_sale=marks.get(_FINAL_SALE, "").lower() == "true",
        bundle=str(group["title"]) if group else None,
        serials=tuple(part for part in marks.get(_SERIALS, "").split(",") if part),
    )


def _customer_id(found: Fields) -> str:
    return str((found["customer"] or {}).get("legacyResourceId") or "")
