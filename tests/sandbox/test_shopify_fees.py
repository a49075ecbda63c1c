"""Exchanges, fees, shipping and what a return is suggested to come to; deliveries of goods on their way back."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.stack.orders import line, order
from tests.stack.sandbox import Sandbox
from tests.stack.shopify import Shop

ORDERS = count(8_640_001)
EUR = "EUR"
ERRORS = "userErrors { field message code }"
CREATE = f"""mutation($input: ReturnInput!) {{ returnCreate(returnInput: $input) {{ return {{ id
  returnLineItems(first: 5) {{ nodes {{ id ... on ReturnLineItem {{
    restockingFee {{ percentage amountSet {{ shopMoney {{ amount }} }} }}
    withCodeDiscountedTotalPriceSet {{ shopMoney {{ amount }} }} }} }} }}
  exchangeLineItems(first: 5) {{ nodes {{ id quantity processedQuantity variantId }} }}
  returnShippingFees {{ amountSet {{ shopMoney {{ amount }} }} }}
  reverseFulfillmentOrders(first: 1) {{ nodes {{ id lineItems(first: 5) {{ nodes {{ id totalQuantity }} }} }} }}
}} {ERRORS} }} }}"""
OUTCOME = """query($id: ID!, $lines: [SuggestedOutcomeReturnLineItemInput!]!,
  $exchange: [SuggestedOutcomeExchangeLineItemInput!]!, $shipping: RefundShippingInput, $to: RefundMethodAllocation) {
  return(id: $id) { suggestedFinancialOutcome(returnLineItems: $lines, exchangeLineItems: $exchange,
      refundShipping: $shipping, refundMethodAllocation: $to) {
    discountedSubtotal { shopMoney { amount } } totalTax { shopMoney { amount } }
    maximumRefundable { shopMoney { amount } }
    financialTransfer { __typename
      ... on RefundReturnOutcome { amount { shopMoney { amount } }
        suggestedTransactions { gateway amountSet { shopMoney { amount } } }
        suggestedRefundMethods { amount { shopMoney { amount } } } }
      ... on InvoiceReturnOutcome { amount { shopMoney { amount } } } } } } }"""
PROCESS = f"""mutation($input: ReturnProcessInput!) {{ returnProcess(input: $input) {{ return {{ status
  exchangeLineItems(first: 5) {{ nodes {{ processedQuantity unprocessedQuantity }} }}
  order {{ totalRefundedShippingSet {{ shopMoney {{ amount }} }} }}
  refunds(first: 5) {{ nodes {{ refundShippingLines(first: 1) {{ nodes {{
    subtotalAmountSet {{ shopMoney {{ amount }} }} taxAmountSet {{ shopMoney {{ amount }} }} }} }} }} }}
}} {ERRORS} }} }}"""
DELIVER = f"""mutation($order: ID!, $lines: [ReverseDeliveryLineItemInput!]!, $tracking: ReverseDeliveryTrackingInput,
  $label: ReverseDeliveryLabelInput) {{ reverseDeliveryCreateWithShipping(reverseFulfillmentOrderId: $order,
    reverseDeliveryLineItems: $lines, trackingInput: $tracking, labelInput: $label) {{
  reverseDelivery {{ id deliverable {{ ... on ReverseDeliveryShippingDeliverable {{
      tracking {{ number url }} label {{ publicFileUrl }} }} }}
    reverseDeliveryLineItems(first: 5) {{ nodes {{ quantity reverseFulfillmentOrderLineItem {{ id }} }} }} }}
  {ERRORS} }} }}"""


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Shop]:
    with Shop(sandbox) as one:
        yield one


@pytest.fixture
def number(sandbox: Sandbox) -> int:
    """Three mugs at 20.00 plus 19 %, shipping 5.00 plus 19 %: 77.35 paid by card."""
    fresh = next(ORDERS)
    shipping = {"price": "5.00", "taxes": [{"code": "DE19", "rate": "19"}]}
    sandbox.seed(order(fresh, line(fresh * 10 + 1, f"MUG-{fresh}", 3, "20.00"), shipping=shipping))
    return fresh


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currencyCode": EUR}


def shop_money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


def fulfillment_line(shop: Shop, number: int) -> str:
    query = (
        """query($id: ID!) { order(id: $id) { fulfillments { fulfillmentLineItems(first: 1) { nodes { id } } } } }"""
    )
    found = shop.data(query, id=f"gid://shopify/Order/{number}")["order"]["fulfillments"][0]
    return str(found["fulfillmentLineItems"]["nodes"][0]["id"])


def variant(shop: Shop, number: int) -> str:
    found = shop.data("query($q: String) { productVariants(first: 1, query: $q) { nodes { id } } }", q=f"MUG-{number}")
    return str(found["productVariants"]["nodes"][0]["id"])


def created(shop: Shop, number: int, quantity: int = 2, fee: float | None = None, **more: Any) -> dict[str, Any]:
    item: dict[str, Any] = {"fulfillmentLineItemId": fulfillment_line(shop, number), "quantity": quantity}
    if fee is not None:
        item["restockingFee"] = {"percentage": fee}
    wish = {"orderId": f"gid://shopify/Order/{number}", "returnLineItems": [item]} | more
    made = shop.do(CREATE, input=wish)
    assert made["userErrors"] == []
    found: dict[str, Any] = made["return"]
    return found


def suggested(shop: Shop, made: dict[str, Any], quantity: int = 2, exchange: int = 0, **more: Any) -> dict[str, Any]:
    lines = [{"id": made["returnLineItems"]["nodes"][0]["id"], "quantity": quantity}]
    items = [{"id": made["exchangeLineItems"]["nodes"][0]["id"], "quantity": exchange}] if exchange else []
    found = shop.data(OUTCOME, id=made["id"], lines=lines, exchange=items, **more)
    outcome: dict[str, Any] = found["return"]["suggestedFinancialOutcome"]
    return outcome


def test_fees_are_told_with_the_return(shop: Shop, number: int) -> None:
    made = created(shop, number, fee=10, returnShippingFee={"amount": money("2.50")})
    item = made["returnLineItems"]["nodes"][0]
    assert item["restockingFee"] == {"percentage": 10.0, "amountSet": shop_money("4.0")}
    assert item["withCodeDiscountedTotalPriceSet"] == shop_money("40.0")
    assert made["returnShippingFees"] == [{"amountSet": shop_money("2.5")}]


def test_items_minus_fees_are_suggested_to_be_refunded(shop: Shop, number: int) -> None:
    made = created(shop, number, fee=10, returnShippingFee={"amount": money("2.50")})
    outcome = suggested(shop, made)
    assert outcome["discountedSubtotal"] == shop_money("40.0")
    assert outcome["totalTax"] == shop_money("7.6")
    # 40.00 + 7.60 - 4.00 - 2.50
    assert outcome["financialTransfer"] == {
        "__typename": "RefundReturnOutcome",
        "amount": shop_money("41.1"),
        "suggestedTransactions": [{"gateway": "shopify_payments", "amountSet": shop_money("41.1")}],
        "suggestedRefundMethods": [],
    }


def test_shipping_and_store_credit_are_suggested_on_demand(shop: Shop, number: int) -> None:
    made = created(shop, number)
    outcome = suggested(shop, made, shipping={"fullRefund": True}, to="STORE_CREDIT")
    transfer = outcome["financialTransfer"]
    assert transfer["amount"] == shop_money("53.55")
    assert transfer["suggestedTransactions"] == []
    assert transfer["suggestedRefundMethods"] == [{"amount": shop_money("53.55")}]


def test_a_dearer_exchange_is_invoiced_and_the_refund_never_negative(shop: Shop, sandbox: Sandbox, number: int) -> None:
    dearer = next(ORDERS)
    sandbox.seed(order(dearer, line(dearer * 10 + 1, f"MUG-{dearer}", 1, "100.00")))
    made = created(shop, number, exchangeLineItems=[{"variantId": variant(shop, dearer), "quantity": 1}])
    transfer = suggested(shop, made, exchange=1)["financialTransfer"]
    # 100.00 + 19.00 of tax, minus the 47.60 that come back
    assert transfer == {"__typename": "InvoiceReturnOutcome", "amount": shop_money("71.4")}


def test_an_exchange_item_may_be_discounted(shop: Shop, number: int) -> None:
    item = {"variantId": variant(shop, number), "quantity": 1, "appliedDiscount": {"value": {"percentage": 50}}}
    made = created(shop, number, exchangeLineItems=[item])
    assert suggested(shop, made, exchange=1)["financialTransfer"]["amount"] == shop_money("35.7")


def test_one_of_several_values_must_be_given(shop: Shop, number: int) -> None:
    value = {"percentage": 50, "amount": money("1.00")}
    item = {"variantId": variant(shop, number), "quantity": 1, "appliedDiscount": {"value": value}}
    wish = {"orderId": f"gid://shopify/Order/{number}", "returnLineItems": [], "exchangeLineItems": [item]}
    error = shop.ask(CREATE, input=wish)["errors"][0]
    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    assert "must include exactly one of the following arguments: amount, percentage." in error["message"]


def test_exchange_items_are_processed_and_removed_like_return_lines(shop: Shop, number: int) -> None:
    made = created(shop, number, exchangeLineItems=[{"variantId": variant(shop, number), "quantity": 2}])
    item = made["exchangeLineItems"]["nodes"][0]["id"]
    wish = {"returnId": made["id"], "exchangeLineItems": [{"id": item, "quantity": 1}]}
    done = shop.do(PROCESS, input=wish)
    assert done["return"]["exchangeLineItems"]["nodes"] == [{"processedQuantity": 1, "unprocessedQuantity": 1}]
    wish["exchangeLineItems"][0]["quantity"] = 2
    assert shop.do(PROCESS, input=wish)["userErrors"][0]["code"] == "INVALID"
    remove = """mutation($id: ID!, $items: [ExchangeLineItemRemoveFromReturnInput!]) {
      removeFromReturn(returnId: $id, exchangeLineItems: $items) {
        return { status exchangeLineItems(first: 5) { nodes { quantity } } } userErrors { code } } }"""
    left = shop.do(remove, id=made["id"], items=[{"exchangeLineItemId": item, "quantity": 1}])
    assert left["userErrors"] == []
    assert left["return"]["exchangeLineItems"]["nodes"] == [{"quantity": 1}]


def test_shipping_is_given_back_once(shop: Shop, number: int) -> None:
    made = created(shop, number)
    parent = shop.data(
        "query($id: ID!) { order(id: $id) { transactions { id } } }", id=f"gid://shopify/Order/{number}"
    )["order"]["transactions"][0]["id"]
    issue = {"orderTransactions": [{"parentId": parent, "transactionAmount": money("5.95")}]}
    wish = {
        "returnId": made["id"],
        "returnLineItems": [{"id": made["returnLineItems"]["nodes"][0]["id"], "quantity": 1}],
        "financialTransfer": {"issueRefund": issue},
        "refundShipping": {"shippingRefundAmount": money("5.95")},
    }
    done = shop.do(PROCESS, input=wish)
    assert done["userErrors"] == []
    assert done["return"]["order"]["totalRefundedShippingSet"] == shop_money("5.95")
    lines = done["return"]["refunds"]["nodes"][0]["refundShippingLines"]["nodes"]
    assert lines == [{"subtotalAmountSet": shop_money("5.0"), "taxAmountSet": shop_money("0.95")}]
    error = shop.do(PROCESS, input=wish)["userErrors"][0]
    assert error["field"] == ["input", "refundShipping", "shippingRefundAmount"]


def test_a_calculation_has_what_comes_back_negative_and_fees_positive(shop: Shop, number: int) -> None:
    query = """query($input: CalculateReturnInput!) { returnCalculate(input: $input) {
      returnLineItems { quantity subtotalSet { shopMoney { amount } } totalTaxSet { shopMoney { amount } }
        restockingFee { percentage amountSet { shopMoney { amount } } } }
      exchangeLineItems { subtotalSet { shopMoney { amount } } }
      returnShippingFee { amountSet { shopMoney { amount } } } } }"""
    wish = {
        "orderId": f"gid://shopify/Order/{number}",
        "returnLineItems": [
            {
                "fulfillmentLineItemId": fulfillment_line(shop, number),
                "quantity": 1,
                "restockingFee": {"percentage": 10},
            }
        ],
        "exchangeLineItems": [{"variantId": variant(shop, number), "quantity": 1}],
        "returnShippingFee": {"amount": money("3.00")},
    }
    assert shop.data(query, input=wish)["returnCalculate"] == {
        "returnLineItems": [
            {
                "quantity": 1,
                "subtotalSet": shop_money("-20.0"),
                "totalTaxSet": shop_money("-3.8"),
                "restockingFee": {"percentage": 10.0, "amountSet": shop_money("2.0")},
            }
        ],
        "exchangeLineItems": [{"subtotalSet": shop_money("20.0")}],
        "returnShippingFee": {"amountSet": shop_money("3.0")},
    }


def test_the_older_refund_of_a_return_processes_nothing(shop: Shop, number: int) -> None:
    made = created(shop, number)
    mutation = """mutation($input: ReturnRefundInput!) { returnRefund(returnRefundInput: $input) {
      refund { return { returnLineItems(first: 1) { nodes { refundedQuantity processedQuantity } } } }
      userErrors { code message } } }"""
    item = {"returnLineItemId": made["returnLineItems"]["nodes"][0]["id"], "quantity": 2}
    done = shop.do(mutation, input={"returnId": made["id"], "returnRefundLineItems": [item]})
    assert done["refund"]["return"]["returnLineItems"]["nodes"] == [{"refundedQuantity": 2, "processedQuantity": 0}]
    again = shop.do(mutation, input={"returnId": made["id"], "returnRefundLineItems": [item]})
    assert again["userErrors"] == [{"code": "INVALID", "message": "Return line item has an invalid quantity."}]


class TestDeliveries:
    def test_no_lines_mean_every_line_of_the_order(self, shop: Shop, number: int) -> None:
        reverse = created(shop, number)["reverseFulfillmentOrders"]["nodes"][0]
        made = shop.do(
            DELIVER, order=reverse["id"], lines=[], tracking={"number": "1Z"}, label={"fileUrl": "https://x.test/l.pdf"}
        )
        delivery = made["reverseDelivery"]
        assert delivery["deliverable"] == {
            "tracking": {"number": "1Z", "url": None},
            "label": {"publicFileUrl": "https://x.test/l.pdf"},
        }
        listed = [{"quantity": 2, "reverseFulfillmentOrderLineItem": {"id": reverse["lineItems"]["nodes"][0]["id"]}}]
        assert delivery["reverseDeliveryLineItems"]["nodes"] == listed

    def test_an_update_replaces_what_it_names_and_keeps_the_rest(self, shop: Shop, number: int) -> None:
        reverse = created(shop, number)["reverseFulfillmentOrders"]["nodes"][0]
        made = shop.do(DELIVER, order=reverse["id"], lines=[], label={"fileUrl": "https://x.test/l.pdf"})
        update = """mutation($id: ID!, $tracking: ReverseDeliveryTrackingInput) {
          reverseDeliveryShippingUpdate(reverseDeliveryId: $id, trackingInput: $tracking) {
            reverseDelivery { deliverable { ... on ReverseDeliveryShippingDeliverable {
              tracking { number } label { publicFileUrl } } } } userErrors { code } } }"""
        done = shop.do(update, id=made["reverseDelivery"]["id"], tracking={"number": "2Z"})
        told = done["reverseDelivery"]["deliverable"]
        assert told == {"tracking": {"number": "2Z"}, "label": {"publicFileUrl": "https://x.test/l.pdf"}}
        missing = shop.do(update, id="gid://shopify/ReverseDelivery/1", tracking={"number": "2Z"})
        assert missing["userErrors"] == [{"code": "NOT_FOUND"}]

    def test_more_than_comes_back_is_refused(self, shop: Shop, number: int) -> None:
        reverse = created(shop, number)["reverseFulfillmentOrders"]["nodes"][0]
        lines = [{"reverseFulfillmentOrderLineItemId": reverse["lineItems"]["nodes"][0]["id"], "quantity": 3}]
        error = shop.do(DELIVER, order=reverse["id"], lines=lines)["userErrors"][0]
        assert error["field"] == ["reverseDeliveryLineItems", "0", "quantity"]


class TestCancelling:
    CANCEL = """mutation($id: ID!, $restock: Boolean!, $refund: Boolean, $method: OrderCancelRefundMethodInput,
      $note: String) { orderCancel(orderId: $id, reason: OTHER, restock: $restock, refund: $refund,
        refundMethod: $method, staffNote: $note) {
      job { id done } orderCancelUserErrors { field message code } userErrors { field message } } }"""

    def test_an_order_with_a_return_cannot_be_cancelled(self, shop: Shop, number: int) -> None:
        created(shop, number)
        refused = shop.do(self.CANCEL, id=f"gid://shopify/Order/{number}", restock=False)
        assert refused["job"] is None
        message = "Cannot cancel an order that has returns"
        assert refused["orderCancelUserErrors"] == [{"field": ["orderId"], "message": message, "code": "INVALID"}]
        assert refused["userErrors"] == [{"field": ["orderId"], "message": message}]

    def test_cancelling_gives_money_and_goods_back_once(self, shop: Shop, sandbox: Sandbox, number: int) -> None:
        order_id = f"gid://shopify/Order/{number}"
        done = shop.do(self.CANCEL, id=order_id, restock=True, method={"originalPaymentMethodsRefund": True})
        assert done["userErrors"] == []
        query = """query($id: ID!, $job: ID!) { job(id: $job) { done }
          order(id: $id) { cancelledAt cancelReason closed displayFinancialStatus } }"""
        found = shop.data(query, id=order_id, job=done["job"]["id"])
        assert found["job"] == {"done": True}
        assert found["order"]["cancelReason"] == "OTHER"
        assert found["order"]["displayFinancialStatus"] == "REFUNDED"
        assert sandbox.books("shopify")["stock"][f"MUG-{number}"]["available"] == 103
        again = shop.do(self.CANCEL, id=order_id, restock=False)
        assert again["userErrors"][0]["message"] == "Cannot cancel an order that has already been canceled"

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            ({"note": "x" * 256}, "Staff note is too long. Maximum length is 255 characters."),
            (
                {"refund": False, "method": {"originalPaymentMethodsRefund": True}},
                "Only one of the arguments `refund` or `refund_method` is allowed.",
            ),
        ],
    )
    def test_what_is_refused(self, shop: Shop, number: int, more: dict[str, Any], message: str) -> None:
        refused = shop.do(self.CANCEL, id=f"gid://shopify/Order/{number}", restock=False, **more)
        assert [one["message"] for one in refused["userErrors"]] == [message]
