"""Webhooks of the shop: signed, complete in their headers, retried, repeated and reordered on demand."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stack.inbox import Inbox
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

REQUIRED = ("hmac-sha256", "topic", "shop-domain", "api-version", "webhook-id", "event-id", "triggered-at")


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    one = Inbox()
    yield one
    one.close()


@pytest.fixture(scope="module")
def hooked(inbox: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of its own: the session's has no webhook address."""
    one = Sandbox(tmp_path_factory.mktemp("hooked"), webhook_url=inbox.url)
    one.start()
    yield one
    one.stop()


@pytest.fixture(autouse=True)
def _empty(inbox: Inbox) -> None:
    inbox.taken.clear()


def request_return(sandbox: Sandbox, number: int) -> dict[str, Any]:
    sandbox.seed(order(number))
    asked = {"order_id": number, "lines": [{"line_id": number * 10 + 1, "quantity": 1, "reason": "too-small"}]}
    answer = sandbox.control.post("/shopify/returns/request", json=asked)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_customers_request_is_told_signed_and_thin(hooked: Sandbox, inbox: Inbox) -> None:
    made = request_return(hooked, 640_001)
    inbox.wait(lambda: len(inbox.taken) == 1)
    headers, body = inbox.taken[0]
    assert all(f"x-shopify-{name}" in headers for name in REQUIRED)
    assert headers["x-shopify-topic"] == "returns/request"
    secret = hooked.credentials["shopify"]["client_secret"]
    expected = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    assert headers["x-shopify-hmac-sha256"] == expected
    payload = json.loads(body)
    assert payload["admin_graphql_api_id"] == made["return"]
    assert payload["status"] == "requested"
    assert payload["return_line_items"] == []


def test_a_refused_delivery_comes_again(hooked: Sandbox, inbox: Inbox) -> None:
    inbox.refuse = 2
    request_return(hooked, 640_002)
    inbox.wait(lambda: len(inbox.taken) == 1)
    assert inbox.refuse == 0


def test_a_duplicate_has_the_event_but_not_the_delivery(hooked: Sandbox, inbox: Inbox) -> None:
    made = request_return(hooked, 640_003)
    inbox.wait(lambda: len(inbox.taken) == 1)
    replay = {"topic": "returns/request", "return_id": made["id"], "times": 2}
    assert hooked.control.post("/shopify/webhooks/replay", json=replay).json() == {"replayed": 2}
    inbox.wait(lambda: len(inbox.taken) == 3)
    assert len({headers["x-shopify-event-id"] for headers, _ in inbox.taken}) == 1
    assert len({headers["x-shopify-webhook-id"] for headers, _ in inbox.taken}) == 3
    assert len({body for _, body in inbox.taken}) == 1


def test_events_can_arrive_in_the_wrong_order(hooked: Sandbox, inbox: Inbox) -> None:
    hooked.control.post("/shopify/webhooks/hold", json={"held": True})
    made = [request_return(hooked, number)["id"] for number in (640_004, 640_005, 640_006)]
    hooked.control.post("/shopify/webhooks/hold", json={"held": False, "reverse": True})
    inbox.wait(lambda: len(inbox.taken) == 3)
    assert [json.loads(body)["id"] for _, body in inbox.taken] == made[::-1]


def test_what_was_not_delivered_survives_a_kill(hooked: Sandbox, inbox: Inbox) -> None:
    hooked.control.post("/shopify/webhooks/hold", json={"held": True})
    made = request_return(hooked, 640_007)
    ports = dict(hooked.ports)
    hooked.kill()
    hooked.start()
    assert hooked.ports == ports
    hooked.control.post("/shopify/webhooks/hold", json={"held": False})
    inbox.wait(lambda: len(inbox.taken) == 1)
    assert json.loads(inbox.taken[0][1])["id"] == made["id"]


def test_what_the_privacy_laws_ask_for_goes_to_the_configured_address(hooked: Sandbox, inbox: Inbox) -> None:
    number = 640_010
    hooked.seed(order(number))
    for topic in ("customers/data_request", "customers/redact", "shop/redact"):
        asked = {"topic": topic, "customer_id": number * 10}
        assert hooked.control.post("/shopify/privacy", json=asked).status_code == 200
    inbox.wait(lambda: len(inbox.taken) == 3)
    told = {headers["x-shopify-topic"]: json.loads(body) for headers, body in inbox.taken}
    assert told["customers/redact"]["orders_to_redact"] == [number]
    assert told["customers/data_request"]["orders_requested"] == [number]
    assert told["customers/redact"]["customer"]["email"] == f"buyer{number}@example.test"
    assert set(told["shop/redact"]) == {"shop_id", "shop_domain"}
    assert hooked.control.post("/shopify/privacy", json={"topic": "orders/redact"}).status_code == 422
