"""What integrators fell over at Shopify and no error tells of: the stand-in does the same."""

import uuid
from collections.abc import Iterator
from itertools import count

import pytest

from tests.sandbox.test_shopify_keyed import REFUND
from tests.sandbox.test_shopify_returns import PROCESS, STATE, opened, processing
from tests.stack.orders import line, order
from tests.stack.sandbox import Sandbox
from tests.stack.shopify import Shop

ORDERS = count(8_697_001)


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Shop]:
    with Shop(sandbox) as one:
        yield one


@pytest.fixture
def number() -> int:
    return next(ORDERS)


def test_processing_twice_pays_twice_for_it_has_no_key(shop: Shop, sandbox: Sandbox, number: int) -> None:
    sandbox.seed(order(number))
    wish = processing(shop, made := opened(shop, number), 1, "5.00")
    for _ in range(2):
        assert shop.do(PROCESS, input=wish)["userErrors"] == []
    found = shop.data(STATE, id=made)["return"]
    assert found["returnLineItems"]["nodes"][0]["processedQuantity"] == 2
    assert [one["kind"] for one in found["order"]["transactions"]] == ["SALE", "REFUND", "REFUND"]


def test_a_discount_stays_that_of_all_units_after_some_came_back(shop: Shop, sandbox: Sandbox, number: int) -> None:
    sandbox.seed(order(number, line(number * 10 + 1, f"MUG-{number}", 4, "10.00", discount="8.00")))
    one = {"lineItemId": f"gid://shopify/LineItem/{number * 10 + 1}", "quantity": 1}
    wish = {"orderId": f"gid://shopify/Order/{number}", "refundLineItems": [one]}
    assert shop.do(REFUND, input=wish, key=str(uuid.uuid4()))["userErrors"] == []
    query = """query($id: ID!) { order(id: $id) { currentSubtotalPriceSet { shopMoney { amount } }
      lineItems(first: 1) { nodes { quantity currentQuantity totalDiscountSet { shopMoney { amount } } } } } }"""
    found = shop.data(query, id=wish["orderId"])["order"]
    kept = {"quantity": 4, "currentQuantity": 3, "totalDiscountSet": {"shopMoney": {"amount": "8.0"}}}
    assert found["lineItems"]["nodes"] == [kept]
    assert found["currentSubtotalPriceSet"]["shopMoney"]["amount"] == "24.0"


def test_on_account_a_refund_has_lines_and_moves_no_money(shop: Shop, sandbox: Sandbox, number: int) -> None:
    sandbox.seed(order(number, tenders=[{"kind": "account", "amount": None}]))
    one = {"lineItemId": f"gid://shopify/LineItem/{number * 10 + 1}", "quantity": 1}
    wish = {"orderId": f"gid://shopify/Order/{number}", "refundLineItems": [one]}
    made = shop.do(REFUND, input=wish, key=str(uuid.uuid4()))
    assert made["userErrors"] == []
    assert made["refund"]["transactions"]["nodes"] == []
    assert made["order"]["displayFinancialStatus"] == "PENDING"
    query = "query($id: ID!) { refund(id: $id) { totalRefundedSet { shopMoney { amount } } } }"
    assert shop.data(query, id=made["refund"]["id"])["refund"]["totalRefundedSet"]["shopMoney"]["amount"] == "0.0"


def test_exchange_items_are_in_no_refund(shop: Shop, sandbox: Sandbox, number: int) -> None:
    sandbox.seed(order(number))
    create = """mutation($input: ReturnInput!) { returnCreate(returnInput: $input) { return { id
      returnLineItems(first: 1) { nodes { id } } exchangeLineItems(first: 1) { nodes { id } } }
      userErrors { message } } }"""
    query = """query($id: ID!) { order(id: $id) { transactions { id }
      fulfillments { fulfillmentLineItems(first: 1) { nodes { id lineItem { variant { id } } } } } } }"""
    found = shop.data(query, id=f"gid://shopify/Order/{number}")["order"]
    part = found["fulfillments"][0]["fulfillmentLineItems"]["nodes"][0]
    wish = {
        "orderId": f"gid://shopify/Order/{number}",
        "returnLineItems": [{"fulfillmentLineItemId": part["id"], "quantity": 2}],
        "exchangeLineItems": [{"variantId": part["lineItem"]["variant"]["id"], "quantity": 1}],
    }
    made = shop.do(create, input=wish)["return"]
    money = {
        "parentId": found["transactions"][0]["id"],
        "transactionAmount": {"amount": "11.89", "currencyCode": "EUR"},
    }
    process = """mutation($input: ReturnProcessInput!) { returnProcess(input: $input) { userErrors { message }
      return { refunds(first: 1) { nodes { totalRefundedSet { shopMoney { amount } }
        refundLineItems(first: 5) { nodes { quantity subtotalSet { shopMoney { amount } } } } } } } } }"""
    asked = {
        "returnId": made["id"],
        "returnLineItems": [{"id": made["returnLineItems"]["nodes"][0]["id"], "quantity": 2}],
        "exchangeLineItems": [{"id": made["exchangeLineItems"]["nodes"][0]["id"], "quantity": 1}],
        "financialTransfer": {"issueRefund": {"orderTransactions": [money]}},
    }
    refund = shop.do(process, input=asked)["return"]["refunds"]["nodes"][0]
    # Net of the exchange, while the lines are worth what came back.
    assert refund["totalRefundedSet"]["shopMoney"]["amount"] == "11.89"
    assert refund["refundLineItems"]["nodes"] == [{"quantity": 2, "subtotalSet": {"shopMoney": {"amount": "19.98"}}}]
