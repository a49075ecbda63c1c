"""How the shop speaks: tokens, versions, errors, costs, throttling, and what every fault looks like."""

from collections.abc import Iterator
from itertools import count

import httpx
import pytest

from tests.stack.orders import order
from tests.stack.sandbox import Sandbox
from tests.stack.shopify import Shop

ORDERS = count(8_630_001)
NAME = "query($id: ID!) { order(id: $id) { name } }"


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Shop]:
    with Shop(sandbox) as one:
        yield one


@pytest.fixture
def order_id(sandbox: Sandbox) -> str:
    fresh = next(ORDERS)
    sandbox.seed(order(fresh))
    return f"gid://shopify/Order/{fresh}"


def test_a_wrong_token_is_refused(shop: Shop) -> None:
    shop.token = "shpat_wrong"
    answer = shop.post("{ shop { name } }")
    assert answer.status_code == 401
    assert "Invalid API key or access token" in answer.json()["errors"]


def test_wrong_credentials_get_no_token(shop: Shop) -> None:
    form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}
    assert shop.http.post("/admin/oauth/access_token", data=form).status_code == 400


def test_a_token_lives_a_day(shop: Shop, sandbox: Sandbox) -> None:
    sandbox.control.post("/clock", json={"advance_seconds": 86_400})
    try:
        assert shop.post("{ shop { name } }").status_code == 401
        shop.token = shop.fetch_token()
        assert shop.post("{ shop { name } }").status_code == 200
    finally:
        sandbox.control.post("/clock", json={"advance_seconds": -86_400})


@pytest.mark.parametrize(("version", "status"), [("2026-07", 200), ("2026-10", 200), ("2025-10", 404)])
def test_supported_versions(sandbox: Sandbox, version: str, status: int) -> None:
    with Shop(sandbox, version) as shop:
        assert shop.post("{ shop { name } }").status_code == status


def test_a_global_id_of_the_wrong_kind_is_a_top_level_error(shop: Shop) -> None:
    answer = shop.ask(NAME, id="gid://shopify/Return/1")
    assert answer["errors"][0]["message"] == "Invalid id: gid://shopify/Return/1"
    assert answer["errors"][0]["extensions"]["code"] == "RESOURCE_NOT_FOUND"


def test_errors_of_the_document_are_said_the_ruby_way(shop: Shop) -> None:
    error = shop.ask("{ shop { colour } }")["errors"][0]
    assert error["message"] == "Field 'colour' doesn't exist on type 'Shop'"
    error = shop.ask("{ shop(id: 1) { name } }")["errors"][0]
    assert error["message"] == "Field 'shop' doesn't accept argument 'id'"
    assert error["extensions"]["code"] == "argumentNotAccepted"


def test_bad_variables_name_their_problems(shop: Shop) -> None:
    error = shop.ask(NAME)["errors"][0]
    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    assert error["extensions"]["problems"]


def test_orders_are_found_by_name(shop: Shop, order_id: str) -> None:
    number = order_id.rpartition("/")[2]
    found = shop.data("query($q: String) { orders(first: 2, query: $q) { nodes { id } } }", q=f"name:#{number}")
    assert found["orders"]["nodes"] == [{"id": order_id}]


def test_money_keeps_one_decimal_at_least(shop: Shop, sandbox: Sandbox) -> None:
    fresh = next(ORDERS)
    document = order(fresh, shipping={"price": "5.00", "taxes": []})
    sandbox.seed(document)
    query = "query($id: ID!) { order(id: $id) { shippingLine { originalPriceSet { shopMoney { amount } } } } }"
    found = shop.data(query, id=f"gid://shopify/Order/{fresh}")["order"]
    assert found["shippingLine"]["originalPriceSet"]["shopMoney"]["amount"] == "5.0"


def test_every_answer_carries_its_cost(shop: Shop, order_id: str) -> None:
    cost = shop.ask(NAME, id=order_id)["extensions"]["cost"]
    assert cost["requestedQueryCost"] == 1
    assert set(cost["throttleStatus"]) == {"maximumAvailable", "currentlyAvailable", "restoreRate"}


def test_a_query_over_a_thousand_points_is_refused(shop: Shop) -> None:
    query = "{ orders(first: 100) { nodes { lineItems(first: 100) { nodes { variant { id } } } } } }"
    assert shop.ask(query)["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"


def test_a_plan_that_is_used_up_throttles_with_http_200(shop: Shop, sandbox: Sandbox, order_id: str) -> None:
    sandbox.control.post("/shopify/plan", json={"maximum": 2, "restore": 0.001})
    try:
        answers = [shop.ask(NAME, id=order_id) for _ in range(3)]
    finally:
        sandbox.control.post("/shopify/plan", json={})
    assert "errors" not in answers[0]
    assert answers[2]["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert answers[2]["extensions"]["cost"]["actualQueryCost"] is None


class TestFaults:
    @pytest.fixture(autouse=True)
    def _healed(self, sandbox: Sandbox) -> None:
        sandbox.heal()

    def test_throttle_tells_how_long(self, shop: Shop, sandbox: Sandbox, order_id: str) -> None:
        sandbox.fault("shopify", "order", "throttle", retry_after=2)
        cost = shop.ask(NAME, id=order_id)["extensions"]["cost"]
        status = cost["throttleStatus"]
        wait = (cost["requestedQueryCost"] - status["currentlyAvailable"]) / status["restoreRate"]
        assert wait == pytest.approx(2)
        assert "errors" not in shop.ask(NAME, id=order_id)

    def test_html_and_error_and_down(self, shop: Shop, sandbox: Sandbox, order_id: str) -> None:
        for kind, status in (("html", 502), ("error", 500), ("down", 503)):
            sandbox.fault("shopify", "order", kind)
            assert shop.post(NAME, id=order_id).status_code == status

    def test_truncated(self, shop: Shop, sandbox: Sandbox, order_id: str) -> None:
        sandbox.fault("shopify", "order", "truncate")
        with pytest.raises(ValueError, match="line 1"):
            shop.post(NAME, id=order_id).json()

    @pytest.mark.parametrize(("kind", "done"), [("drop_before", False), ("drop_after", True)])
    def test_dropped(self, shop: Shop, sandbox: Sandbox, kind: str, done: bool) -> None:
        topic, uri = "RETURNS_UPDATE", f"https://127.0.0.1:1/{kind}"
        mutation = """mutation($topic: WebhookSubscriptionTopic!, $uri: String) {
          webhookSubscriptionCreate(topic: $topic, webhookSubscription: {uri: $uri}) { webhookSubscription { id } } }"""
        sandbox.fault("shopify", "webhookSubscriptionCreate", kind)
        with pytest.raises(httpx.TransportError):
            shop.post(mutation, topic=topic, uri=uri)
        known = [one["uri"] for one in sandbox.books("shopify")["subscriptions"]]
        assert (uri in known) is done

    def test_only_the_named_operation_is_hit_and_logged(self, shop: Shop, sandbox: Sandbox, order_id: str) -> None:
        sandbox.control.delete("/calls")
        sandbox.fault("shopify", "returnClose", "html")
        assert shop.post(NAME, id=order_id).status_code == 200
        calls = sandbox.control.get("/calls").json()
        assert calls["totals"]["shopify"] == {"order": 1}
        sandbox.heal()
