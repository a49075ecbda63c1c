"""How the shop speaks: tokens, versions, errors, costs, throttling, and what every fault looks like."""

from collections.abc import Iterator
from itertools import count
from typing import Any

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


@pytest.mark.parametrize(
    ("asked", "answered"), [("2026-07", "2026-07"), ("2026-10", "2026-10"), ("2025-10", "2026-07")]
)
def test_a_version_gone_by_falls_forward_to_the_oldest_and_the_answer_says_so(
    sandbox: Sandbox, asked: str, answered: str
) -> None:
    with Shop(sandbox, asked) as shop:
        answer = shop.post("{ shop { name } }")
    assert answer.status_code == 200
    assert answer.headers["x-shopify-api-version"] == answered
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("version", ["2027-01", "2026-08", "unstable", "nonsense"])
def test_a_version_that_is_not_one_is_not_found(sandbox: Sandbox, version: str) -> None:
    with Shop(sandbox, version) as shop:
        answer = shop.post("{ shop { name } }")
    assert (answer.status_code, answer.json()) == (404, {"errors": "Not Found"})


@pytest.mark.parametrize(("method", "path"), [("GET", "/admin/api/2026-07/shop.json"), ("GET", "/")])
def test_a_path_that_is_not_there_is_not_found(shop: Shop, method: str, path: str) -> None:
    answer = shop.http.request(method, path, headers={"X-Shopify-Access-Token": shop.token})
    assert (answer.status_code, answer.json()) == (404, {"errors": "Not Found"})


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


def test_a_missing_variable_is_said_as_recorded(shop: Shop) -> None:
    error = shop.ask(NAME)["errors"][0]
    assert error["message"] == "Variable $id of type ID! was provided invalid value"
    assert error["locations"] == [{"line": 1, "column": 7}]
    problems = [{"path": [], "explanation": "Expected value to not be null"}]
    assert error["extensions"] == {"code": "INVALID_VARIABLE", "value": None, "problems": problems}


@pytest.mark.parametrize(
    ("wish", "message", "path"),
    [
        (
            {"reason": "correction", "name": "available", "ignoreCompareQuantity": True, "quantities": []},
            "ignoreCompareQuantity (Field is not defined on InventorySetQuantitiesInput)",
            ["ignoreCompareQuantity"],
        ),
        ({"reason": "correction", "name": "available"}, "quantities (Expected value to not be null)", ["quantities"]),
        (
            {
                "reason": "x",
                "name": "y",
                "quantities": [{"inventoryItemId": "7", "locationId": "gid://a/B/1", "quantity": 1}],
            },
            "quantities.0.inventoryItemId (Invalid global id '7')",
            ["quantities", 0, "inventoryItemId"],
        ),
    ],
)
def test_bad_fields_of_an_input_name_their_path(
    shop: Shop, wish: dict[str, Any], message: str, path: list[str | int]
) -> None:
    document = """mutation($input: InventorySetQuantitiesInput!) {
      inventorySetQuantities(input: $input) @idempotent(key: "k") { userErrors { message } } }"""
    error = shop.ask(document, input=wish)["errors"][0]
    head = "Variable $input of type InventorySetQuantitiesInput! was provided invalid value for "
    assert error["message"] == head + message
    assert [one["path"] for one in error["extensions"]["problems"]] == [path]


def test_errors_of_the_document_tell_where_they_stand(shop: Shop) -> None:
    error = shop.ask("query Look {\n  orders(first: 1) {\n    nodes {\n      colour\n    }\n  }\n}")["errors"][0]
    assert error["path"] == ["query Look", "orders", "nodes", "colour"]
    assert error["locations"] == [{"line": 4, "column": 7}]
    assert error["extensions"] == {"code": "undefinedField", "typeName": "Order", "fieldName": "colour"}


