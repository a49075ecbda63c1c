"""Webhook subscriptions made through the API, and what each topic tells, against the published payload schemas."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.sandbox.test_shopify_keyed import ADJUST, arrival
from tests.sandbox.test_shopify_returns import (
    CREATE,
    DECLINE,
    PROCESS,
    REMOVE,
    REQUEST,
    opened,
    processing,
    requested,
    simple,
    wish,
)
from tests.stack.inbox import Inbox
from tests.stack.orders import order
from tests.stack.sandbox import ROOT, Sandbox
from tests.stack.shopify import Shop

ORDERS = count(8_680_001)
SCHEMAS = ROOT.parent / "shared" / "vendor" / "shopify" / "webhooks" / "schemas" / "2026-07"
KINDS: dict[str, type] = {"integer": int, "string": str, "boolean": bool, "number": float, "null": type(None)}
FIELDS = "id topic uri callbackUrl format includeFields apiVersion { handle } endpoint { __typename }"
SUBSCRIBE = f"""mutation($topic: WebhookSubscriptionTopic!, $input: WebhookSubscriptionInput!) {{
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $input) {{
    webhookSubscription {{ {FIELDS} }} userErrors {{ field message }} }} }}"""
CHANGE = f"""mutation($id: ID!, $input: WebhookSubscriptionInput!) {{
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $input) {{
    webhookSubscription {{ {FIELDS} }} userErrors {{ field message }} }} }}"""
DELETE = """mutation($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId
  userErrors { field message } } }"""
LIST = """query($topics: [WebhookSubscriptionTopic!], $uri: String) {
  webhookSubscriptions(first: 50, topics: $topics, uri: $uri) { nodes { id } } }"""
DELIVER = """mutation($order: ID!) { reverseDeliveryCreateWithShipping(reverseFulfillmentOrderId: $order,
  reverseDeliveryLineItems: [], trackingInput: {number: "1Z"}) { userErrors { message } } }"""
DISPOSE = """mutation($line: ID!) { reverseFulfillmentOrderDispose(dispositionInputs: [{
  reverseFulfillmentOrderLineItemId: $line, quantity: 1, dispositionType: RESTOCKED,
  locationId: "gid://shopify/Location/65001"}]) { userErrors { message } } }"""
REVERSE = """query($id: ID!) { return(id: $id) { reverseFulfillmentOrders(first: 1) { nodes { id
  lineItems(first: 1) { nodes { id } } } } } }"""


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Shop]:
    """Subscriptions made by the test end with it."""
    with Shop(sandbox) as one:
        before = listed(one)
        yield one
        for made in listed(one) - before:
            one.do(DELETE, id=made)


def listed(shop: Shop) -> set[str]:
    return {one["id"] for one in shop.data(LIST)["webhookSubscriptions"]["nodes"]}


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    one = Inbox()
    yield one
    one.close()


@pytest.fixture
def number(sandbox: Sandbox) -> int:
    fresh = next(ORDERS)
    sandbox.seed(order(fresh))
    return fresh


def subscribed(shop: Shop, topic: str, uri: str, **more: Any) -> dict[str, Any]:
    made = shop.do(SUBSCRIBE, topic=topic, input={"uri": uri} | more)
    assert made["userErrors"] == []
    found: dict[str, Any] = made["webhookSubscription"]
    return found


class TestSubscribing:
    def test_a_subscription_is_read_changed_and_deleted(self, shop: Shop) -> None:
        made = subscribed(shop, "RETURNS_UPDATE", "https://one.example/hook", includeFields=["id"])
        assert made["endpoint"] == {"__typename": "WebhookHttpEndpoint"}
        assert (made["format"], made["includeFields"], made["apiVersion"]) == ("JSON", ["id"], {"handle": "2026-07"})
        changed = shop.do(CHANGE, id=made["id"], input={"uri": "https://two.example/hook"})["webhookSubscription"]
        assert (changed["uri"], changed["callbackUrl"]) == ("https://two.example/hook",) * 2
        assert (changed["topic"], changed["includeFields"]) == ("RETURNS_UPDATE", ["id"])
        found = shop.data(LIST, topics=["RETURNS_UPDATE"], uri="https://two.example/hook")
        assert found["webhookSubscriptions"]["nodes"] == [{"id": made["id"]}]
        assert shop.do(DELETE, id=made["id"])["deletedWebhookSubscriptionId"] == made["id"]
        query = "query($id: ID!) { webhookSubscription(id: $id) { id } }"
        assert shop.data(query, id=made["id"])["webhookSubscription"] is None

    @pytest.mark.parametrize(
        ("uri", "message"),
        [
            ("", "Address can't be blank"),
            ("http://example.com/hook", "Address protocol http:// is not supported"),
            ("https://some-shop.myshopify.com/hook", "Address cannot be a Shopify or an internal domain"),
            ("ftp://example.com/hook", "Address is invalid"),
        ],
    )
    def test_addresses_that_are_refused(self, shop: Shop, uri: str, message: str) -> None:
        refused = shop.do(SUBSCRIBE, topic="RETURNS_CLOSE", input={"uri": uri})
        where = ["webhookSubscription", "callbackUrl"]
        assert refused == {"webhookSubscription": None, "userErrors": [{"field": where, "message": message}]}

    def test_an_address_is_taken_once_per_topic(self, shop: Shop) -> None:
        subscribed(shop, "RETURNS_CLOSE", "https://taken.example/hook")
        again = shop.do(SUBSCRIBE, topic="RETURNS_CLOSE", input={"uri": "https://taken.example/hook"})
        assert again["userErrors"][0]["message"] == "Address for this topic has already been taken"
        subscribed(shop, "RETURNS_REOPEN", "https://taken.example/hook")

    def test_what_is_not_there_is_neither_changed_nor_deleted(self, shop: Shop) -> None:
        expected = [{"field": ["id"], "message": "Webhook subscription does not exist"}]
        nothing = "gid://shopify/WebhookSubscription/1"
        assert shop.do(CHANGE, id=nothing, input={"uri": "https://one.example"})["userErrors"] == expected
        assert shop.do(DELETE, id=nothing) == {"deletedWebhookSubscriptionId": None, "userErrors": expected}

    def test_a_privacy_topic_cannot_be_subscribed_to(self, shop: Shop) -> None:
        error = shop.ask(SUBSCRIBE, topic="CUSTOMERS_REDACT", input={"uri": "https://one.example"})["errors"][0]
        assert error["extensions"]["code"] == "INVALID_VARIABLE"

    def test_only_the_fields_asked_for_are_delivered(self, shop: Shop, inbox: Inbox, number: int) -> None:
        subscribed(shop, "RETURNS_REQUEST", inbox.url, includeFields=["id", "status"])
        made = shop.do(REQUEST, input=wish(shop, number))["return"]
        inbox.wait(lambda: bool(inbox.taken))
        assert json.loads(inbox.taken[0][1]) == {"id": int(made["id"].rpartition("/")[2]), "status": "requested"}

    def test_two_subscriptions_to_one_event_share_its_event_id(self, shop: Shop, inbox: Inbox, number: int) -> None:
        subscribed(shop, "RETURNS_REQUEST", inbox.url)
        subscribed(shop, "RETURNS_REQUEST", inbox.url + "/second")
        shop.do(REQUEST, input=wish(shop, number))
        inbox.wait(lambda: len(inbox.taken) == 2)
        first, second = (headers for headers, _ in inbox.taken)
        assert first["x-shopify-event-id"] == second["x-shopify-event-id"]
        assert first["x-shopify-webhook-id"] != second["x-shopify-webhook-id"]

    def test_a_subscription_that_never_answers_is_deleted_after_its_retries(
        self, shop: Shop, sandbox: Sandbox, inbox: Inbox, number: int
    ) -> None:
        sandbox.control.post("/shopify/webhooks/pace", json={"factor": 0.0001}).raise_for_status()
        inbox.refuse = 1000
        made = subscribed(shop, "RETURNS_REQUEST", inbox.url)
        try:
            shop.do(REQUEST, input=wish(shop, number))
            query = "query($id: ID!) { webhookSubscription(id: $id) { id } }"
            inbox.wait(lambda: shop.data(query, id=made["id"])["webhookSubscription"] is None)
        finally:
            sandbox.control.post("/shopify/webhooks/pace", json={"factor": 1})
        assert inbox.refused == 9  # the delivery and eight retries


def told(shop: Shop, inbox: Inbox, topic: str, number: int) -> dict[str, Any]:
    """Make a topic's event happen; answers its payload."""
    subscribed(shop, topic.upper().replace("/", "_"), inbox.url)
    match topic:
        case "returns/request":
            requested(shop, number)
        case "returns/approve":
            opened(shop, number)
        case "returns/decline":
            shop.do(DECLINE, id=requested(shop, number))
        case "returns/close" | "returns/cancel":
            shop.do(simple("returnClose" if topic == "returns/close" else "returnCancel"), id=opened(shop, number))
        case "returns/reopen":
            made = opened(shop, number)
            shop.do(simple("returnClose"), id=made)
            shop.do(simple("returnReopen"), id=made)
        case "returns/update":
            made = opened(shop, number)
            line = processing(shop, made, 1)["returnLineItems"][0]
            shop.do(REMOVE, id=made, lines=[{"returnLineItemId": line["id"], "quantity": 1}])
        case "returns/process":
            shop.do(PROCESS, input=processing(shop, opened(shop, number), 1))
        case "refunds/create":
            shop.do(PROCESS, input=processing(shop, opened(shop, number), 1, "1.00") | {"note": "agreed"})
        case "inventory_levels/update":
            change = arrival(shop, number, ledgerDocumentUri=None)
            shop.do(ADJUST, input=change | {"name": "available"}, key=f"topic-{number}")
        case _:
            found = shop.data(REVERSE, id=opened(shop, number))["return"]["reverseFulfillmentOrders"]["nodes"][0]
            if topic == "reverse_fulfillment_orders/dispose":
                shop.do(DISPOSE, line=found["lineItems"]["nodes"][0]["id"])
            else:
                shop.do(DELIVER, order=found["id"])
    inbox.wait(lambda: bool(inbox.of(topic)))
    payload: dict[str, Any] = json.loads(inbox.of(topic)[0][1])
    return payload


