"""Shopify's words and ours, both directions side by side: orders, reasons, tenders, amounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from adapters.storefront.shopify.gids import ours
from domain.errors import BadInput
from domain.money import Money, parse, zero
from domain.order import Contact, Order, OrderLine, Tender
from domain.returns import Reason

Fields = dict[str, Any]

OTHER_REASON = "other-reason"
# Handles of Shopify's standard return reason definitions; a shop may add its own.
HANDLES = {
    Reason.CHANGED_MIND: "changed-my-mind",
    Reason.TOO_SMALL: "too-small",
    Reason.TOO_BIG: "too-big",
    Reason.STYLE: "style",
    Reason.NOT_AS_DESCRIBED: "item-not-as-described",
    Reason.WRONG_ITEM: "received-the-wrong-item",
    Reason.DAMAGED: "damaged-or-defective",
    Reason.DEFECTIVE: "damaged-or-defective",
    Reason.OTHER: OTHER_REASON,
}
_REASONS = {handle: reason for reason, handle in reversed(HANDLES.items())} | {"color": Reason.STYLE}

STORE_CREDIT = "store_credit"
_GATEWAYS = {"gift_card": "gift_card", "shopify_store_credit": STORE_CREDIT}
_ACCOUNT = "account"
ON_ITS_WAY = ("PENDING", "AWAITING_RESPONSE", "UNKNOWN")
"""A transaction the gateway has not answered yet."""

# Line attributes with a leading underscore are hidden from customers; shops keep such marks in them.
_FINAL_SALE, _SERIALS, _STAND_ALONE = "_final_sale", "_serials", "_stand_alone"
# ... and an attribute of the order: what its discount asked for is nowhere else on it.
_MINIMUM_SPEND = "_minimum_spend"
# A discount of the whole order: spread over all its lines, and not one that every line gets for itself.
_ORDER_WIDE = {"allocationMethod": "ACROSS", "targetSelection": "ALL"}


def reason_handle(reason: str) -> str:
    return HANDLES.get(Reason(reason), OTHER_REASON)


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
    labels = _labels(lines)
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
        lines=tuple(_line(line, returnable, currency, labels) for line in lines),
        tenders=tenders_of(found, currency),
        taxes_included=bool(found["taxesIncluded"]),
        minimum_spend=_amount(_marks(found), _MINIMUM_SPEND, currency),
        groups=tuple(str(tag) for tag in (found["customer"] or {}).get("tags") or ()),
    )


def contact_of(found: Fields) -> Contact:
    customer = found["customer"] or {}
    address = (customer.get("defaultEmailAddress") or {}).get("emailAddress") or found["email"] or ""
    company = ((found["purchasingEntity"] or {}).get("company") or {}).get("name")
    name, language = str(customer.get("displayName") or ""), str(found["customerLocale"] or "")
    return Contact(name, str(address), _customer_id(found), company, language)


def tenders_of(found: Fields, currency: str) -> tuple[Tender, ...]:
    """The payments that captured money, and what everybody gave back of each; money on its way back counts as gone.

    An order on account that captured nothing has the tender 'account'."""
    back: dict[str, int] = {}
    issued = 0
    for one in found["transactions"]:
        if one["kind"] != "REFUND" or one["status"] not in ("SUCCESS", *ON_ITS_WAY):
            continue
        if one["parentTransaction"]:
            parent = ours(one["parentTransaction"]["id"])
            back[parent] = back.get(parent, 0) + money(one["amountSet"]).minor
        else:
            issued += money(one["amountSet"]).minor
    paid = [
        Tender(
            tender_id=ours(one["id"]),
            kind=tender_kind(one["gateway"]),
            gateway=str(one["gateway"] or ""),
            captured=money(one["amountSet"]),
            refunded=Money(back.get(ours(one["id"]), 0), currency),
        )
        for one in found["transactions"]
        if one["kind"] in ("SALE", "CAPTURE") and one["status"] == "SUCCESS"
    ]
    if not paid and found["paymentTerms"]:
        return (Tender(_ACCOUNT, _ACCOUNT, _ACCOUNT, zero(currency), zero(currency)),)
    return _less_issued(paid, issued)


def _less_issued(tenders: list[Tender], issued: int) -> tuple[Tender, ...]:
    """Store credit is issued without a payment it goes back to: it is taken off payments by store credit, then off the
    others, so that no plan gives back more than the order brought."""
    room: dict[str, int] = {}
    for tender in sorted(tenders, key=lambda one: one.kind != STORE_CREDIT):
        taken = min(max(tender.captured.minor - tender.refunded.minor, 0), issued)
        room[tender.tender_id], issued = taken, issued - taken
    return tuple(
        replace(one, refunded=Money(one.refunded.minor + room[one.tender_id], one.refunded.currency)) for one in tenders
    )


def _line(line: Fields, returnable: dict[str, int], currency: str, labels: dict[str, str]) -> OrderLine:
    marks = _marks(line)
    line_id, group, quantity = ours(line["id"]), line["lineItemGroup"], int(line["quantity"])
    allocated = [
        (one["discountApplication"], money(one["allocatedAmountSet"]).minor) for one in line["discountAllocations"]
    ]
    whole_order = sum(part for origin, part in allocated if origin == _ORDER_WIDE)
    own = sum(part for _, part in allocated) - whole_order
    return OrderLine(
        line_id=line_id,
        sku=str(line["sku"] or ""),
        title=str(line["title"]),
        quantity=quantity,
        fulfilled=quantity - int(line["unfulfilledQuantity"]),
        returnable=returnable.get(line_id, 0),
        final_sale=marks.get(_FINAL_SALE, "").lower() == "true",
        bundle=labels[ours(group["id"])] if group else None,
        serials=tuple(part for part in marks.get(_SERIALS, "").split(",") if part),
        spend=quantity * money(line["originalUnitPriceSet"]).minor - own,
        order_discount=whole_order,
        stand_alone=_amount(marks, _STAND_ALONE, currency),
        bundles=int(group["quantity"]) if group else 1,
        tax_rates=tuple(
            _percent(one["ratePercentage"]) for one in line["taxLines"] if one["ratePercentage"] is not None
        ),
    )


def _labels(lines: list[Fields]) -> dict[str, str]:
    """A name for each bundle of the order, by its group's id: the title, told apart where two have the same."""
    titles = {
        ours(line["lineItemGroup"]["id"]): str(line["lineItemGroup"]["title"])
        for line in lines
        if line["lineItemGroup"]
    }
    alike = list(titles.values())
    return {group: f"{title} ({group})" if alike.count(title) > 1 else title for group, title in titles.items()}


def _marks(of: Fields) -> dict[str, str]:
    return {one["key"]: one["value"] or "" for one in of["customAttributes"]}


def _amount(marks: dict[str, str], key: str, currency: str) -> int | None:
    """An amount written into an attribute; what is no amount of this currency says nothing."""
    try:
        return parse(marks[key], currency).minor if key in marks else None
    except BadInput:
        return None


def _percent(rate: float | int | str) -> str:
    """The number as it was written: 8.875, and 19 for 19.0."""
    return format(Decimal(str(rate)).normalize(), "f")


def _customer_id(found: Fields) -> str:
    return str((found["customer"] or {}).get("legacyResourceId") or "")
