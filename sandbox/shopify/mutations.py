# ruff: noqa: A002, A006, N803 - arguments arrive under the schema's own names
"""Every mutation of the schema, by name: reads the arguments, applies the rules, shows the result or the refusal."""

import functools
from collections.abc import Callable
from typing import Any

from graphql import GraphQLResolveInfo

from sandbox.shopify import (
    bulk,
    cancel,
    credit,
    files,
    process,
    quantities,
    refunds,
    returns,
    reverse,
    stock,
    subscriptions,
)
from sandbox.shopify.customer_views import credit_view
from sandbox.shopify.gids import Resolver, number_of
from sandbox.shopify.idempotency import once
from sandbox.shopify.nodes import level_of
from sandbox.shopify.order_views import View, order_view
from sandbox.shopify.refund_views import refund_view
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.return_views import return_view
from sandbox.shopify.reverse_views import delivery_view, reverse_line_view
from sandbox.shopify.shop import Doc, Shop
from sandbox.shopify.stock_views import adjustment_view, level_view


def mutations(shop: Shop, execute: bulk.Execute) -> dict[str, Resolver]:
    found = _returns(shop) | _reverse(shop) | _keyed(shop) | _money(shop) | _subscriptions(shop)
    return found | _bulk(shop, execute)


def _answering(field: str, act: Callable[..., Any]) -> Resolver:
    """A payload with one field and user errors; `act` answers what the field holds."""

    @functools.wraps(act)
    def resolve(_info: Any, **args: Any) -> View:
        try:
            return {field: act(**args), "userErrors": []}
        except Refusal as refused:
            return refused.payload(**{field: None})

    return resolve


def _returns(shop: Shop) -> dict[str, Resolver]:
    def answering(act: Callable[..., Doc]) -> Resolver:
        return _answering("return", lambda **args: return_view(shop, act(**args)))

    return {
        "returnRequest": answering(lambda input: returns.request(shop, input)),
        "returnApproveRequest": answering(lambda input: returns.approve(shop, input)),
        "returnDeclineRequest": answering(lambda input: returns.decline(shop, input)),
        "returnCreate": answering(lambda returnInput: returns.create(shop, returnInput)),
        "returnProcess": answering(lambda input: process.process(shop, input)),
        "removeFromReturn": answering(
            lambda returnId, returnLineItems=None, exchangeLineItems=None: returns.remove(
                shop, returnId, returnLineItems, exchangeLineItems
            )
        ),
        "returnLineItemRemoveFromReturn": answering(
            lambda returnId, returnLineItems: returns.remove(shop, returnId, returnLineItems)
        ),
        "returnClose": answering(lambda id: returns.close(shop, id)),
        "returnReopen": answering(lambda id: returns.reopen(shop, id)),
        "returnCancel": answering(lambda id, notifyCustomer=None: returns.cancel(shop, id)),
        "returnRefund": _answering(
            "refund", lambda returnRefundInput: refund_view(shop, process.refund(shop, returnRefundInput))
        ),
    }


def _reverse(shop: Shop) -> dict[str, Resolver]:
    def dispose(dispositionInputs: list[Doc]) -> list[View]:
        return [reverse_line_view(shop, one) for one in reverse.dispose(shop, dispositionInputs)]

    def deliver(
        reverseFulfillmentOrderId: str,
        reverseDeliveryLineItems: list[Doc],
        trackingInput: Doc | None = None,
        labelInput: Doc | None = None,
        notifyCustomer: bool | None = None,
    ) -> View:
        made = reverse.deliver(shop, reverseFulfillmentOrderId, reverseDeliveryLineItems, trackingInput, labelInput)
        return delivery_view(shop, made)

    def redeliver(
        reverseDeliveryId: str,
        trackingInput: Doc | None = None,
        labelInput: Doc | None = None,
        notifyCustomer: bool | None = None,
    ) -> View:
        return delivery_view(shop, reverse.redeliver(shop, reverseDeliveryId, trackingInput, labelInput))

    return {
        "reverseFulfillmentOrderDispose": _answering("reverseFulfillmentOrderLineItems", dispose),
        "reverseDeliveryCreateWithShipping": _answering("reverseDelivery", deliver),
        "reverseDeliveryShippingUpdate": _answering("reverseDelivery", redeliver),
    }