@pytest.mark.parametrize(
    "topic",
    [
        "returns/request",
        "returns/approve",
        "returns/decline",
        "returns/close",
        "returns/cancel",
        "returns/reopen",
        "returns/update",
        "returns/process",
        "refunds/create",
        "inventory_levels/update",
        "reverse_fulfillment_orders/dispose",
        "reverse_deliveries/attach_deliverable",
    ],
)
def test_every_topic_tells_what_its_published_schema_asks_for(
    shop: Shop, inbox: Inbox, number: int, topic: str
) -> None:
    """Keys and the kinds of plain values. The schemas were made of one example each: lists, and null, prove nothing."""
    path = SCHEMAS / f"{topic}.json"
    if not path.exists():
        pytest.skip(f"the published schema of {topic} is not beside this checkout")
    published = json.loads(path.read_text())
    payload = told(shop, inbox, topic, number)
    assert set(published.get("required", ())) <= set(payload)
    for name, kind in published.get("properties", {}).items():
        plain = kind.get("type", "null") not in ("null", "array", "object")
        if plain and payload.get(name) is not None:
            kinds = kind["type"] if isinstance(kind["type"], list) else [kind["type"]]
            assert any(isinstance(payload[name], KINDS[one]) for one in kinds), f"{name}: {payload[name]!r}"


def test_a_finished_bulk_operation_is_told(shop: Shop, inbox: Inbox) -> None:
    subscribed(shop, "BULK_OPERATIONS_FINISH", inbox.url)
    run = """mutation { bulkOperationRunQuery(query: "{ locations { edges { node { id } } } }", groupObjects: false) {
      bulkOperation { id } userErrors { message } } }"""
    made = shop.do(run)
    assert made["userErrors"] == []
    inbox.wait(lambda: bool(inbox.taken))
    payload = json.loads(inbox.taken[0][1])
    assert payload["admin_graphql_api_id"] == made["bulkOperation"]["id"]
    assert (payload["status"], payload["type"]) == ("completed", "query")


def test_nothing_is_told_that_nobody_asked_for(shop: Shop, sandbox: Sandbox, inbox: Inbox, number: int) -> None:
    made = subscribed(shop, "RETURNS_CLOSE", inbox.url)
    shop.do(CREATE, input=wish(shop, number))
    known = [one for one in sandbox.books("shopify")["webhooks"] if one["subscription"] is not None]
    assert not [one for one in known if one["subscription"] == int(made["id"].rpartition("/")[2])]
