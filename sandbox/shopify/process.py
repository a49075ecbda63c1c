"""returnProcess and returnRefund: units processed, goods disposed of, money sent back; there is no idempotency key."""

from sandbox.shopify import events, refunds, reverse
from sandbox.shopify.gids import number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.return_lines import BAD_QUANTITY
from sandbox.shopify.returns import exchange_of, found, line_of
from sandbox.shopify.shop import Doc, Shop


def process(shop: Shop, wish: Doc) -> Doc:
    """Everything is checked before anything is written. The return stays OPEN: only closing closes it."""
    doc = found(shop, wish["returnId"], "input", "returnId")
    if doc["status"] != "OPEN":
        raise Refusal("Return status is invalid.", "INVALID_STATE", "input", "returnId")
    lines, items = wish.get("returnLineItems") or [], wish.get("exchangeLineItems") or []
    issue = (wish.get("financialTransfer") or {}).get("issueRefund")
    if not lines and not items and not issue:
        raise Refusal("Nothing to process.", "BLANK", "input")
    disposed: list[reverse.Disposed] = []
    taken: list[tuple[Doc, int]] = []
    for place, one in enumerate(lines):
        where = ("input", "returnLineItems", str(place))
        line = line_of(doc, number_of("ReturnLineItem", one["id"]))
        if line is None:
            raise Refusal("Return line item was not found.", "NOT_FOUND", *where, "id")
        if not 0 < one["quantity"] <= line["quantity"] - line["processed"]:
            raise Refusal(BAD_QUANTITY, "INVALID", *where, "quantity")
        line["processed"] += one["quantity"]
        line["refunded"] += one["quantity"] if issue else 0
        taken.append((line, one["quantity"]))
        wanted = one.get("dispositions") or []
        disposed += [reverse.disposed(shop, doc, each, *where, "dispositions") for each in wanted]
    for place, one in enumerate(items):
        where = ("input", "exchangeLineItems", str(place))
        item = exchange_of(doc, number_of("ExchangeLineItem", one["id"]))
        if item is None:
            raise Refusal("Exchange line item was not found.", "NOT_FOUND", *where, "id")
        if not 0 < one["quantity"] <= item["quantity"] - item["processed"]:
            raise Refusal("Exchange line item has an invalid quantity.", "INVALID", *where, "quantity")
        item["processed"] += one["quantity"]
    order = shop.changed(shop.the_order(doc["order_id"]))
    found_transfers = refunds.transfers_of_return(order, issue) if issue else []
    where = ("input", "refundShipping", "shippingRefundAmount")
    shipping = refunds.shipping_of(shop, order, wish.get("refundShipping"), "shippingRefundAmount", *where)
    reverse.settle(doc)
    shop.save("return", doc)
    reverse.shelve(shop, doc, disposed)
    if issue:
        parts = [refunds.Part(line["line_id"], quantity) for line, quantity in taken]
        refunds.record(shop, order, found_transfers, parts, wish.get("note"), doc["id"], shipping)
    events.return_processed(shop, doc)
    return doc


def refund(shop: Shop, wish: Doc) -> Doc:
    """returnRefund, the older way: money for units, of which nothing is processed. Answers the refund."""
    root = "returnRefundInput"
    doc = found(shop, wish["returnId"], root, "returnId")
    if doc["status"] != "OPEN":
        raise Refusal("Return status is invalid.", "INVALID_STATE", root, "returnId")
    parts = []
    for place, one in enumerate(wish["returnRefundLineItems"]):
        where = (root, "returnRefundLineItems", str(place))
        line = line_of(doc, number_of("ReturnLineItem", one["returnLineItemId"]))
        if line is None:
            raise Refusal("Return line item was not found.", "NOT_FOUND", *where, "returnLineItemId")
        if not 0 < one["quantity"] <= line["quantity"] - line["refunded"]:
            raise Refusal(BAD_QUANTITY, "INVALID", *where, "quantity")
        line["refunded"] += one["quantity"]
        parts.append(refunds.Part(line["line_id"], one["quantity"]))
    order = shop.changed(shop.the_order(doc["order_id"]))
    found_transfers = refunds.transfers(order, wish.get("orderTransactions") or [], root)
    where = (root, "refundShipping", "shippingRefundAmount")
    shipping = refunds.shipping_of(shop, order, wish.get("refundShipping"), "shippingRefundAmount", *where)
    shop.save("return", doc)
    return refunds.record(shop, order, found_transfers, parts, None, doc["id"], shipping)
