"""Stock set to a number and kept at a second location; keys in use or failed; refunds in recorded words."""

import uuid
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.sandbox.test_shopify_keyed import ADJUST, MOVE, REFUND, arrival, item
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox
from tests.stack.shopify import Shop

ORDERS = count(8_645_001)
MAIN, OUTLET = "gid://shopify/Location/65001", "gid://shopify/Location/65002"
SET = """mutation($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { changes { name delta quantityAfterChange location { id } } }
    userErrors { field message code } } }"""
ACTIVATE = """mutation($item: ID!, $place: ID!, $available: Int, $onHand: Int, $key: String!) {
  inventoryActivate(inventoryItemId: $item, locationId: $place, available: $available, onHand: $onHand)
    @idempotent(key: $key) {
    inventoryLevel { id quantities(names: ["available", "on_hand"]) { name quantity } }
    userErrors { field message } } }"""
DEACTIVATE = """mutation($id: ID!) { inventoryDeactivate(inventoryLevelId: $id) { userErrors { field message } } }"""


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Shop]:
    with Shop(sandbox) as one:
        yield one


@pytest.fixture
def number(sandbox: Sandbox) -> int:
    fresh = next(ORDERS)
    sandbox.seed(order(fresh))
    return fresh


def key() -> str:
    return str(uuid.uuid4())


def setting(shop: Shop, number: int, quantity: int, name: str = "available", **more: Any) -> dict[str, Any]:
    wanted = {"inventoryItemId": item(shop, number), "locationId": MAIN, "quantity": quantity}
    return {"name": name, "reason": "correction", "quantities": [wanted | {"changeFromQuantity": None} | more]}


def test_setting_available_changes_what_is_on_hand_by_as_much(shop: Shop, sandbox: Sandbox, number: int) -> None:
    made = shop.do(SET, input=setting(shop, number, 105, changeFromQuantity=100), key=key())
    assert made["userErrors"] == []
    place = {"location": {"id": MAIN}, "quantityAfterChange": None}
    assert made["inventoryAdjustmentGroup"]["changes"] == [
        {"name": "available", "delta": 5} | place,
        {"name": "on_hand", "delta": 5} | place,
    ]
    stock = sandbox.books("shopify")["stock"][f"MUG-{number}"]
    assert (stock["available"], stock["on_hand"]) == (105, 105)


def test_setting_on_hand_leaves_quality_control_alone(shop: Shop, sandbox: Sandbox, number: int) -> None:
    shop.do(ADJUST, input=arrival(shop, number), key=key())
    assert shop.do(SET, input=setting(shop, number, 90, "on_hand"), key=key())["userErrors"] == []
    stock = sandbox.books("shopify")["stock"][f"MUG-{number}"]
    assert (stock["available"], stock["quality_control"], stock["on_hand"]) == (88, 2, 90)


def test_the_older_way_to_set_on_hand(shop: Shop, sandbox: Sandbox, number: int) -> None:
    document = """mutation($input: InventorySetOnHandQuantitiesInput!, $key: String!) {
      inventorySetOnHandQuantities(input: $input) @idempotent(key: $key) { userErrors { code field } } }"""
    one = {"inventoryItemId": item(shop, number), "locationId": MAIN, "quantity": 7, "changeFromQuantity": 100}
    assert shop.do(document, input={"reason": "correction", "setQuantities": [one]}, key=key())["userErrors"] == []
    assert sandbox.books("shopify")["stock"][f"MUG-{number}"]["on_hand"] == 7
    stale = shop.do(document, input={"reason": "correction", "setQuantities": [one]}, key=key())["userErrors"]
    assert [error["code"] for error in stale] == ["CHANGE_FROM_QUANTITY_STALE"]


@pytest.mark.parametrize(
    ("quantity", "name", "more", "code"),
    [
        (5, "damaged", {}, "INVALID_NAME"),
        (-1, "on_hand", {}, "INVALID_QUANTITY_NEGATIVE"),
        (1_000_000_001, "available", {}, "INVALID_QUANTITY_TOO_HIGH"),
        (5, "available", {"changeFromQuantity": 1}, "CHANGE_FROM_QUANTITY_STALE"),
        (5, "available", {"locationId": OUTLET}, "INVALID_LOCATION"),
    ],
)
def test_settings_that_are_refused(
    shop: Shop, number: int, quantity: int, name: str, more: dict[str, Any], code: str
) -> None:
    refused = shop.do(SET, input=setting(shop, number, quantity, name, **more), key=key())
    assert [error["code"] for error in refused["userErrors"]] == [code]


