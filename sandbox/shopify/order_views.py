"""Orders, lines, fulfillments and transactions as the schema shows them."""

from typing import Any

from sandbox.money import text
from sandbox.shopify.amounts import bag, money
from sandbox.shopify.gids import connection, gid
from sandbox.shopify.shop import Doc, Shop, captured, line_of, refunded, transaction_of
from sandbox.shopify.stock_views import item_view

View = dict[str, Any]


def order_view(shop: Shop, order: Doc) -> View:
    currency = order["currency"]
    customer = customer_view(order["customer"])
    return {
        "__typename": "Order",
        "id": gid("Order", order["id"]),
        "legacyResourceId": order["id"],
        "name": order["name"],
        "createdAt": order["created_at"],
        "processedAt": order["created_at"],
        "currencyCode": currency,
        "presentmentCurrencyCode": currency,
        "taxesIncluded": order["inclusive"],
        "customAttributes": _order_attributes(order),
        "sourceName": order["channel"],
        "customer": customer,
        "email": order["customer"]["email"],
        "purchasingEntity": _purchaser(order, customer),
        "paymentTerms": _terms(order),
        "shippingAddress": {"id": gid("MailingAddress", order["id"]), "countryCodeV2": order["country"]},
        "shippingLine": _shipping(order),
        "displayFinancialStatus": financial_status(order),
        "displayFulfillmentStatus": "FULFILLED" if order["fulfillment"] else "UNFULFILLED",
        "returnStatus": return_status(shop, order),
        "totalPriceSet": bag(order["total"], currency),
        "totalRefundedSet": bag(refunded(order), currency),
        "netPaymentSet": bag(captured(order) - refunded(order), currency),
        "lineItems": connection(lambda: [line_view(shop, order, line) for line in order["lines"]]),
        "fulfillments": lambda _info, first=None: _fulfillments(shop, order)[:first],
        "transactions": lambda _info, first=None: [transaction_view(order, t) for t in order["transactions"]][:first],
        "refunds": lambda _info, first=None: _refunds(shop, order)[:first],
        "returns": connection(lambda: _returns(shop, order)),
    }


def financial_status(order: Doc) -> str:
    paid, back = captured(order), refunded(order)
    if paid == 0:
        return "PENDING"
    if back == 0:
        return "PAID" if paid >= order["total"] else "PARTIALLY_PAID"
    return "PARTIALLY_REFUNDED" if back < paid else "REFUNDED"


def return_status(shop: Shop, order: Doc) -> str:
    """RETURNED says only that every return is closed: a return closed without processing looks the same."""
    states = {one["status"] for one in shop.returns_of(order["id"])}
    if "REQUESTED" in states:
        return "RETURN_REQUESTED"
    if "OPEN" in states:
        return "IN_PROGRESS"
    return "RETURNED" if "CLOSED" in states else "NO_RETURN"


def customer_view(customer: Doc) -> View:
    return {
        "__typename": "Customer",
        "id": gid("Customer", customer["id"]),
        "legacyResourceId": customer["id"],
        "displayName": f"{customer['first_name']} {customer['last_name']}".strip() or customer["email"],
        "firstName": customer["first_name"] or None,
        "lastName": customer["last_name"] or None,
        "tags": customer["tags"],
        "defaultEmailAddress": {"emailAddress": customer["email"]},
    }


def line_view(shop: Shop, order: Doc, line: Doc) -> View:
    currency = order["currency"]
    gone = sum(
        part["quantity"]
        for refund in shop.refunds_of(order["id"])
        for part in refund["lines"]
        if part["line_id"] == line["id"]
    )
    listed = line["quantity"] * line["unit_price"]
    group = line["bundle"] and {
        "id": gid("LineItemGroup", order["id"] * 100 + 1 + _groups(order).index(line["bundle"])),
        "title": line["bundle"],
        "quantity": line["bundles"],
    }
    return {
        "id": gid("LineItem", line["id"]),
        "sku": line["sku"],
        "title": line["title"],
        "name": line["title"],
        "quantity": line["quantity"],
        "currentQuantity": line["quantity"] - gone,
        "refundableQuantity": line["quantity"] - gone,
        "unfulfilledQuantity": 0 if order["fulfillment"] else line["quantity"],
        "customAttributes": _attributes(line, currency),
        "lineItemGroup": group or None,
        "originalUnitPriceSet": bag(line["unit_price"], currency),
        "discountedTotalSet": lambda _info, **_: bag(listed - line["discount"], currency),
        "totalDiscountSet": bag(line["discount"], currency),
        "discountAllocations": lambda _info: _allocations(line, currency),
        "taxLines": lambda _info, first=None: _taxes(line["taxes"], currency)[:first],
        "variant": lambda _info: _variant(shop, line),
    }


