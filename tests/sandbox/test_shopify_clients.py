"""Shopify's own Python client against the sandbox: tokens, the GraphQL envelope, retries, webhook signatures.

The client only ever calls `{shop}.myshopify.com`, so its requests are sent to the sandbox instead. It works out no
business outcome: what it proves is the protocol.
"""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest
from shopify_app import ShopifyApp
from shopify_app.types import GQLResult, Res

from tests.stack.inbox import Inbox
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox, trust
from tests.stack.shopify import Shop

ORDERS = count(8_690_001)
NAME = "query($id: ID!) { order(id: $id) { name } }"


class Rewritten(httpx.BaseTransport):
    """Sends what was meant for the shop's own domain to the sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._port = sandbox.ports["shopify"]
        self._inner = httpx.HTTPTransport(verify=trust(sandbox.ca_file), trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host.endswith(".myshopify.com")
        request.url = request.url.copy_with(host="localhost", port=self._port)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


class Client:
    def __init__(self, sandbox: Sandbox, http: httpx.Client, **other: str) -> None:
        known = sandbox.credentials["shopify"] | other
        self.shop = str(known["shop"])
        self.app = ShopifyApp(client_id=known["client_id"], client_secret=known["client_secret"])
        self._http = http
        self.token = ""

    def fetch_token(self) -> Any:
        made = self.app.exchange_using_client_credentials(shop=self.shop, http_client=self._http)
        if made.access_token is not None:
            self.token = made.access_token.token
        return made

    def ask(self, query: str, version: str = "2026-07", **more: Any) -> GQLResult:
        return self.app.admin_graphql_request(
            query, shop=self.shop, access_token=self.token, api_version=version, http_client=self._http, **more
        )


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    sandbox.heal()
    with httpx.Client(transport=Rewritten(sandbox), timeout=20) as one:
        yield one


@pytest.fixture
def client(sandbox: Sandbox, http: httpx.Client) -> Client:
    one = Client(sandbox, http)
    one.fetch_token()
    return one


@pytest.fixture
def order_id(sandbox: Sandbox) -> str:
    fresh = next(ORDERS)
    sandbox.seed(order(fresh))
    return f"gid://shopify/Order/{fresh}"


def test_credentials_become_a_token_with_scopes_and_an_end(sandbox: Sandbox, http: httpx.Client) -> None:
    made = Client(sandbox, http).fetch_token()
    assert made.ok
    assert made.access_token.token.startswith("shpat_")
    assert "write_returns" in made.access_token.scope
    assert made.access_token.expires is not None


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"client_secret": "shpss_other"}, "invalid_client"), ({"client_id": "other"}, "exchange_error")],
)
def test_wrong_credentials_are_understood(
    sandbox: Sandbox, http: httpx.Client, wrong: dict[str, str], code: str
) -> None:
    refused = Client(sandbox, http, **wrong).fetch_token()
    assert (refused.ok, refused.log.code) == (False, code)


@pytest.mark.parametrize("version", ["2026-07", "2026-10"])
def test_an_answer_is_read_with_its_cost(client: Client, order_id: str, version: str) -> None:
    found = client.ask(NAME, version, variables={"id": order_id})
    assert (found.ok, found.log.code) == (True, "success")
    assert found.data == {"order": {"name": f"#{order_id.rpartition('/')[2]}"}}
    assert found.extensions is not None
    assert found.extensions["cost"]["actualQueryCost"] == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [("{ shop { colour } }", "undefinedField"), ("query($id: ID!) { order(id: $id) { id } }", "INVALID_VARIABLE")],
)
def test_errors_of_the_document_are_graphql_errors(client: Client, query: str, code: str) -> None:
    found = client.ask(query)
    assert (found.ok, found.log.code) == (False, "graphql_errors")
    assert json.loads(found.response.body)["errors"][0]["extensions"]["code"] == code


def test_a_token_that_is_not_valid_is_unauthorized(client: Client) -> None:
    client.token = "shpat_other"
    found = client.ask("{ shop { name } }", invalid_token_response=Res(status=401, body="", headers={}))
    assert (found.ok, found.log.code) == (False, "unauthorized")


def test_a_throttled_answer_is_no_http_error_to_the_client(client: Client, sandbox: Sandbox) -> None:
    sandbox.fault("shopify", "shop", "throttle", retry_after=1)
    found = client.ask("{ shop { name } }")
    assert (found.ok, found.log.code) == (False, "graphql_errors")
    assert json.loads(found.response.body)["errors"][0]["extensions"]["code"] == "THROTTLED"


def test_a_server_that_is_down_once_is_asked_again(client: Client, sandbox: Sandbox) -> None:
    sandbox.fault("shopify", "shop", "down")
    found = client.ask("{ shop { name } }")
    assert found.ok
    assert next(one.code for one in found.http_logs) == "http_error_503_retry"


class TestWebhooks:
    @pytest.fixture
    def delivered(self, sandbox: Sandbox, order_id: str) -> dict[str, Any]:
        """A request as it arrived at the address of a subscription."""
        inbox = Inbox()
        subscribe = """mutation($uri: String) { webhookSubscriptionCreate(topic: RETURNS_REQUEST,
          webhookSubscription: {uri: $uri}) { webhookSubscription { id } userErrors { message } } }"""
        end = "mutation($id: ID!) { webhookSubscriptionDelete(id: $id) { userErrors { message } } }"
        with Shop(sandbox) as shop:
            made = shop.do(subscribe, uri=inbox.url)["webhookSubscription"]
        number = int(order_id.rpartition("/")[2])
        wish = {"order_id": number, "lines": [{"line_id": number * 10 + 1, "quantity": 1}]}
        assert sandbox.control.post("/shopify/returns/request", json=wish).status_code == 201
        inbox.wait(lambda: bool(inbox.taken))
        headers, body = inbox.taken[0]
        inbox.close()
        with Shop(sandbox) as shop:
            assert shop.do(end, id=made["id"])["userErrors"] == []
        return {"method": "POST", "url": inbox.url, "headers": headers, "body": body.decode()}

    def test_a_delivery_is_signed_for_this_app_and_shop(self, client: Client, delivered: dict[str, Any]) -> None:
        verified = client.app.verify_webhook_req(delivered)  # type: ignore[arg-type]
        assert (verified.ok, verified.shop) == (True, client.shop)

    @pytest.mark.parametrize(("part", "code"), [("body", "invalid_hmac"), ("headers", "missing_hmac_header")])
    def test_one_that_was_changed_is_not(self, client: Client, delivered: dict[str, Any], part: str, code: str) -> None:
        changed = delivered["body"] + " " if part == "body" else {}
        refused = client.app.verify_webhook_req(delivered | {part: changed})  # type: ignore[arg-type]
        assert (refused.ok, refused.log.code) == (False, code)
