"""Refunds without a return and stock: the mutations that take an idempotency key."""

import uuid
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.stack.orders import order
from tests.stack.sandbox import Sandbox
from tests.stack.shopify import Shop

ORDERS = count(8_620_001)
LOCATION = "gid://shopify/Location/65001"

ADJUST = """mutation($input: InventoryAdjustQuantitiesInput!, $key: String!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id changes { name delta quantityAfterChange } } userErrors { field message code } } }"""
MOVE = """mutation($input: InventoryMoveQuantitiesInput!, $key: String!) {
  inventoryMoveQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id } userErrors { field message code } } }"""
REFUND = """mutation($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id transactions(first: 5) { nodes { kind } } refundLineItems(first: 5) { nodes { restocked } } }
    order { displayFinancialStatus } userErrors { field message } } }"""


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Shop]:
    with Shop(sandbox) as one:
        yield one


@pytest.fixture
def number(sandbox: Sandbox) -> int:
    fresh = next(ORDERS)
    sandbox.seed(order(fresh))
    return fresh


def stock(sandbox: Sandbox, number: int) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.books("shopify")["stock"][f"MUG-{number}"]
    return found


def item(shop: Shop, number: int) -> str:
    found = shop.data(
        "query($q: String!) { inventoryItems(first: 1, query: $q) { nodes { id } } }", q=f'sku:"MUG-{number}"'
    )
    return str(found["inventoryItems"]["nodes"][0]["id"])


def arrival(shop: Shop, number: int, delta: int = 2, **more: Any) -> dict[str, Any]:
    change = {
        "inventoryItemId": item(shop, number),
        "locationId": LOCATION,
        "delta": delta,
        "ledgerDocumentUri": "gid://warehouse/Receipt/1",
        "changeFromQuantity": None,
    } | more
    return {"name": "quality_control", "reason": "received", "changes": [change]}


def transfer(shop: Shop, number: int, to: str, quantity: int = 2, **more: Any) -> dict[str, Any]:
    ledger = "gid://warehouse/Receipt/1"
    start = {"name": "quality_control", "locationId": LOCATION, "changeFromQuantity": None, "ledgerDocumentUri": ledger}
    end = {"name": to, "locationId": LOCATION, "changeFromQuantity": None} | more
    change = {"inventoryItemId": item(shop, number), "quantity": quantity, "from": start, "to": end}
    return {"reason": "restock", "referenceDocumentUri": ledger, "changes": [change]}


def key() -> str:
    return str(uuid.uuid4())


def test_goods_in_quality_control_are_on_hand_but_not_available(shop: Shop, number: int, sandbox: Sandbox) -> None:
    assert shop.do(ADJUST, input=arrival(shop, number), key=key())["userErrors"] == []
    levels = stock(sandbox, number)
    assert (levels["available"], levels["quality_control"], levels["on_hand"]) == (100, 2, 102)


def test_only_a_move_makes_them_available(shop: Shop, number: int, sandbox: Sandbox) -> None:
    shop.do(ADJUST, input=arrival(shop, number), key=key())
    assert shop.do(MOVE, input=transfer(shop, number, "available", 1), key=key())["userErrors"] == []
    levels = stock(sandbox, number)
    assert (levels["available"], levels["quality_control"], levels["on_hand"]) == (101, 1, 102)


def test_a_key_is_required(shop: Shop, number: int) -> None:
    document = ADJUST.replace("@idempotent(key: $key)", "").replace(", $key: String!", "")
    answer = shop.ask(document, input=arrival(shop, number))
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    expected = "The @idempotent directive is required for this mutation but was not provided."
    assert answer["errors"][0]["message"] == expected


def test_a_blank_key_is_refused(shop: Shop, number: int) -> None:
    answer = shop.ask(ADJUST, input=arrival(shop, number), key="  ")
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_a_repeat_counts_once(shop: Shop, number: int, sandbox: Sandbox) -> None:
    same = key()
    first = shop.do(ADJUST, input=arrival(shop, number), key=same)
    assert shop.do(ADJUST, input=arrival(shop, number), key=same) == first
    assert stock(sandbox, number)["quality_control"] == 2


def test_a_key_with_other_words_is_a_mismatch(shop: Shop, number: int, sandbox: Sandbox) -> None:
    same = key()
    shop.do(ADJUST, input=arrival(shop, number), key=same)
    error = shop.do(ADJUST, input=arrival(shop, number, 3), key=same)["userErrors"][0]
    assert error["code"] == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    assert stock(sandbox, number)["quality_control"] == 2


