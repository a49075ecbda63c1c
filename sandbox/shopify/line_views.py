"""Order lines, their discounts and taxes, and fulfillments as the schema shows them."""

from typing import Any

from sandbox.money import text
from sandbox.shopify.amounts import bag, written
from sandbox.shopify.gids import connection, node
from sandbox.shopify.shop import Doc, Shop, line_of
from sandbox.shopify.stock_views import location_view, variant_view
from sandbox.shopify.worth import of_units

View = dict[str, Any]


def line_view(shop: Shop, order: Doc, line: Doc) -> View:
    currency, count = order["currency"], line["quantity"]
    gone = sum(
        part["quantity"]
        for refund in shop.refunds_of(order["id"])
        for part in refund["lines"]
        if part["line_id"] == line["id"]
    )
    listed = count * line["unit_price"]
    own, all_off = listed - line["discount"], listed - line["discount"] - line["order_discount"]
    group = line["bundle"] and node(
        "LineItemGroup",
        order["id"] * 100 + 1 + _groups(order).index(line["bundle"]),
        title=line["bundle"],
        quantity=line["bundles"],
    )
    return node(
        "LineItem",
        line["id"],
        sku=line["sku"],
        title=line["title"],
        name=line["title"],
        variantTitle=None,
        vendor=None,
        quantity=count,
        currentQuantity=count - gone,
        refundableQuantity=count - gone,
        unfulfilledQuantity=0 if order["fulfillment"] else count,
        nonFulfillableQuantity=0,
        customAttributes=_attributes(line, currency),
        lineItemGroup=group or None,
        originalUnitPriceSet=bag(line["unit_price"], currency),
        originalTotalSet=lambda _info: bag(listed, currency),
        discountedUnitPriceSet=lambda _info: bag(own // count, currency),
        discountedUnitPriceAfterAllDiscountsSet=lambda _info: bag(all_off // count, currency),
        discountedTotalSet=lambda _info, **_: bag(own, currency),
        totalDiscountSet=lambda _info: bag(line["discount"], currency),
        discountAllocations=lambda _info: _allocations(line, currency),
        taxLines=lambda _info, first=None: tax_views(line["taxes"], currency)[:first],
        isGiftCard=False,
        requiresShipping=True,
        restockable=count > gone,
        taxable=bool(line["taxes"]),
        variant=lambda _info: _variant(shop, line),
    )


def tax_views(taxes: list[Doc], currency: str) -> list[View]:
    return [
        {
            "title": tax["code"],
            "rate": float(tax["rate"]) / 100,
            "ratePercentage": float(tax["rate"]),
            "price": written(tax["amount"], currency),
            "priceSet": bag(tax["amount"], currency),
        }
        for tax in taxes
    ]


def fulfillment_line_view(shop: Shop, part: Doc) -> View:
    order = shop.the_order(part["order_id"])
    line, currency = line_of(order, part["line_id"]), order["currency"]
    return node(
        "FulfillmentLineItem",
        part["id"],
        quantity=part["quantity"],
        originalTotalSet=lambda _info: bag(part["quantity"] * line["unit_price"], currency),
        discountedTotalSet=lambda _info: bag(of_units(order, line, part["quantity"]).before_order_discount, currency),
        lineItem=lambda _info: line_view(shop, order, line),
    )


def fulfillment_view(shop: Shop, order: Doc) -> View:
    from sandbox.shopify.order_views import order_view

    done = order["fulfillment"]
    parts = [shop.fulfillment_line(number) for number in done["lines"]]
    return node(
        "Fulfillment",
        done["id"],
        legacyResourceId=done["id"],
        name=f"{order['name']}-F1",
        createdAt=order["created_at"],
        updatedAt=done["delivered_at"],
        deliveredAt=done["delivered_at"],
        status="SUCCESS",
        displayStatus="DELIVERED",
        requiresShipping=True,
        location=lambda _info: location_view(shop),
        order=lambda _info: order_view(shop, order),
        trackingInfo=lambda _info, first=None: [],
        totalQuantity=sum(part["quantity"] for part in parts if part),
        fulfillmentLineItems=connection(lambda: [fulfillment_line_view(shop, part) for part in parts if part]),
    )


def _attributes(line: Doc, currency: str) -> list[View]:
    """Custom attributes with a leading underscore are hidden from the customer; shops carry such marks in them."""
    marks = []
    if line["final_sale"]:
        marks.append({"key": "_final_sale", "value": "true"})
    if line["serials"]:
        marks.append({"key": "_serials", "value": ",".join(line["serials"])})
    if line["stand_alone"] is not None:
        marks.append({"key": "_stand_alone", "value": text(line["stand_alone"], currency)})
    return marks


def _allocations(line: Doc, currency: str) -> list[View]:
    """The line's own discount and its share of the order's, each with what it came from."""
    own, share = line["discount"], line["order_discount"]
    found = [(own, _discount(0, "EACH", "EXPLICIT"))] if own else []
    found += [(share, _discount(1, "ACROSS", "ALL"))] if share else []
    return [{"allocatedAmountSet": bag(part, currency), "discountApplication": origin} for part, origin in found]


def _discount(index: int, method: str, selection: str) -> View:
    return {
        "__typename": "AutomaticDiscountApplication",
        "title": "Promotion",
        "index": index,
        "allocationMethod": method,
        "targetSelection": selection,
        "targetType": "LINE_ITEM",
    }


def _groups(order: Doc) -> list[str]:
    return list(dict.fromkeys(line["bundle"] for line in order["lines"] if line["bundle"]))


def _variant(shop: Shop, line: Doc) -> View | None:
    stock = shop.stock(line["sku"])
    return variant_view(shop, stock) if stock else None
