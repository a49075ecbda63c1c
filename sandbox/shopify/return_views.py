"""Returns and what may come back, as the schema shows them."""

from typing import Any

from sandbox.shopify import outcome
from sandbox.shopify.amounts import bag
from sandbox.shopify.gids import connection, gid, node
from sandbox.shopify.line_views import fulfillment_line_view, fulfillment_view
from sandbox.shopify.order_views import View, order_view, transaction_view
from sandbox.shopify.refund_views import refund_view
from sandbox.shopify.reverse_views import reverse_order_view
from sandbox.shopify.shop import REASONS, Doc, Shop, line_of, transaction_of
from sandbox.shopify.worth import of_units, restocking_fee


def return_view(shop: Shop, doc: Doc) -> View:
    order = shop.the_order(doc["order_id"])
    kept = [line for line in doc["lines"] if line["quantity"] > 0]
    refunds = [one for one in shop.refunds_of(order["id"]) if one["return_id"] == doc["id"]]
    moved = [one for refund in refunds for number in refund["transactions"] if (one := transaction_of(order, number))]
    fee = doc["shipping_fee"]

    def suggested(_info: Any, **wish: Any) -> View | None:
        return outcome.view(shop, order, outcome.suggest(shop, order, doc, wish))

    return node(
        "Return",
        doc["id"],
        name=doc["name"],
        status=doc["status"],
        createdAt=doc["created_at"],
        requestApprovedAt=doc["approved_at"],
        closedAt=doc["closed_at"],
        decline=doc["decline"],
        order=lambda _info: order_view(shop, order),
        totalQuantity=sum(line["quantity"] for line in kept),
        returnLineItems=connection(lambda: [return_line_view(shop, line) for line in kept]),
        exchangeLineItems=connection(lambda: [_exchange(one) for one in doc["exchange"] if one["quantity"] > 0]),
        returnShippingFees=[
            {"id": gid("ReturnShippingFee", fee["id"]), "amountSet": bag(fee["amount"], order["currency"])}
        ]
        if fee
        else [],
        reverseFulfillmentOrders=connection(lambda: [reverse_order_view(shop, doc)] if doc["reverse_order"] else []),
        refunds=connection(lambda: [refund_view(shop, one) for one in refunds]),
        transactions=connection(lambda: [transaction_view(shop, order, one) for one in moved]),
        suggestedFinancialOutcome=suggested,
    )


def return_line_view(shop: Shop, line: Doc) -> View:
    left = line["quantity"] - line["processed"]
    reason = next(one for one in REASONS if one[0] == line["reason"])
    part = shop.fulfillment_line(line["fulfillment_line_id"])
    assert part is not None
    return node(
        "ReturnLineItem",
        line["id"],
        customerNote=line["customer_note"],
        fulfillmentLineItem=lambda _info: fulfillment_line_view(shop, part),
        processableQuantity=left,
        processedQuantity=line["processed"],
        quantity=line["quantity"],
        refundableQuantity=line["quantity"] - line["refunded"],
        refundedQuantity=line["refunded"],
        restockingFee=lambda _info: _fee(shop, part, line),
        returnReason=reason[3],
        returnReasonDefinition=reason_view(reason),
        returnReasonNote=line["note"],
        unprocessedQuantity=left,
        withCodeDiscountedTotalPriceSet=lambda _info: _worth(shop, part, line),
    )


def reason_view(reason: tuple[int, str, str, str]) -> View:
    number, handle, name, _ = reason
    return node("ReturnReasonDefinition", number, handle=handle, name=name, deleted=False)


def returnable_view(shop: Shop, order: Doc) -> View:
    """Of an order with a fulfillment."""
    parts = [shop.fulfillment_line(number) for number in order["fulfillment"]["lines"]]
    open_parts = [(part, shop.returnable(part)) for part in parts if part]
    return node(
        "ReturnableFulfillment",
        order["fulfillment"]["id"],
        fulfillment=lambda _info: fulfillment_view(shop, order),
        returnableFulfillmentLineItems=connection(
            lambda: [
                {"fulfillmentLineItem": fulfillment_line_view(shop, part), "quantity": left}
                for part, left in open_parts
                if left > 0
            ]
        ),
    )


def _exchange(item: Doc) -> View:
    left = item["quantity"] - item["processed"]
    return node(
        "ExchangeLineItem",
        item["id"],
        quantity=item["quantity"],
        processableQuantity=left,
        processedQuantity=item["processed"],
        unprocessedQuantity=left,
        variantId=gid("ProductVariant", item["variant_id"]),
    )


def _fee(shop: Shop, part: Doc, line: Doc) -> View | None:
    if line["fee"] is None:
        return None
    order = shop.the_order(part["order_id"])
    amount = restocking_fee(order, line_of(order, line["line_id"]), line["quantity"], line["fee"]["percentage"])
    return {
        "__typename": "RestockingFee",
        "id": gid("RestockingFee", line["fee"]["id"]),
        "percentage": float(line["fee"]["percentage"]),
        "amountSet": bag(amount, order["currency"]),
    }


def _worth(shop: Shop, part: Doc, line: Doc) -> View:
    order = shop.the_order(part["order_id"])
    return bag(of_units(order, line_of(order, line["line_id"]), line["quantity"]).subtotal, order["currency"])
