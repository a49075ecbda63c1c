"""Orders, fulfillments, bills, payments and cash sales of the account, voids, and what a memo is applied to."""

from collections.abc import Iterator

import pytest

from tests.sandbox.netsuite import (
    NUMBERS,
    act,
    applied_to,
    authorized,
    detail_of,
    made,
    seeded,
    state,
    stocked,
    take,
    turned,
)
from tests.stack.netsuite import CREATE_FORM, RECORD, Account, error
from tests.stack.sandbox import Sandbox


@pytest.fixture(scope="module")
def account(sandbox: Sandbox) -> Iterator[Account]:
    account = Account(sandbox)
    account.login()
    yield account
    account.http.close()


def test_an_order_is_made_fulfilled_billed_and_paid(account: Account) -> None:
    number = next(NUMBERS)
    buyer = made(account, "customer", {"companyName": f"Buyer {number}"})
    item = made(account, "inventoryItem", {"itemId": f"SO-{number}"}).partition("/")[2]
    lines = {"items": [{"item": {"id": item}, "quantity": 2, "rate": 5}]}
    body = {"entity": {"id": buyer.partition("/")[2]}, "item": lines}
    sale = made(account, "salesOrder", body)
    assert state(account, sale) == "B"
    empty = account.transform(sale, "itemFulfillment", {})
    assert error(empty)[1] == "USER_ERROR", "the warehouse has none"
    found = {"item": {"id": item}, "adjustQtyBy": 5, "inventoryDetail": detail_of({"quantity": 5})}
    made(account, "inventoryAdjustment", {"account": {"id": "1"}, "inventory": {"items": [found]}})
    turned(account, sale, "itemFulfillment", take(1), replace=True)
    assert (state(account, sale), stocked(account, item)) == ("E", {("1", "1"): (4, 4)})
    turned(account, sale, "itemFulfillment", {})
    assert state(account, sale) == "F"
    bill = turned(account, sale, "invoice", {})
    assert (state(account, sale), account.get(bill).json()["amountRemaining"]) == ("G", 10.0)
    half = {"apply": {"items": [{"doc": {"id": bill.partition("/")[2]}, "amount": 4}]}}
    payment = turned(account, bill, "customerPayment", half)
    assert (account.get(bill).json()["amountRemaining"], state(account, bill)) == (6.0, "A")
    turned(account, bill, "customerPayment", {})
    assert state(account, bill) == "B"
    account.http.delete(f"{RECORD}/{payment}").raise_for_status()
    assert account.get(bill).json()["amountRemaining"] == 4.0
    assert error(account.http.delete(f"{RECORD}/{sale}"))[1] == "USER_ERROR"


def test_an_order_that_was_not_billed_can_be_billed_once(account: Account) -> None:
    sale = f"salesOrder/{seeded(account, invoiced=False)['sales_order']}"
    assert state(account, sale) == "F"
    assert error(account.transform(sale, "returnAuthorization", {}))[1] == "USER_ERROR"
    bill = turned(account, sale, "invoice", {})
    record = account.whole(bill)
    assert (record["total"], record["taxTotal"], record["item"]["items"][0]["orderLine"]) == (32.63, 2.66, 1)
    assert error(account.transform(sale, "invoice", {}))[1] == "USER_ERROR"
    account.http.delete(f"{RECORD}/{bill}").raise_for_status()
    assert state(account, sale) == "F"


def test_a_cash_sale_comes_back_as_a_cash_refund(account: Account) -> None:
    sale = f"salesOrder/{seeded(account, invoiced=False)['sales_order']}"
    cash = turned(account, sale, "cashSale", {})
    assert (state(account, sale), state(account, cash)) == ("G", "C")
    back = authorized(account, cash, 2)
    turned(account, back, "itemReceipt", {})
    form = account.transform(back, "cashRefund", {}, form=True).json()
    refund = turned(account, back, "cashRefund", {})
    assert (state(account, back), account.get(refund).json()["total"]) == ("G", form["total"])
    rest = turned(account, cash, "cashRefund", {})
    assert account.whole(rest)["item"]["items"][0]["quantity"] == 1
    assert error(account.transform(cash, "cashRefund", {}))[1] == "USER_ERROR", "nothing is left"
    assert error(account.transform(cash, "creditMemo", {}))[1] == "INVALID_REQUEST"


def test_credits_and_authorizations_may_stand_alone(account: Account) -> None:
    buyer = {"id": made(account, "customer", {"companyName": "Alone"}).partition("/")[2]}
    fee = {"items": [{"item": {"externalId": "item-RETURN-FEE"}, "amount": 7.5}]}
    body = {"entity": buyer, "item": fee}
    memo = made(account, "creditMemo", body | {"location": "1"})
    assert account.get(memo).json()["amountRemaining"] == 7.5
    back = made(account, "returnAuthorization", body | {"orderStatus": {"id": "B"}})
    turned(account, back, "creditMemo", {})
    assert error(account.http.post(f"{RECORD}/creditMemo", json={"item": fee}))[1] == "USER_ERROR"
    assert error(account.http.post(f"{RECORD}/itemReceipt", json={}))[1] == "USER_ERROR"
    form = account.http.post(f"{RECORD}/creditMemo", json=body, headers={"Accept": CREATE_FORM}).json()
    assert (form["total"], "tranId" in form) == (7.5, False)


def test_a_voided_memo_counts_no_more(account: Account) -> None:
    back = authorized(account, f"invoice/{seeded(account)['invoice']}")
    memo = turned(account, back, "creditMemo", {})
    refund = turned(account, memo, "customerRefund", {})
    assert act(account, "void", memo) == 422, "it was refunded"
    assert act(account, "void", refund) == 200
    assert account.get(memo).json()["amountRemaining"] == 32.63
    assert act(account, "void", memo) == 200
    record = account.get(memo).json()
    assert (record["status"]["id"], record["total"], record["memo"]) == ("V", 0.0, "VOID")
    assert act(account, "void", memo) == 422
    assert state(account, back) == "B"
    turned(account, back, "creditMemo", {})
    assert act(account, "approve", back) == 422


def test_a_memo_is_moved_from_one_invoice_to_another(account: Account) -> None:
    on_account = {"tenders": [{"kind": "account", "gateway": "manual", "amount": None}]}
    first, second = (seeded(account, **on_account)["invoice"] for _ in range(2))
    memo = turned(account, authorized(account, f"invoice/{first}", 1), "creditMemo", applied_to(first))
    left = account.get(f"invoice/{first}").json()["amountRemaining"]
    assert left == 21.75
    answer = account.http.patch(f"{RECORD}/{memo}", json=applied_to(second), params={"replace": "apply"})
    assert answer.status_code == 204, answer.text
    assert account.get(f"invoice/{first}").json()["amountRemaining"] == 32.63
    assert account.get(f"invoice/{second}").json()["amountRemaining"] == 21.75
    account.http.patch(f"{RECORD}/{memo}", json={"apply": None}).raise_for_status()
    assert account.get(memo).json()["unapplied"] == 10.88