def test_setting_needs_the_quantity_it_changes_from(shop: Shop, number: int) -> None:
    wish = setting(shop, number, 5)
    del wish["quantities"][0]["changeFromQuantity"]
    answer = shop.ask(SET, input=wish, key=key())
    assert answer["data"] == {"inventorySetQuantities": None}
    error = answer["errors"][0]
    assert error["message"] == "InventoryQuantityInput must include the following argument: changeFromQuantity."
    assert error["path"] == ["inventorySetQuantities"]


def test_an_unknown_item_at_an_unknown_place_is_told_as_two_errors(shop: Shop) -> None:
    change = {"inventoryItemId": "gid://shopify/InventoryItem/42", "locationId": "gid://shopify/Location/9", "delta": 1}
    wish = {"name": "available", "reason": "correction", "changes": [change | {"changeFromQuantity": 0}]}
    assert shop.do(ADJUST, input=wish, key=key())["userErrors"] == [
        {
            "field": ["input", "changes", "0", "inventoryItemId"],
            "message": "The specified inventory item could not be found.",
            "code": "INVALID_INVENTORY_ITEM",
        },
        {
            "field": ["input", "changes", "0", "locationId"],
            "message": "The specified location could not be found.",
            "code": "INVALID_LOCATION",
        },
    ]


def test_an_item_is_stocked_elsewhere_when_it_is_activated_there(shop: Shop, number: int) -> None:
    wanted, same = item(shop, number), key()
    made = shop.do(ACTIVATE, item=wanted, place=OUTLET, onHand=50, key=same)
    assert made["userErrors"] == []
    assert [one["quantity"] for one in made["inventoryLevel"]["quantities"]] == [50, 50]
    assert shop.do(ACTIVATE, item=wanted, place=OUTLET, onHand=50, key=same)["userErrors"] == []
    query = """query($id: ID!) { inventoryItem(id: $id) { locationsCount { count }
      inventoryLevels(first: 5) { nodes { location { name } quantities(names: ["available"]) { quantity } } } } }"""
    found = shop.data(query, id=wanted)["inventoryItem"]
    assert found["locationsCount"] == {"count": 2}
    assert [one["location"]["name"] for one in found["inventoryLevels"]["nodes"]] == ["Main warehouse", "Outlet"]
    level = made["inventoryLevel"]["id"]
    read = shop.data("query($id: ID!) { inventoryLevel(id: $id) { item { id } } }", id=level)
    assert read["inventoryLevel"]["item"]["id"] == wanted


def test_goods_do_not_move_between_locations(shop: Shop, number: int) -> None:
    shop.do(ACTIVATE, item=item(shop, number), place=OUTLET, key=key())
    side = {"locationId": MAIN, "name": "available", "changeFromQuantity": None}
    change = {"inventoryItemId": item(shop, number), "quantity": 1, "from": side, "to": side | {"locationId": OUTLET}}
    wish = {"reason": "correction", "referenceDocumentUri": "app://1", "changes": [change]}
    assert shop.do(MOVE, input=wish, key=key())["userErrors"][0]["code"] == "DIFFERENT_LOCATIONS"


def test_only_an_empty_level_can_be_deactivated(shop: Shop, number: int) -> None:
    made = shop.do(ACTIVATE, item=item(shop, number), place=OUTLET, available=1, key=key())
    level = made["inventoryLevel"]["id"]
    assert shop.do(DEACTIVATE, id=level)["userErrors"][0]["field"] == ["inventoryLevelId"]
    shop.do(SET, input=setting(shop, number, 0, locationId=OUTLET), key=key())
    assert shop.do(DEACTIVATE, id=level)["userErrors"] == []
    assert shop.data("query($id: ID!) { inventoryLevel(id: $id) { id } }", id=level)["inventoryLevel"] is None


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"available": 1}, "Not allowed to set available quantity when the item is already active at the location."),
        (
            {"available": 1, "onHand": 1},
            "Not allowed to set available and on_hand quantities at the same time.",
        ),
    ],
)
def test_activations_that_are_refused(shop: Shop, number: int, more: dict[str, int], message: str) -> None:
    refused = shop.do(ACTIVATE, item=item(shop, number), place=MAIN, key=key(), **more)
    assert [error["message"] for error in refused["userErrors"]] == [message]