def fulfillment_line_view(shop: Shop, part: Doc) -> View:
    order = shop.the_order(part["order_id"])
    return {
        "id": gid("FulfillmentLineItem", part["id"]),
        "quantity": part["quantity"],
        "lineItem": lambda _info: line_view(shop, order, line_of(order, part["line_id"])),
    }


def fulfillment_view(shop: Shop, order: Doc) -> View:
    done = order["fulfillment"]
    parts = [shop.fulfillment_line(number) for number in done["lines"]]
    return {
        "id": gid("Fulfillment", done["id"]),
        "legacyResourceId": done["id"],
        "name": f"{order['name']}-F1",
        "createdAt": order["created_at"],
        "deliveredAt": done["delivered_at"],
        "status": "SUCCESS",
        "totalQuantity": sum(part["quantity"] for part in parts if part),
        "fulfillmentLineItems": connection(lambda: [fulfillment_line_view(shop, part) for part in parts if part]),
    }


def transaction_view(order: Doc, transaction: Doc) -> View:
    currency = order["currency"]
    parent = transaction["parent"] and transaction_of(order, transaction["parent"])
    view: View = {
        "id": gid("OrderTransaction", transaction["id"]),
        "amountSet": bag(transaction["amount"], currency),
        "createdAt": transaction["at"],
        "processedAt": transaction["at"],
        "gateway": transaction["gateway"],
        "kind": transaction["kind"],
        "status": "SUCCESS",
        "parentTransaction": (lambda _info: transaction_view(order, parent)) if parent else None,
        "maximumRefundableV2": None,
    }
    if transaction["kind"] in ("SALE", "CAPTURE"):
        view["maximumRefundableV2"] = money(transaction["amount"] - refunded(order, transaction["id"]), currency)
    return view


def _purchaser(order: Doc, customer: View) -> View:
    company = order["customer"]["company"]
    if not company:
        return customer
    named = {"id": gid("Company", order["customer"]["id"]), "name": company}
    return {"__typename": "PurchasingCompany", "company": named}


def _terms(order: Doc) -> View | None:
    if not order["on_account"]:
        return None
    return {"id": gid("PaymentTerms", order["id"]), "dueInDays": 30, "paymentTermsName": "Net 30"}


def _shipping(order: Doc) -> View:
    shipping, currency = order["shipping"], order["currency"]
    return {
        "id": gid("ShippingLine", order["id"]),
        "title": "Standard",
        "originalPriceSet": bag(shipping["price"], currency),
        "taxLines": _taxes(shipping["taxes"], currency),
    }


def _taxes(taxes: list[Doc], currency: str) -> list[View]:
    return [
        {"title": tax["code"], "ratePercentage": float(tax["rate"]), "priceSet": bag(tax["amount"], currency)}
        for tax in taxes
    ]


def _order_attributes(order: Doc) -> list[View]:
    """The shop writes down what a discount asked for: the order itself does not tell."""
    if order["minimum_spend"] is None:
        return []
    return [{"key": "_minimum_spend", "value": text(order["minimum_spend"], order["currency"])}]


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
    if stock is None:
        return None
    return {
        "id": gid("ProductVariant", stock["id"]),
        "legacyResourceId": stock["id"],
        "sku": line["sku"],
        "title": line["title"],
        "inventoryItem": item_view(shop, stock),
    }


def _fulfillments(shop: Shop, order: Doc) -> list[View]:
    return [fulfillment_view(shop, order)] if order["fulfillment"] else []


def _returns(shop: Shop, order: Doc) -> list[View]:
    from sandbox.shopify.return_views import return_view

    return [return_view(shop, one) for one in shop.returns_of(order["id"])]


def _refunds(shop: Shop, order: Doc) -> list[View]:
    from sandbox.shopify.return_views import refund_view

    return [refund_view(shop, one) for one in shop.refunds_of(order["id"])]
