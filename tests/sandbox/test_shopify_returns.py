"""The shop's rules for returns, in the words recorded from live shops."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.stack.orders import order
from tests.stack.sandbox import Sandbox
from tests.stack.shopify import Shop

ORDERS = count(8_610_001)

ERRORS = "userErrors { field message code }"
REQUEST = f"""mutation($input: ReturnRequestInput!) {{ returnRequest(input: $input) {{
  return {{ id name status }} {ERRORS} }} }}"""
CREATE = f"mutation($input: ReturnInput!) {{ returnCreate(returnInput: $input) {{ return {{ id status }} {ERRORS} }} }}"
APPROVE = f"""mutation($id: ID!) {{ returnApproveRequest(input: {{id: $id}}) {{
  return {{ status reverseFulfillmentOrders(first: 2) {{ nodes {{ status
    lineItems(first: 5) {{ nodes {{ id totalQuantity }} }} }} }} }}
  {ERRORS} }} }}"""
DECLINE = f"""mutation($id: ID!) {{ returnDeclineRequest(input: {{id: $id, declineReason: OTHER}}) {{
  return {{ status }} {ERRORS} }} }}"""
PROCESS = f"""mutation($input: ReturnProcessInput!) {{ returnProcess(input: $input) {{
  return {{ status order {{ returnStatus }} transactions(first: 5) {{ nodes {{ kind }} }} }} {ERRORS} }} }}"""
REMOVE = f"""mutation($id: ID!, $lines: [ReturnLineItemRemoveFromReturnInput!]) {{
  removeFromReturn(returnId: $id, returnLineItems: $lines) {{ return {{ status }} {ERRORS} }} }}"""
DISPOSE = f"""mutation($wishes: [ReverseFulfillmentOrderDisposeInput!]!) {{
  reverseFulfillmentOrderDispose(dispositionInputs: $wishes) {{
    reverseFulfillmentOrderLineItems {{ dispositions {{ type quantity }} }} {ERRORS} }} }}"""
STATE = """query($id: ID!) { return(id: $id) { status
  order { id returnStatus displayFinancialStatus transactions(first: 5) { id kind } }
  returnLineItems(first: 5) { nodes { id quantity processedQuantity refundedQuantity unprocessedQuantity } }
  reverseFulfillmentOrders(first: 2) { nodes { status
    lineItems(first: 5) { nodes { id dispositions { type } } } } } } }"""


def simple(name: str) -> str:
    return f"mutation($id: ID!) {{ {name}(id: $id) {{ return {{ status order {{ returnStatus }} }} {ERRORS} }} }}"


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Shop]:
    with Shop(sandbox) as one:
        yield one


@pytest.fixture
def number(sandbox: Sandbox) -> int:
    """A fresh delivered order of three mugs."""
    fresh = next(ORDERS)
    sandbox.seed(order(fresh))
    return fresh


def fulfillment_line(shop: Shop, number: int) -> str:
    query = """query($id: ID!) { returnableFulfillments(orderId: $id, first: 1) { nodes {
      returnableFulfillmentLineItems(first: 1) { nodes { fulfillmentLineItem { id } } } } } }"""
    found = shop.data(query, id=f"gid://shopify/Order/{number}")
    nodes = found["returnableFulfillments"]["nodes"][0]["returnableFulfillmentLineItems"]["nodes"]
    return str(nodes[0]["fulfillmentLineItem"]["id"])


def wish(shop: Shop, number: int, quantity: int = 2, **more: Any) -> dict[str, Any]:
    line = {"fulfillmentLineItemId": fulfillment_line(shop, number), "quantity": quantity} | more
    return {"orderId": f"gid://shopify/Order/{number}", "returnLineItems": [line]}


def opened(shop: Shop, number: int, quantity: int = 2) -> str:
    return str(shop.do(CREATE, input=wish(shop, number, quantity))["return"]["id"])


def requested(shop: Shop, number: int) -> str:
    return str(shop.do(REQUEST, input=wish(shop, number))["return"]["id"])


def refused(payload: dict[str, Any]) -> tuple[str, str]:
    assert len(payload["userErrors"]) == 1, payload
    error = payload["userErrors"][0]
    return error["code"], error["message"]


def line_of(shop: Shop, reference: str) -> str:
    return str(shop.data(STATE, id=reference)["return"]["returnLineItems"]["nodes"][0]["id"])


def processing(shop: Shop, reference: str, quantity: int, amount: str | None = None, **more: Any) -> dict[str, Any]:
    found = shop.data(STATE, id=reference)["return"]
    line = {"id": found["returnLineItems"]["nodes"][0]["id"], "quantity": quantity} | more
    asked: dict[str, Any] = {"returnId": reference, "returnLineItems": [line]}
    if amount is not None:
        parent = found["order"]["transactions"][0]["id"]
        money = {"amount": amount, "currencyCode": "EUR"}
        asked["financialTransfer"] = {
            "issueRefund": {"orderTransactions": [{"parentId": parent, "transactionAmount": money}]}
        }
    return asked


def test_a_request_has_no_reverse_fulfillment_order_until_it_is_approved(shop: Shop, number: int) -> None:
    made = shop.do(REQUEST, input=wish(shop, number))["return"]
    assert made["status"] == "REQUESTED"
    assert made["name"] == f"#{number}-R1"
    found = shop.data(STATE, id=made["id"])["return"]
    assert found["reverseFulfillmentOrders"]["nodes"] == []
    assert found["order"]["returnStatus"] == "RETURN_REQUESTED"
    approved = shop.do(APPROVE, id=made["id"])["return"]
    assert approved["status"] == "OPEN"
    orders = approved["reverseFulfillmentOrders"]["nodes"]
    assert [one["status"] for one in orders] == ["OPEN"]
    assert [line["totalQuantity"] for line in orders[0]["lineItems"]["nodes"]] == [2]


def test_only_a_request_can_be_approved(shop: Shop, number: int) -> None:
    assert refused(shop.do(APPROVE, id=opened(shop, number))) == (
        "INVALID_STATE",
        "Return is not approvable. Only returns with status REQUESTED can be approved.",
    )


def test_a_decline_is_final(shop: Shop, number: int) -> None:
    reference = requested(shop, number)
    assert shop.do(DECLINE, id=reference)["return"]["status"] == "DECLINED"
    assert refused(shop.do(DECLINE, id=reference))[1] == "The return is already declined."
    assert refused(shop.do(simple("returnClose"), id=reference)) == ("INVALID_STATE", "Return status is invalid.")
    assert refused(shop.do(simple("returnReopen"), id=reference)) == ("INVALID_STATE", "Return status is invalid.")
    assert (
        refused(shop.do(DECLINE, id=opened(shop, number)))[1]
        == "Return is not declinable. Only non-refunded returns with status REQUESTED can be declined."
    )


def test_closing_an_unprocessed_return_makes_the_order_look_returned(shop: Shop, number: int) -> None:
    reference = opened(shop, number)
    assert shop.do(simple("returnClose"), id=reference)["return"]["order"]["returnStatus"] == "RETURNED"
    assert shop.data(STATE, id=reference)["return"]["returnLineItems"]["nodes"][0]["processedQuantity"] == 0


@pytest.mark.parametrize(("name", "status"), [("returnClose", "CLOSED"), ("returnCancel", "CANCELED")])
def test_close_and_cancel_may_be_repeated(shop: Shop, number: int, name: str, status: str) -> None:
    reference = opened(shop, number)
    for _ in range(2):
        payload = shop.do(simple(name), id=reference)
        assert payload["userErrors"] == []
        assert payload["return"]["status"] == status


def test_a_closed_return_can_be_reopened(shop: Shop, number: int) -> None:
    reference = opened(shop, number)
    shop.do(simple("returnClose"), id=reference)
    assert shop.do(simple("returnReopen"), id=reference)["return"]["status"] == "OPEN"


def test_processing_without_refund_leaves_everything_open(shop: Shop, number: int) -> None:
    reference = opened(shop, number)
    payload = shop.do(PROCESS, input=processing(shop, reference, 2))
    assert payload["return"]["status"] == "OPEN"
    assert payload["return"]["order"]["returnStatus"] == "IN_PROGRESS"
    found = shop.data(STATE, id=reference)["return"]
    assert found["returnLineItems"]["nodes"][0]["processedQuantity"] == 2
    assert found["returnLineItems"]["nodes"][0]["refundedQuantity"] == 0
    reverse = found["reverseFulfillmentOrders"]["nodes"][0]
    assert reverse["status"] == "OPEN"
    assert reverse["lineItems"]["nodes"][0]["dispositions"] == []


def test_a_processed_return_is_not_cancelable(shop: Shop, number: int) -> None:
    reference = opened(shop, number)
    shop.do(PROCESS, input=processing(shop, reference, 1))
    assert refused(shop.do(simple("returnCancel"), id=reference))[1] == "Return is not cancelable."


def test_more_units_than_left_are_refused(shop: Shop, number: int) -> None:
    reference = opened(shop, number)
    shop.do(PROCESS, input=processing(shop, reference, 1))
    assert refused(shop.do(PROCESS, input=processing(shop, reference, 2))) == (
        "INVALID",
        "Return line item has an invalid quantity.",
    )


def test_a_refund_moves_money_to_its_transaction(shop: Shop, number: int) -> None:
    reference = opened(shop, number)
    payload = shop.do(PROCESS, input=processing(shop, reference, 2, "23.78"))
    assert payload["userErrors"] == []
    assert [one["kind"] for one in payload["return"]["transactions"]["nodes"]] == ["REFUND"]
    found = shop.data(STATE, id=reference)["return"]
    assert found["order"]["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    assert found["returnLineItems"]["nodes"][0]["refundedQuantity"] == 2


def test_more_than_was_paid_is_refused_and_nothing_is_processed(shop: Shop, number: int) -> None:
    reference = opened(shop, number)
    code, message = refused(shop.do(PROCESS, input=processing(shop, reference, 1, "41.50")))
    assert code == "INVALID"
    assert message == "Refund amount 41.50 EUR is greater than the refundable 41.49 EUR"
    found = shop.data(STATE, id=reference)["return"]
    assert found["returnLineItems"]["nodes"][0]["processedQuantity"] == 0
    assert found["order"]["displayFinancialStatus"] == "PAID"


def test_removing_the_last_line_closes_the_return(shop: Shop, number: int) -> None:
    reference = opened(shop, number)
    line = line_of(shop, reference)
    removed = shop.do(REMOVE, id=reference, lines=[{"returnLineItemId": line, "quantity": 1}])
    assert removed["return"]["status"] == "OPEN"
    removed = shop.do(REMOVE, id=reference, lines=[{"returnLineItemId": line, "quantity": 1}])
    assert removed["return"]["status"] == "CLOSED"


def test_units_on_a_return_are_no_longer_returnable(shop: Shop, number: int) -> None:
    first = wish(shop, number, 2)
    shop.do(CREATE, input=first)
    assert refused(shop.do(CREATE, input=first)) == ("INVALID", "Return line item has an invalid quantity.")


def test_reason_other_needs_a_note_when_the_merchant_creates(shop: Shop, number: int) -> None:
    assert refused(shop.do(CREATE, input=wish(shop, number, returnReason="OTHER")))[0] == "BLANK"
    assert shop.do(REQUEST, input=wish(shop, number, returnReason="OTHER"))["userErrors"] == []


def test_what_is_not_there_is_not_found(shop: Shop, number: int) -> None:
    nothing = "gid://shopify/Return/1"
    payload = shop.do(simple("returnClose"), id=nothing)
    assert payload["userErrors"] == [{"field": ["id"], "message": "Return not found.", "code": "NOT_FOUND"}]
    payload = shop.do(PROCESS, input={"returnId": nothing})
    assert payload["userErrors"][0]["field"] == ["input", "returnId"]
    asked = wish(shop, number)
    asked["returnLineItems"][0]["fulfillmentLineItemId"] = "gid://shopify/FulfillmentLineItem/1"
    assert refused(shop.do(CREATE, input=asked))[1] == "Fulfillment Line Item was not found."


class TestDispositions:
    def wishes(self, shop: Shop, number: int, kind: str, **more: Any) -> list[dict[str, Any]]:
        found = shop.data(STATE, id=opened(shop, number))["return"]
        line = found["reverseFulfillmentOrders"]["nodes"][0]["lineItems"]["nodes"][0]["id"]
        return [{"reverseFulfillmentOrderLineItemId": line, "quantity": 2, "dispositionType": kind} | more]

    def test_none_is_blank(self, shop: Shop) -> None:
        assert refused(shop.do(DISPOSE, wishes=[])) == ("BLANK", "The array cannot be empty.")

    def test_an_unknown_line_reads_like_two_orders(self, shop: Shop, number: int) -> None:
        wishes = self.wishes(shop, number, "MISSING")
        wishes[0]["reverseFulfillmentOrderLineItemId"] = "gid://shopify/ReverseFulfillmentOrderLineItem/1"
        message = "Cannot dispose items from more than one reverse fulfillment order."
        assert refused(shop.do(DISPOSE, wishes=wishes)) == ("INVALID", message)

    def test_an_unknown_location(self, shop: Shop, number: int) -> None:
        wishes = self.wishes(shop, number, "RESTOCKED", locationId="gid://shopify/Location/1")
        assert refused(shop.do(DISPOSE, wishes=wishes)) == ("NOT_FOUND", "Location not found.")

    def test_restocking_needs_a_location_and_raises_available(self, shop: Shop, number: int, sandbox: Sandbox) -> None:
        wishes = self.wishes(shop, number, "RESTOCKED")
        assert refused(shop.do(DISPOSE, wishes=wishes))[0] == "BLANK"
        wishes[0]["locationId"] = "gid://shopify/Location/65001"
        assert shop.do(DISPOSE, wishes=wishes)["userErrors"] == []
        stock = sandbox.books("shopify")["stock"][f"MUG-{number}"]
        assert (stock["available"], stock["on_hand"]) == (102, 102)

    def test_not_restocked_leaves_the_shelf_alone(self, shop: Shop, number: int, sandbox: Sandbox) -> None:
        assert shop.do(DISPOSE, wishes=self.wishes(shop, number, "NOT_RESTOCKED"))["userErrors"] == []
        assert sandbox.books("shopify")["stock"][f"MUG-{number}"]["on_hand"] == 100