@pytest.mark.parametrize(
    ("document", "message", "code"),
    [
        (
            "query Q {\n  shop\n}",
            "Field must have selections (field 'shop' returns Shop but has no selections. "
            "Did you mean 'shop { ... }'?)",
            "selectionMismatch",
        ),
        ("{ order { id } }", "Field 'order' is missing required arguments: id", "missingRequiredArguments"),
        ("query Q($a: ID!) { shop { id } }", "Variable $a is declared by Q but not used", "variableNotUsed"),
        ("query Q {\n  shop {\n    id\n", "syntax error, unexpected end of file at [3, 5]", "PARSE_ERROR"),
        ("{ shop { a: id a: name } }", "Field 'a' has a field conflict: id or name?", "fieldConflict"),
    ],
)
def test_other_errors_of_the_document(shop: Shop, document: str, message: str, code: str) -> None:
    error = shop.ask(document)["errors"][0]
    assert (error["message"], error["extensions"]["code"]) == (message, code)


def test_a_name_with_two_types_is_no_error_as_live_shops_have_it(shop: Shop) -> None:
    query = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { name } ... on Refund { name: note } } }"""
    assert "errors" not in shop.ask(query, ids=["gid://shopify/Refund/1"])


def test_the_schema_can_be_asked_for(shop: Shop) -> None:
    found = shop.ask('{ __schema { queryType { name } mutationType { name } } __type(name: "Return") { kind } }')
    assert found["data"]["__schema"]["queryType"]["name"] == "QueryRoot"
    assert found["data"]["__type"]["kind"] == "OBJECT"


class TestRequests:
    def send(self, shop: Shop, **more: Any) -> httpx.Response:
        headers = {"X-Shopify-Access-Token": shop.token} | more.pop("headers", {})
        return shop.http.post("/admin/api/2026-07/graphql.json", headers=headers, **more)

    def test_a_bare_document_is_taken_too(self, shop: Shop) -> None:
        answer = self.send(shop, content="{ shop { name } }", headers={"Content-Type": "application/graphql"})
        assert answer.json()["data"]["shop"]["name"]

    @pytest.mark.parametrize("body", ["", "[]", "{}", '{"query": ""}', '{"query": "{ shop { id } }", "variables": 1}'])
    def test_a_body_without_a_query_is_a_bad_request(self, shop: Shop, body: str) -> None:
        answer = self.send(shop, content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()) == (
            400,
            {"errors": {"query": "Required parameter missing or invalid"}},
        )

    def test_the_operation_to_run_is_named(self, shop: Shop) -> None:
        both = "query A { shop { id } } query B { shop { name } }"
        answer = self.send(shop, json={"query": both, "operationName": "B"}).json()
        assert list(answer["data"]["shop"]) == ["name"]
        assert self.send(shop, json={"query": both}).json()["errors"][0]["message"] == "An operation name is required"
        unknown = self.send(shop, json={"query": both, "operationName": "C"}).json()
        assert unknown["errors"][0]["message"] == 'No operation named "C"'

    def test_a_grant_of_another_kind_is_refused(self, shop: Shop, sandbox: Sandbox) -> None:
        known = sandbox.credentials["shopify"]
        form = {"grant_type": "password", "client_id": known["client_id"], "client_secret": known["client_secret"]}
        answer = shop.http.post("/admin/oauth/access_token", data=form)
        assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


class TestScopes:
    @pytest.fixture(autouse=True)
    def _granted(self, sandbox: Sandbox) -> Iterator[None]:
        yield
        sandbox.control.post("/shopify/scopes", json={})

    def test_what_is_not_granted_is_denied_by_name(self, shop: Shop, sandbox: Sandbox, order_id: str) -> None:
        sandbox.control.post("/shopify/scopes", json={"scopes": ["read_returns"]})
        error = shop.ask(NAME, id=order_id)["errors"][0]
        assert error["message"] == "Access denied for order field. Required access: `read_orders` access scope."
        assert error["extensions"]["code"] == "ACCESS_DENIED"
        assert error["extensions"]["requiredAccess"] == "`read_orders` access scope."
        assert error["path"] == ["order"]

    def test_a_write_scope_reads_too_and_the_app_can_ask_what_it_has(self, shop: Shop, sandbox: Sandbox) -> None:
        sandbox.control.post("/shopify/scopes", json={"scopes": ["write_returns"]})
        query = (
            "{ currentAppInstallation { accessScopes { handle } } returnReasonDefinitions(first: 1) { nodes { id } } }"
        )
        found = shop.data(query)
        handles = [one["handle"] for one in found["currentAppInstallation"]["accessScopes"]]
        assert handles == ["read_returns", "write_returns"]
        listed = shop.http.get("/admin/oauth/access_scopes.json", headers={"X-Shopify-Access-Token": shop.token})
        assert listed.json() == {"access_scopes": [{"handle": "read_returns"}, {"handle": "write_returns"}]}

    def test_a_token_tells_its_scopes(self, shop: Shop, sandbox: Sandbox) -> None:
        sandbox.control.post("/shopify/scopes", json={"scopes": ["read_orders", "write_returns"]})
        known = sandbox.credentials["shopify"]
        form = {"grant_type": "client_credentials", **{key: known[key] for key in ("client_id", "client_secret")}}
        answer = shop.http.post("/admin/oauth/access_token", json=form).json()
        assert (answer["scope"], answer["expires_in"]) == ("read_orders,write_returns", 86_399)


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
    lines = "lineItems(first: 250) { nodes { variant { inventoryItem { id } } } }"
    query = f"{{ orders(first: 250) {{ nodes {{ returns(first: 250) {{ nodes {{ order {{ {lines} }} }} }} }} }} }}"
    error = shop.ask(query)["errors"][0]
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert error["extensions"]["cost"] > error["extensions"]["maxCost"] == 1000


def test_a_plan_that_is_used_up_throttles_with_http_200(shop: Shop, sandbox: Sandbox, order_id: str) -> None:
    sandbox.control.post("/shopify/plan", json={"maximum": 2, "restore": 0.001})
    try:
        answers = [shop.ask(NAME, id=order_id) for _ in range(3)]
    finally:
        sandbox.control.post("/shopify/plan", json={})
    assert "errors" not in answers[0]
    assert answers[2]["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert answers[2]["extensions"]["cost"]["actualQueryCost"] is None


# Costs that live shops answered to these documents (2026-04), and how far off the sandbox may be.
@pytest.mark.parametrize(
    ("document", "recorded"),
    [
        ('{ order(id: "gid://shopify/Order/1") { id closed cancelledAt } }', 1),
        ("{ locations(first: 10) { nodes { id name isActive } } }", 6),
        ("{ returnReasonDefinitions(first: 10) { nodes { id name handle deleted } } }", 6),
        (
            '{ order(id: "gid://shopify/Order/1") { id lineItems(first: 50) { nodes { id } }'
            " fulfillments(first: 50) { fulfillmentLineItems(first: 50) {"
            " nodes { id lineItem { id variant { id } } } } }"
            " returns(first: 50) { nodes { id returnLineItems(first: 50) { nodes { id ... on ReturnLineItem {"
            " fulfillmentLineItem { id } } } } } } } }",
            155,
        ),
    ],
)
def test_costs_are_close_to_recorded_ones(shop: Shop, document: str, recorded: int) -> None:
    asked = shop.ask(document)["extensions"]["cost"]["requestedQueryCost"]
    assert asked == pytest.approx(recorded, rel=0.1)


def test_what_a_query_did_not_need_goes_back_into_the_bucket(shop: Shop, sandbox: Sandbox, order_id: str) -> None:
    sandbox.control.post("/shopify/plan", json={"maximum": 1000, "restore": 0.001})
    try:
        query = "query($id: ID!) { order(id: $id) { returns(first: 100) { nodes { id } } } }"
        cost = shop.ask(query, id=order_id)["extensions"]["cost"]
    finally:
        sandbox.control.post("/shopify/plan", json={})
    assert cost["actualQueryCost"] < cost["requestedQueryCost"]
    assert cost["throttleStatus"]["currentlyAvailable"] == 1000 - cost["actualQueryCost"]


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
