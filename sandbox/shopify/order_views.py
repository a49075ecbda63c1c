"""Orders and payments as the schema shows them, and the statuses that are worked out of them."""

from collections.abc import Callable
from typing import Any

from sandbox.money import text
from sandbox.shopify.amounts import bag, money, written
from sandbox.shopify.gids import connection, gid, node
from sandbox.shopify.line_views import fulfillment_view, line_view, tax_views
from sandbox.shopify.search import matching
from sandbox.shopify.shop import Doc, Shop, captured, line_of, refunded, transaction_of
from sandbox.shopify.worth import of_shipping, of_units

View = dict[str, Any]


def order_view(shop: Shop, order: Doc) -> View:
    currency = order["currency"]
    cancelled = order["cancelled"] or {"at": None, "reason": None}
    address = node(
        "MailingAddress",
        order["id"],
        countryCodeV2=order["country"],
        company=order["customer"]["company"],
        firstName=order["customer"]["first_name"] or None,
        lastName=order["customer"]["last_name"] or None,
        name=_full_name(order["customer"]) or None,
    )
    number = "".join(sign for sign in order["name"] if sign.isdigit())
    return node(
        "Order",
        order["id"],
        legacyResourceId=order["id"],
        name=order["name"],
        number=int(number or order["id"]) % 2**31,
        createdAt=order["created_at"],
        updatedAt=order["updated_at"],
        processedAt=order["created_at"],
        closed=cancelled["at"] is not None,
        closedAt=cancelled["at"],
        cancelledAt=cancelled["at"],
        cancelReason=cancelled["reason"],
        confirmed=True,
        test=False,
        edited=False,
        note=None,
        tags=[],
        currencyCode=currency,
        presentmentCurrencyCode=currency,
        taxesIncluded=order["inclusive"],
        taxExempt=False,
        estimatedTaxes=False,
        customAttributes=_attributes(order),
        sourceName=order["channel"],
        customerLocale=order.get("locale"),
        customer=lambda _info: _customer(shop, order),
        email=order["customer"]["email"],
        phone=None,
        purchasingEntity=lambda _info: _purchaser(shop, order),
        paymentTerms=_terms(order),
        shippingAddress=address,
        displayAddress=address,
        billingAddress=address,
        billingAddressMatchesShippingAddress=True,
        shippingLine=lambda _info: shipping_line_view(order),
        shippingLines=connection(lambda: [shipping_line_view(order)]),
        discountCode=None,
        discountCodes=[],
        requiresShipping=True,
        displayFinancialStatus=lambda _info: financial_status(order),
        displayFulfillmentStatus="FULFILLED" if order["fulfillment"] else "UNFULFILLED",
        returnStatus=lambda _info: return_status(shop, order),
        fullyPaid=lambda _info: captured(order) >= order["total"],
        unpaid=lambda _info: captured(order) == 0 and order["total"] > 0,
        refundable=lambda _info: captured(order) > refunded(order),
        restockable=lambda _info: any(_left(shop, order, line) for line in order["lines"]),
        paymentGatewayNames=lambda _info: list(dict.fromkeys(one["gateway"] for one in order["transactions"])),
        taxLines=lambda _info: tax_views(_all_taxes(order), currency),
        totalPrice=lambda _info: written(order["total"], currency),
        **{name: _bag(amount, currency) for name, amount in _totals(shop, order).items()},
        subtotalLineItemsQuantity=sum(line["quantity"] for line in order["lines"]),
        currentSubtotalLineItemsQuantity=lambda _info: sum(_left(shop, order, line) for line in order["lines"]),
        lineItems=connection(lambda: [line_view(shop, order, line) for line in order["lines"]]),
        fulfillmentsCount={"count": 1 if order["fulfillment"] else 0, "precision": "EXACT"},
        fulfillments=lambda _info, first=None: [fulfillment_view(shop, order)][:first] if order["fulfillment"] else [],
        transactionsCount={"count": len(order["transactions"]), "precision": "EXACT"},
        transactions=lambda _info, first=None: [
            transaction_view(shop, order, one) for one in order["transactions"][:first]
        ],
        refunds=lambda _info, first=None: _refunds(shop, order)[:first],
        returns=lambda info, query=None, **paging: connection(lambda: _returns(shop, order, query))(info, **paging),
    )


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


def transaction_view(shop: Shop, order: Doc, transaction: Doc) -> View:
    currency = order["currency"]
    parent = transaction["parent"] and transaction_of(order, transaction["parent"])
    taken = transaction["kind"] in ("SALE", "CAPTURE")
    return node(
        "OrderTransaction",
        transaction["id"],
        amount=lambda _info: written(transaction["amount"], currency),
        amountSet=_bag(lambda: transaction["amount"], currency),
        createdAt=transaction["at"],
        processedAt=transaction["at"],
        gateway=transaction["gateway"],
        formattedGateway=transaction["gateway"].replace("_", " ").capitalize(),
        kind=transaction["kind"],
        status="SUCCESS",
        test=False,
        manualPaymentGateway=False,
        errorCode=None,
        order=lambda _info: order_view(shop, order),
        parentTransaction=(lambda _info: transaction_view(shop, order, parent)) if parent else None,
        maximumRefundableV2=(lambda _info: money(transaction["amount"] - refunded(order, transaction["id"]), currency))
        if taken
        else None,
    )