def _keyed(shop: Shop) -> dict[str, Resolver]:
    def refund_create(info: GraphQLResolveInfo, input: Doc) -> View:
        known = shop.order(number_of("Order", input["orderId"]))
        try:
            refund = once(shop, info, input, lambda: refunds.create(shop, input), "refund")
        except Refusal as refused:
            # As recorded, the order is told with the refusal too.
            return refused.payload(refund=None, order=order_view(shop, known) if known else None)
        order = shop.the_order(refund["order_id"])
        return {"refund": refund_view(shop, refund), "order": order_view(shop, order), "userErrors": []}

    def stocked(act: Callable[[Shop, Doc], Doc]) -> Resolver:
        def resolve(info: GraphQLResolveInfo, input: Doc) -> View:
            try:
                group = once(shop, info, input, lambda: act(shop, input), "adjustment")
            except Refusal as refused:
                return refused.payload(inventoryAdjustmentGroup=None)
            return {"inventoryAdjustmentGroup": adjustment_view(shop, group), "userErrors": []}

        return resolve

    def activate(
        info: GraphQLResolveInfo,
        inventoryItemId: str,
        locationId: str,
        available: int | None = None,
        onHand: int | None = None,
        stockAtLegacyLocation: bool | None = None,
    ) -> View:
        wish = {"item": inventoryItemId, "location": locationId, "available": available, "onHand": onHand}

        def act() -> Doc:
            stock, here = quantities.activate(shop, inventoryItemId, locationId, available, onHand)
            doc = {"id": shop.number("activation", 1), "sku": stock["sku"], "location": here}
            shop.books.put("shopify.activation", str(doc["id"]), doc)
            return doc

        try:
            done = once(shop, info, wish, act, "activation")
        except Refusal as refused:
            return refused.payload(inventoryLevel=None)
        known = shop.stock(done["sku"])
        assert known is not None
        return {"inventoryLevel": level_view(shop, known, done["location"]), "userErrors": []}

    def deactivate(_info: Any, inventoryLevelId: str) -> View:
        location, item = level_of(inventoryLevelId)
        try:
            quantities.deactivate(shop, item, location)
        except Refusal as refused:
            return refused.payload()
        return {"userErrors": []}

    return {
        "refundCreate": refund_create,
        "inventoryAdjustQuantities": stocked(stock.adjust),
        "inventoryMoveQuantities": stocked(stock.move),
        "inventorySetQuantities": stocked(quantities.set_quantities),
        "inventorySetOnHandQuantities": stocked(quantities.set_on_hand),
        "inventoryActivate": activate,
        "inventoryDeactivate": deactivate,
    }


def _money(shop: Shop) -> dict[str, Resolver]:
    def order_cancel(_info: Any, **wish: Any) -> View:
        try:
            job = cancel.cancel(shop, wish)
        except Refusal as refused:
            errors = refused.errors()
            return {"job": None, "orderCancelUserErrors": errors, "userErrors": errors}
        return {"job": {"id": job, "done": False}, "orderCancelUserErrors": [], "userErrors": []}

    return {
        "orderCancel": order_cancel,
        "storeCreditAccountCredit": _answering(
            "storeCreditAccountTransaction",
            lambda id, creditInput: credit_view(shop, credit.credit(shop, id, creditInput)),
        ),
        "storeCreditAccountDebit": _answering(
            "storeCreditAccountTransaction",
            lambda id, debitInput: credit_view(shop, credit.debit(shop, id, debitInput)),
        ),
    }


def _subscriptions(shop: Shop) -> dict[str, Resolver]:
    return {
        "webhookSubscriptionCreate": _answering(
            "webhookSubscription",
            lambda topic, webhookSubscription: subscriptions.view(
                subscriptions.create(shop, topic, webhookSubscription)
            ),
        ),
        "webhookSubscriptionUpdate": _answering(
            "webhookSubscription",
            lambda id, webhookSubscription: subscriptions.view(subscriptions.update(shop, id, webhookSubscription)),
        ),
        "webhookSubscriptionDelete": _answering(
            "deletedWebhookSubscriptionId", lambda id: subscriptions.delete(shop, id)
        ),
    }


def _bulk(shop: Shop, execute: bulk.Execute) -> dict[str, Resolver]:
    def stop(_info: Any, id: str) -> View:
        known = shop.books.get("shopify.bulk", str(number_of("BulkOperation", id)))
        try:
            return {"bulkOperation": bulk.view(shop, bulk.cancel(shop, id)), "userErrors": []}
        except Refusal as refused:
            return refused.payload(bulkOperation=bulk.view(shop, known) if known else None)

    return {
        "bulkOperationRunQuery": _answering(
            "bulkOperation",
            lambda query, groupObjects: bulk.view(shop, bulk.run_query(shop, execute, query, groupObjects)),
        ),
        "bulkOperationRunMutation": _answering(
            "bulkOperation",
            lambda mutation, stagedUploadPath, **_: bulk.view(
                shop, bulk.run_mutation(shop, execute, mutation, stagedUploadPath)
            ),
        ),
        "bulkOperationCancel": stop,
        "stagedUploadsCreate": _answering("stagedTargets", lambda input: files.stage(shop, input)),
    }
