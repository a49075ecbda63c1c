"""Customers and their store credit; orders, customers and articles found by the search language and read in pages."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.stack.orders import line, order
from tests.stack.sandbox import Sandbox
from tests.stack.shopify import Shop

ORDERS = count(8_660_001)
CREDIT = """mutation($id: ID!, $input: StoreCreditAccountCreditInput!) {
  storeCreditAccountCredit(id: $id, creditInput: $input) { storeCreditAccountTransaction {
      amount { amount currencyCode } balanceAfterTransaction { amount } event origin { ... on OrderTransaction { id } }
      account { id balance { amount } owner { ... on Customer { id email } } } }
    userErrors { field message code } } }"""
DEBIT = CREDIT.replace("Credit(", "Debit(").replace("CreditInput!", "DebitInput!").replace("creditInput", "debitInput")


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Shop]:
    with Shop(sandbox) as one:
        yield one


@pytest.fixture
def number(sandbox: Sandbox) -> int:
    fresh = next(ORDERS)
    sandbox.seed(order(fresh))
    return fresh


def customer(number: int) -> str:
    return f"gid://shopify/Customer/{number * 10}"


def credited(shop: Shop, target: str, amount: str, currency: str = "EUR", **more: Any) -> dict[str, Any]:
    money = {"amount": amount, "currencyCode": currency}
    return shop.do(CREDIT, id=target, input={"creditAmount": money} | more)


def debited(shop: Shop, target: str, amount: str, currency: str = "EUR") -> dict[str, Any]:
    return shop.do(DEBIT, id=target, input={"debitAmount": {"amount": amount, "currencyCode": currency}})


def account(shop: Shop, number: int, amount: str = "7.23") -> str:
    made = credited(shop, customer(number), amount)["storeCreditAccountTransaction"]
    return str(made["account"]["id"])


def refused(payload: dict[str, Any]) -> str:
    assert payload["storeCreditAccountTransaction"] is None
    return str(payload["userErrors"][0]["code"])


class TestStoreCredit:
    def test_the_first_credit_opens_the_account(self, shop: Shop, number: int) -> None:
        made = credited(shop, customer(number), "7.23")
        assert made["userErrors"] == []
        entry = made["storeCreditAccountTransaction"]
        assert entry["amount"] == {"amount": "7.23", "currencyCode": "EUR"}
        assert (entry["event"], entry["origin"]) == ("ADJUSTMENT", None)
        assert entry["account"]["owner"] == {"id": customer(number), "email": f"buyer{number}@example.test"}

    def test_a_debit_is_negative_and_lowers_the_balance(self, shop: Shop, number: int) -> None:
        known = account(shop, number)
        assert credited(shop, known, "1.11")["storeCreditAccountTransaction"]["account"]["balance"]["amount"] == "8.34"
        entry = debited(shop, known, "2.22")["storeCreditAccountTransaction"]
        assert entry["amount"]["amount"] == "-2.22"
        assert entry["balanceAfterTransaction"]["amount"] == "6.12"
        query = """query($id: ID!) { storeCreditAccount(id: $id) { balance { amount }
          transactions(first: 5) { nodes { amount { amount }
            ... on StoreCreditAccountCreditTransaction { remainingAmount { amount } } } } } }"""
        found = shop.data(query, id=known)["storeCreditAccount"]
        assert found["balance"]["amount"] == "6.12"
        assert [one["amount"]["amount"] for one in found["transactions"]["nodes"]] == ["-2.22", "1.11", "7.23"]

    def test_what_is_refused(self, shop: Shop, number: int) -> None:
        known = account(shop, number)
        assert refused(debited(shop, known, "7.24")) == "INSUFFICIENT_FUNDS"
        assert refused(debited(shop, known, "0")) == "NEGATIVE_OR_ZERO_AMOUNT"
        assert refused(credited(shop, known, "-1")) == "NEGATIVE_OR_ZERO_AMOUNT"
        assert refused(credited(shop, known, "1", "USD")) == "MISMATCHING_CURRENCY"
        assert refused(credited(shop, "gid://shopify/Customer/999999999999", "1")) == "OWNER_NOT_FOUND"
        assert refused(debited(shop, "gid://shopify/StoreCreditAccount/9", "1")) == "ACCOUNT_NOT_FOUND"
        assert refused(credited(shop, known, "1", expiresAt="2020-01-01T00:00:00Z")) == "EXPIRES_AT_IN_PAST"

    def test_expired_credit_is_no_longer_there(self, shop: Shop, sandbox: Sandbox, number: int) -> None:
        known = account(shop, number)
        credited(shop, known, "5.00", expiresAt="2099-01-01T00:00:00Z")
        debited(shop, known, "4.00")  # taken off what expires first
        far = 100 * 365 * 86_400
        sandbox.control.post("/clock", json={"advance_seconds": far})
        try:
            shop.token = shop.fetch_token()
            query = "query($id: ID!) { storeCreditAccount(id: $id) { balance { amount } } }"
            assert shop.data(query, id=known)["storeCreditAccount"]["balance"]["amount"] == "7.23"
        finally:
            sandbox.control.post("/clock", json={"advance_seconds": -far})

    def test_a_refund_to_store_credit_is_booked_with_its_origin(self, shop: Shop, number: int) -> None:
        mutation = """mutation($input: RefundInput!) { refundCreate(input: $input) @idempotent(key: "credit-refund") {
          refund { transactions(first: 1) { nodes { id } } } userErrors { message } } }"""
        method = {"storeCreditRefund": {"amount": {"amount": "4.00", "currencyCode": "EUR"}}}
        made = shop.do(mutation, input={"orderId": f"gid://shopify/Order/{number}", "refundMethods": [method]})
        assert made["userErrors"] == []
        query = """query($id: ID!) { customer(id: $id) { storeCreditAccounts(first: 1) { nodes { balance { amount }
          transactions(first: 1) { nodes { event origin { ... on OrderTransaction { id } } } } } } } }"""
        found = shop.data(query, id=customer(number))["customer"]["storeCreditAccounts"]["nodes"][0]
        assert found["balance"]["amount"] == "4.0"
        moved = made["refund"]["transactions"]["nodes"][0]
        assert found["transactions"]["nodes"] == [{"event": "ORDER_REFUND", "origin": moved}]


class TestReading:
    def test_a_customer_has_orders_and_what_was_spent(self, shop: Shop, sandbox: Sandbox, number: int) -> None:
        second = next(ORDERS)
        same = order(number)["customer"]
        sandbox.seed(order(second, customer=same))
        query = """query($id: ID!) { customer(id: $id) { numberOfOrders amountSpent { amount } lastOrder { id }
          orders(first: 5, query: "financial_status:paid", sortKey: ID, reverse: true) { nodes { id } } } }"""
        found = shop.data(query, id=customer(number))["customer"]
        assert found["numberOfOrders"] == "2"
        assert found["amountSpent"]["amount"] == "82.98"
        assert [one["id"].rpartition("/")[2] for one in found["orders"]["nodes"]] == [str(second), str(number)]

    @pytest.mark.parametrize("query", ["email:buyer{0}@example.test", "buyer{0}@example.test", "id:{1}"])
    def test_customers_are_found(self, shop: Shop, number: int, query: str) -> None:
        wanted = query.format(number, number * 10)
        found = shop.data("query($q: String) { customers(first: 5, query: $q) { nodes { id } } }", q=wanted)
        assert found["customers"]["nodes"] == [{"id": customer(number)}]

    def test_a_customer_is_known_by_mail_address(self, shop: Shop, number: int) -> None:
        query = "query($by: CustomerIdentifierInput!) { customerByIdentifier(identifier: $by) { id } }"
        found = shop.data(query, by={"emailAddress": f"buyer{number}@example.test"})
        assert found["customerByIdentifier"] == {"id": customer(number)}

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("name:{a} OR name:{b}", "ab"),
            ("(id:{a} OR id:{b}) AND -sku:MUG-{a}", "b"),
            ("sku:'MUG-{a}' financial_status:paid", "a"),
            ("sku:MUG-{a} financial_status:refunded", ""),
            ("id:{a} NOT fulfillment_status:fulfilled", ""),
            ("customer_id:{a}0 created_at:>=2026-11-10", "a"),
            ("customer_id:{a}0 created_at:<2026-11-10", ""),
            ("sku:MUG-{a} return_status:no_return status:open", "a"),
        ],
    )
    def test_orders_are_found(self, shop: Shop, sandbox: Sandbox, number: int, query: str, found: str) -> None:
        other = next(ORDERS)
        sandbox.seed(order(other))
        wanted = query.format(a=number, b=other)
        document = "query($q: String) { orders(first: 5, query: $q, sortKey: ID) { nodes { id } } }"
        numbers = {str(number): "a", str(other): "b"}
        nodes = shop.data(document, q=wanted)["orders"]["nodes"]
        assert "".join(numbers[one["id"].rpartition("/")[2]] for one in nodes) == found

    def test_lists_are_read_in_pages_both_ways(self, shop: Shop, sandbox: Sandbox) -> None:
        fresh = next(ORDERS)
        lines = [line(fresh * 10 + place, f"P{place}-{fresh}", 1, "1.00") for place in range(1, 6)]
        sandbox.seed(order(fresh, *lines))
        document = """query($id: ID!, $first: Int, $last: Int, $after: String, $before: String) { order(id: $id) {
          lineItems(first: $first, last: $last, after: $after, before: $before) {
            nodes { sku } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""

        def page(**paging: Any) -> dict[str, Any]:
            found: dict[str, Any] = shop.data(document, id=f"gid://shopify/Order/{fresh}", **paging)
            listed: dict[str, Any] = found["order"]["lineItems"]
            return listed

        first = page(first=2)
        second = page(first=2, after=first["pageInfo"]["endCursor"])
        back = page(last=2, before=second["pageInfo"]["startCursor"])
        assert [one["sku"][:2] for one in (*first["nodes"], *second["nodes"])] == ["P1", "P2", "P3", "P4"]
        assert (first["pageInfo"]["hasPreviousPage"], second["pageInfo"]["hasNextPage"]) == (False, True)
        assert back["nodes"] == first["nodes"]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ("", "you must provide one of first or last"),
            ("(first: 1, last: 1)", "providing both first and last is not supported"),
            ("(first: 251)", "first must not exceed 250"),
            ('(first: 1, after: "zzz")', "Invalid cursor for current pagination sort: after."),
        ],
    )
    def test_pages_that_cannot_be_read(self, shop: Shop, arguments: str, message: str) -> None:
        error = shop.ask(f"{{ orders{arguments} {{ nodes {{ id }} }} }}")["errors"][0]
        assert (error["message"], error["extensions"]["code"]) == (message, "BAD_REQUEST")

    def test_anything_is_found_by_its_global_id(self, shop: Shop, number: int) -> None:
        query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
        ids = [f"gid://shopify/Order/{number}", customer(number), "gid://shopify/Refund/1", "gid://shopify/Shop/1"]
        found = shop.data(query, ids=ids)["nodes"]
        assert [one and one["__typename"] for one in found] == ["Order", "Customer", None, "Shop"]
        error = shop.ask("query($id: ID!) { node(id: $id) { id } }", id="gid://shopify/Nothing/1")["errors"][0]
        assert error["message"] == "Invalid id: gid://shopify/Nothing/1"

    def test_lists_are_counted(self, shop: Shop, number: int) -> None:
        document = "query($q: String) { ordersCount(query: $q) { count precision } locationsCount { count } }"
        found = shop.data(document, q=f"name:{number}")
        assert found == {"ordersCount": {"count": 1, "precision": "EXACT"}, "locationsCount": {"count": 2}}
        few = shop.data("{ ordersCount(limit: 0) { count precision } }")["ordersCount"]
        assert few == {"count": 0, "precision": "AT_LEAST"}