class TestKeys:
    def mark(self, sandbox: Sandbox, same: str, state: str | None) -> None:
        sandbox.control.post("/shopify/idempotency", json={"key": same, "state": state}).raise_for_status()

    def test_a_key_in_use_is_told_and_may_be_tried_again(self, shop: Shop, sandbox: Sandbox, number: int) -> None:
        same = key()
        self.mark(sandbox, same, "in_progress")
        error = shop.do(ADJUST, input=arrival(shop, number), key=same)["userErrors"][0]
        assert error["code"] == "IDEMPOTENCY_CONCURRENT_REQUEST"
        assert error["message"] == "This request is currently in progress, please try again."
        self.mark(sandbox, same, None)
        assert shop.do(ADJUST, input=arrival(shop, number), key=same)["userErrors"] == []

    def test_a_key_whose_request_failed_stays_failed(self, shop: Shop, sandbox: Sandbox, number: int) -> None:
        same = key()
        self.mark(sandbox, same, "failed")
        for _ in range(2):
            error = shop.do(ADJUST, input=arrival(shop, number), key=same)["userErrors"][0]
            assert error["code"] == "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"

    def test_a_key_is_forgotten_after_a_day(self, shop: Shop, sandbox: Sandbox, number: int) -> None:
        same = key()
        shop.do(ADJUST, input=arrival(shop, number), key=same)
        sandbox.control.post("/clock", json={"advance_seconds": 86_401})
        try:
            shop.token = shop.fetch_token()
            shop.do(ADJUST, input=arrival(shop, number), key=same)
        finally:
            sandbox.control.post("/clock", json={"advance_seconds": -86_401})
        assert sandbox.books("shopify")["stock"][f"MUG-{number}"]["quality_control"] == 4


class TestRefunds:
    def wish(self, shop: Shop, number: int, **more: Any) -> dict[str, Any]:
        order_id = f"gid://shopify/Order/{number}"
        found = shop.data("query($id: ID!) { order(id: $id) { transactions { id } } }", id=order_id)["order"]
        money = {"kind": "REFUND", "gateway": "manual", "amount": "1.00", "parentId": found["transactions"][0]["id"]}
        return {"orderId": order_id, "transactions": [money | {"orderId": order_id} | more]}

    def test_money_goes_back_the_way_it_came_whatever_gateway_is_named(self, shop: Shop, number: int) -> None:
        made = shop.do(REFUND, input=self.wish(shop, number), key=key())
        assert made["userErrors"] == []
        query = "query($id: ID!) { refund(id: $id) { transactions(first: 1) { nodes { gateway } } } }"
        moved = shop.data(query, id=made["refund"]["id"])["refund"]["transactions"]["nodes"]
        assert moved == [{"gateway": "shopify_payments"}]

    @pytest.mark.parametrize(
        ("more", "field", "message"),
        [
            ({"kind": "AUTHORIZATION"}, None, "Kind authorization is not a valid transaction"),
            (
                {"parentId": "gid://shopify/OrderTransaction/9"},
                ["transactions"],
                "Transactions require a parent_id associated with the order",
            ),
        ],
    )
    def test_a_refusal_tells_the_order_too(
        self, shop: Shop, number: int, more: dict[str, Any], field: list[str] | None, message: str
    ) -> None:
        refused = shop.do(REFUND, input=self.wish(shop, number, **more), key=key())
        assert refused["userErrors"] == [{"field": field, "message": message}]
        assert (refused["refund"], refused["order"]) == (None, {"displayFinancialStatus": "PAID"})

    def test_shipping_alone_can_be_given_back(self, shop: Shop, number: int) -> None:
        wish = {"orderId": f"gid://shopify/Order/{number}", "shipping": {"fullRefund": True}}
        assert shop.do(REFUND, input=wish, key=key())["userErrors"] == []
        query = "query($id: ID!) { order(id: $id) { totalRefundedShippingSet { shopMoney { amount } } } }"
        found = shop.data(query, id=wish["orderId"])["order"]
        assert found["totalRefundedShippingSet"]["shopMoney"]["amount"] == "5.83"