def test_change_from_quantity_must_be_present_even_if_null(shop: Shop, number: int) -> None:
    wish = arrival(shop, number)
    del wish["changes"][0]["changeFromQuantity"]
    error = shop.ask(ADJUST, input=wish, key=key())["errors"][0]
    assert error["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"
    assert error["message"] == "InventoryChangeInput must include the following argument: changeFromQuantity."


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"changeFromQuantity": 7}, "CHANGE_FROM_QUANTITY_STALE"),
        ({"ledgerDocumentUri": None}, "INVALID_QUANTITY_DOCUMENT"),
        ({"ledgerDocumentUri": "gid://shopify/Order/1"}, "INTERNAL_LEDGER_DOCUMENT"),
        ({"delta": -1}, "INVALID_QUANTITY_TOO_LOW"),
        ({"locationId": "gid://shopify/Location/1"}, "INVALID_LOCATION"),
        ({"inventoryItemId": "gid://shopify/InventoryItem/1"}, "INVALID_INVENTORY_ITEM"),
    ],
)
def test_adjustments_that_are_refused(shop: Shop, number: int, more: dict[str, Any], code: str) -> None:
    assert shop.do(ADJUST, input=arrival(shop, number, **more), key=key())["userErrors"][0]["code"] == code


@pytest.mark.parametrize(
    ("to", "more", "code"),
    [
        ("quality_control", {"ledgerDocumentUri": "gid://warehouse/Receipt/1"}, "SAME_QUANTITY_NAME"),
        ("available", {"ledgerDocumentUri": "gid://warehouse/Receipt/1"}, "INVALID_AVAILABLE_DOCUMENT"),
        ("damaged", {}, "INVALID_QUANTITY_DOCUMENT"),
        ("on_hand", {}, "INVALID_QUANTITY_NAME"),
        ("available", {"locationId": "gid://shopify/Location/1"}, "DIFFERENT_LOCATIONS"),
        ("available", {}, "MOVE_QUANTITIES_FAILED"),
    ],
)
def test_moves_that_are_refused(shop: Shop, number: int, to: str, more: dict[str, Any], code: str) -> None:
    assert shop.do(MOVE, input=transfer(shop, number, to, **more), key=key())["userErrors"][0]["code"] == code


class TestRefundCreate:
    def wish(self, shop: Shop, number: int, amount: str, **more: Any) -> dict[str, Any]:
        order_id = f"gid://shopify/Order/{number}"
        found = shop.data("query($id: ID!) { order(id: $id) { transactions { id } } }", id=order_id)["order"]
        transaction = {
            "orderId": order_id,
            "parentId": found["transactions"][0]["id"],
            "kind": "REFUND",
            "gateway": "shopify_payments",
            "amount": amount,
        } | more
        return {"orderId": order_id, "transactions": [transaction]}

    def test_once_per_key(self, shop: Shop, number: int) -> None:
        same = key()
        first = shop.do(REFUND, input=self.wish(shop, number, "10.00"), key=same)
        again = shop.do(REFUND, input=self.wish(shop, number, "10.00"), key=same)
        assert first["userErrors"] == []
        assert again["refund"]["id"] == first["refund"]["id"]
        assert again["order"]["displayFinancialStatus"] == "PARTIALLY_REFUNDED"

    def test_restocking_lines(self, shop: Shop, number: int, sandbox: Sandbox) -> None:
        wish = self.wish(shop, number, "11.89")
        line = f"gid://shopify/LineItem/{number * 10 + 1}"
        wish["refundLineItems"] = [{"lineItemId": line, "quantity": 1, "restockType": "RETURN"}]
        made = shop.do(REFUND, input=wish, key=key())
        assert made["refund"]["refundLineItems"]["nodes"] == [{"restocked": True}]
        assert stock(sandbox, number)["available"] == 101
        wish["refundLineItems"][0]["quantity"] = 3
        wish["transactions"][0]["amount"] = "1.00"
        error = shop.do(REFUND, input=wish, key=key())["userErrors"][0]
        assert error["message"] == "Quantity cannot refund more items than were purchased"

    def test_a_parent_is_needed(self, shop: Shop, number: int) -> None:
        error = shop.do(REFUND, input=self.wish(shop, number, "1.00", parentId=None), key=key())["userErrors"][0]
        assert error["message"] == "Transactions require a parent_id associated with the order"

    def test_user_errors_have_no_code(self, shop: Shop, number: int) -> None:
        document = REFUND.replace("userErrors { field message }", "userErrors { field message code }")
        error = shop.ask(document, input=self.wish(shop, number, "1.00"), key=key())["errors"][0]
        assert error["extensions"]["code"] == "undefinedField"
        assert error["message"] == "Field 'code' doesn't exist on type 'UserError'"