def _totals(shop: Shop, order: Doc) -> dict[str, Callable[[], int]]:
    """The order's amounts by the name of their field; `current` ones leave out what was refunded as items."""

    def worth(current: bool, pick: Callable[[Any], int]) -> int:
        counts = [(line, _left(shop, order, line) if current else line["quantity"]) for line in order["lines"]]
        return sum(pick(of_units(order, line, count)) for line, count in counts)

    def discounts(current: bool) -> int:
        listed = sum(
            line["unit_price"] * (_left(shop, order, line) if current else line["quantity"]) for line in order["lines"]
        )
        return int(listed) - worth(current, lambda one: one.subtotal)

    shipping = of_shipping(order)
    back = [one["shipping"] for one in shop.refunds_of(order["id"]) if one["shipping"]]

    def shipped(name: str) -> int:
        return sum(one[name] for one in back)

    return {
        "totalPriceSet": lambda: order["total"],
        "originalTotalPriceSet": lambda: order["total"],
        "currentTotalPriceSet": lambda: worth(True, lambda one: one.paid) + shipping.paid - shipped("paid"),
        "subtotalPriceSet": lambda: worth(False, lambda one: one.subtotal),
        "currentSubtotalPriceSet": lambda: worth(True, lambda one: one.subtotal),
        "totalTaxSet": lambda: worth(False, lambda one: one.tax) + shipping.tax,
        "currentTotalTaxSet": lambda: worth(True, lambda one: one.tax) + shipping.tax - shipped("tax"),
        "totalDiscountsSet": lambda: discounts(False),
        "currentTotalDiscountsSet": lambda: discounts(True),
        "totalShippingPriceSet": lambda: shipping.subtotal,
        "currentShippingPriceSet": lambda: shipping.subtotal - shipped("subtotal"),
        "totalReceivedSet": lambda: captured(order),
        "totalOutstandingSet": lambda: max(order["total"] - captured(order), 0) if not order["cancelled"] else 0,
        "totalRefundedSet": lambda: refunded(order),
        "totalRefundedShippingSet": lambda: shipped("paid"),
        "netPaymentSet": lambda: captured(order) - refunded(order),
    }


def _bag(amount: Callable[[], int], currency: str) -> Callable[[Any], View]:
    """A money bag that is worked out only when it is asked for."""
    return lambda _info: bag(amount(), currency)


def _left(shop: Shop, order: Doc, line: Doc) -> int:
    gone: int = sum(
        part["quantity"]
        for refund in shop.refunds_of(order["id"])
        for part in refund["lines"]
        if part["line_id"] == line["id"]
    )
    return int(line_of(order, line["id"])["quantity"]) - gone


def _all_taxes(order: Doc) -> list[Doc]:
    """Every tax of the order, by its code."""
    found: dict[str, Doc] = {}
    for tax in [one for part in (*order["lines"], order["shipping"]) for one in part["taxes"]]:
        known = found.get(tax["code"])
        found[tax["code"]] = {**tax, "amount": tax["amount"] + (known["amount"] if known else 0)}
    return list(found.values())


def _full_name(customer: Doc) -> str:
    return f"{customer['first_name']} {customer['last_name']}".strip()


def _customer(shop: Shop, order: Doc) -> View:
    from sandbox.shopify.customer_views import customer_view

    return customer_view(shop, shop.customer(order["customer"]["id"]) or order["customer"])


def _purchaser(shop: Shop, order: Doc) -> View:
    company = order["customer"]["company"]
    if not company:
        return _customer(shop, order)
    return {"__typename": "PurchasingCompany", "company": node("Company", order["customer"]["id"], name=company)}


def _terms(order: Doc) -> View | None:
    if not order["on_account"]:
        return None
    return node("PaymentTerms", order["id"], dueInDays=30, paymentTermsName="Net 30")


def shipping_line_view(order: Doc) -> View:
    shipping, currency = order["shipping"], order["currency"]
    price = bag(shipping["price"], currency)
    return {
        "id": gid("ShippingLine", order["id"]),
        "title": "Standard",
        "custom": False,
        "isRemoved": False,
        "originalPriceSet": price,
        "discountedPriceSet": price,
        "currentDiscountedPriceSet": price,
        "taxLines": tax_views(shipping["taxes"], currency),
    }


def _attributes(order: Doc) -> list[View]:
    """The shop writes down what a discount asked for: the order itself does not tell."""
    if order["minimum_spend"] is None:
        return []
    return [{"key": "_minimum_spend", "value": text(order["minimum_spend"], order["currency"])}]


def _returns(shop: Shop, order: Doc, query: str | None) -> list[View]:
    from sandbox.shopify.return_views import return_view

    return [return_view(shop, one) for one in matching(shop.returns_of(order["id"]), query, RETURN_TERMS)]


def _refunds(shop: Shop, order: Doc) -> list[View]:
    from sandbox.shopify.refund_views import refund_view

    return [refund_view(shop, one) for one in shop.refunds_of(order["id"])]


RETURN_TERMS: dict[str, Callable[[Doc], Any]] = {
    "id": lambda one: one["id"],
    "status": lambda one: one["status"],
    "name": lambda one: one["name"],
    "created_at": lambda one: one["created_at"],
}
