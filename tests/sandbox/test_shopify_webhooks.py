"""Webhooks of the shop: signed, complete in their headers, retried, repeated and reordered on demand."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.stack.orders import order
from tests.stack.sandbox import ROOT, Sandbox
from tests.stack.shopify import Shop

REQUIRED = ("hmac-sha256", "topic", "shop-domain", "api-version", "webhook-id", "event-id", "triggered-at")


EXAMPLES = ROOT.parent / "shared" / "vendor" / "shopify" / "webhooks" / "metadatas" / "2026-07"


class Inbox:
    """A plain HTTP server that keeps what it is sent; it refuses the first `refuse` deliveries."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.refuse = 0
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = 200
                if inbox.refuse:
                    inbox.refuse, status = inbox.refuse - 1, 503
                else:
                    inbox.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/webhooks/shopify"

    def wait(self, enough: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not enough():
            assert time.monotonic() < deadline, f"only {len(self.taken)} deliveries arrived"
            time.sleep(0.02)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


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


def refund(sandbox: Sandbox, number: int) -> None:
    mutation = """mutation($input: RefundInput!, $key: String!) {
      refundCreate(input: $input) @idempotent(key: $key) { userErrors { message } } }"""
    order_id = f"gid://shopify/Order/{number}"
    with Shop(sandbox) as shop:
        found = shop.data("query($id: ID!) { order(id: $id) { transactions { id } } }", id=order_id)["order"]
        parent = found["transactions"][0]["id"]
        paid = {"orderId": order_id, "parentId": parent, "kind": "REFUND", "gateway": "x", "amount": "1.00"}
        made = shop.do(mutation, input={"orderId": order_id, "transactions": [paid]}, key=f"refund-{number}")
    assert made["userErrors"] == []


@pytest.mark.parametrize("topic", ["returns/request", "refunds/create"])
def test_payloads_have_the_published_examples_keys(hooked: Sandbox, inbox: Inbox, topic: str) -> None:
    path = EXAMPLES / f"{topic}.json"
    if not path.exists():
        pytest.skip(f"the published example of {topic} is not beside this checkout")
    number = {"returns/request": 640_008, "refunds/create": 640_009}[topic]
    if topic == "returns/request":
        request_return(hooked, number)
    else:
        hooked.seed(order(number))
        refund(hooked, number)
    inbox.wait(lambda: any(headers["x-shopify-topic"] == topic for headers, _ in inbox.taken))
    body = next(body for headers, body in inbox.taken if headers["x-shopify-topic"] == topic)
    assert set(json.loads(path.read_text())["response"]) <= set(json.loads(body))
