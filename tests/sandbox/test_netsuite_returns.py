"""Returns in the sandbox account: what transforms take and compute, the states of an authorization, what is refused."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.stack.netsuite import RECORD, Account, error
from tests.stack.orders import line, order
from tests.stack.sandbox import Sandbox

NUMBERS = itertools.count(23_000)
Seed = Callable[..., str]


@pytest.fixture(scope="module")
def account(sandbox: Sandbox) -> Iterator[Account]:
    account = Account(sandbox)
    account.login()
    yield account
    account.http.close()


@pytest.fixture
def invoice(sandbox: Sandbox) -> Seed:
    """Seeds an order of three at 9.99 plus 8.875 % (or the given lines) and answers `invoice/<id>`."""

    def seed(*lines: dict[str, Any], **more: Any) -> str:
        number = next(NUMBERS)
        odd = line(number * 10 + 1, f"RET-{number}", 3, "9.99", taxes=[{"code": "NY", "rate": "8.875"}])
        free = {"shipping": {"price": "0.00", "taxes": []}}
        return f"invoice/{sandbox.seed(order(number, *(lines or (odd,)), **(free | more)))['netsuite']['invoice']}"

    return seed


def take(quantity: int, *, of_line: int = 1, **more: Any) -> dict[str, Any]:
    return {"item": {"items": [{"orderLine": of_line, "quantity": quantity, **more}]}}


def authorized(account: Account, source: str, quantity: int = 3) -> str:
    """An approved authorization of some units of the first line."""
    body = take(quantity) | {"orderStatus": {"id": "B"}}
    return f"returnAuthorization/{account.made(source, 'returnAuthorization', body, replace=True)}"


def state(account: Account, record: str) -> str:
    status: str = account.get(record).json()["status"]["id"]
    return status


def test_a_transform_takes_every_open_line_unless_told_to_replace(account: Account, invoice: Seed) -> None:
    two = invoice(line(1, "T-A", 1, "5.00"), line(2, "T-B", 1, "7.00"))
    every = account.transform(two, "returnAuthorization", take(1), form=True).json()
    named = account.transform(two, "returnAuthorization", take(1), form=True, replace=True).json()
    assert [each["item"]["totalResults"] for each in (every, named)] == [2, 1]


def test_a_create_form_computes_and_saves_nothing(account: Account, invoice: Seed) -> None:
    source = invoice()
    form = account.transform(source, "returnAuthorization", {}, form=True)
    assert form.status_code == 200
    assert (form.json()["total"], form.json()["taxTotal"]) == (32.63, 2.66)
    assert "id" not in form.json()
    account.made(source, "returnAuthorization", take(3), replace=True)  # all three are still there to take


def charge(amount: float, **more: Any) -> dict[str, Any]:
    return {"item": {"externalId": "item-RETURN-FEE"}, "quantity": 1, "amount": amount, **more}


def test_a_service_takes_off_a_credit_and_goods_do_not(account: Account, invoice: Seed) -> None:
    source = invoice()
    body = {"item": {"items": [{"orderLine": 1, "quantity": 3}, charge(-4.50)]}}
    form = account.transform(source, "returnAuthorization", body, form=True, replace=True).json()
    assert (form["subtotal"], form["taxTotal"], form["total"]) == (25.47, 2.66, 28.13)
    goods = account.transform(source, "returnAuthorization", take(1, amount=-1.00), form=True, replace=True)
    assert any("Only a service" in str(part) for part in error(goods))


def test_a_credit_is_never_less_than_nothing(account: Account, invoice: Seed) -> None:
    source = authorized(account, invoice())
    body = {"item": {"items": [{"orderLine": 1, "quantity": 3}, charge(-100.00)]}}
    refused = account.transform(source, "creditMemo", body, form=True, replace=True)
    assert any("cannot be negative" in str(part) for part in error(refused))


def test_partials_by_quantity_alone_are_a_cent_off(account: Account, invoice: Seed) -> None:
    source = invoice()
    taxes = []
    for _ in range(3):
        form = account.made(source, "returnAuthorization", take(1), replace=True)
        taxes.append(account.get(f"returnAuthorization/{form}").json()["taxTotal"])
    assert taxes == [0.89, 0.89, 0.89], "2.67 in all, though 2.66 was posted"


def test_amounts_and_taxes_given_are_kept_to_the_cent(account: Account, invoice: Seed) -> None:
    body = take(1, amount=9.99, taxDetailsReference="A") | {
        "taxDetailsOverride": True,
        "taxDetails": {"items": [_tax(account, "A", 0.88)]},
    }
    made = account.made(invoice(), "returnAuthorization", body, replace=True)
    record = account.whole(f"returnAuthorization/{made}")
    assert (record["subtotal"], record["taxTotal"], record["total"]) == (9.99, 0.88, 10.87)
    assert record["createdFrom"]["refName"].startswith("INV")


def test_tax_details_without_override_are_refused(account: Account, invoice: Seed) -> None:
    body = take(1) | {"taxDetails": {"items": []}}
    assert error(account.transform(invoice(), "returnAuthorization", body, replace=True))[1] == "INVALID_CONTENT"


def test_no_more_units_come_back_than_were_sold(account: Account, invoice: Seed) -> None:
    source = invoice()
    authorized(account, source, 2)
    assert error(account.transform(source, "returnAuthorization", take(2), replace=True))[1] == "USER_ERROR"
    authorized(account, source, 1)


def test_the_states_of_an_authorization(account: Account, invoice: Seed) -> None:
    made = account.made(invoice(), "returnAuthorization", take(3), replace=True)
    record = f"returnAuthorization/{made}"
    assert state(account, record) == "A"
    assert error(account.transform(record, "itemReceipt", {}))[1] == "USER_ERROR"
    assert account.http.patch(f"{RECORD}/{record}", json={"orderStatus": {"id": "B"}}).status_code == 204
    assert state(account, record) == "B"
    account.made(record, "itemReceipt", take(1), replace=True)
    assert state(account, record) == "E"
    account.made(record, "creditMemo", take(1), replace=True)
    assert state(account, record) == "D"
    account.made(record, "itemReceipt", take(2), replace=True)
    assert state(account, record) == "F"
    account.made(record, "creditMemo", take(2), replace=True)
    assert state(account, record) == "G"


def test_a_credit_may_come_before_the_goods(account: Account, invoice: Seed) -> None:
    record = authorized(account, invoice())
    account.made(record, "creditMemo", {})
    assert state(account, record) == "B", "paid in advance, still expecting the goods"
    closed = {"item": {"items": [{"line": 1, "isClosed": True}]}}
    account.http.patch(f"{RECORD}/{record}", json=closed).raise_for_status()
    assert state(account, record) == "H"


def test_goods_go_to_sellable_stock_unless_a_status_is_named(account: Account, invoice: Seed) -> None:
    record = authorized(account, invoice())
    account.made(record, "itemReceipt", take(1), replace=True)
    account.made(record, "itemReceipt", take(2, inventoryDetail=_in_status("2", 2)), replace=True)
    item = account.whole(record)["item"]["items"][0]["item"]["id"]
    rows = account.ask(
        "SELECT inventorystatus, quantityonhand, quantityavailable FROM inventorybalance WHERE item = ?", item
    )
    assert {row["inventorystatus"]: (row["quantityonhand"], row["quantityavailable"]) for row in rows["items"]} == {
        "1": ("1", "1"),
        "2": ("2", "0"),
    }
    assert error(account.transform(record, "itemReceipt", take(1), replace=True))[1] == "USER_ERROR"


def test_a_receipt_is_taken_back_only_while_its_goods_are_where_it_put_them(account: Account, invoice: Seed) -> None:
    record = authorized(account, invoice())
    body = take(3, inventoryDetail=_in_status("2", 3))
    receipt = account.made(record, "itemReceipt", body, replace=True)
    item = account.whole(record)["item"]["items"][0]["item"]["id"]
    detail = {"inventoryAssignment": {"items": [
        {"inventoryStatus": {"id": "2"}, "toInventoryStatus": {"id": "4"}, "quantity": 1},
    ]}}  # fmt: skip
    moved = {"inventory": {"items": [{"item": {"id": item}, "quantity": 1, "inventoryDetail": detail}]}}
    assert account.http.post(f"{RECORD}/binTransfer", json=moved).status_code == 204
    assert error(account.http.delete(f"{RECORD}/itemReceipt/{receipt}"))[1] == "USER_ERROR"
    assert state(account, record) == "F", "nothing of the refused deletion stays"


def test_credits_never_take_more_of_a_line_than_is_left(account: Account, invoice: Seed) -> None:
    record = authorized(account, invoice(), 1)
    body = take(1, amount=30.00)
    assert "exceeds what is left" in error(account.transform(record, "creditMemo", body, replace=True))[2]


def test_a_refund_uses_the_memo_up(account: Account, invoice: Seed) -> None:
    memo = f"creditMemo/{account.made(authorized(account, invoice()), 'creditMemo', {})}"
    assert state(account, memo) == "A"
    over = {"apply": {"items": [{"doc": {"id": memo.split("/")[1]}, "amount": 99, "apply": True}]}}
    assert error(account.transform(memo, "customerRefund", over))[1] == "USER_ERROR"
    account.made(memo, "customerRefund", {"handlingMode": {"id": "SAVE_ONLY"}})
    record = account.get(memo).json()
    assert (record["status"]["id"], record["amountRemaining"], record["applied"]) == ("B", 0.0, 32.63)
    assert account.http.delete(f"{RECORD}/{memo}").status_code == 400


def test_a_refund_is_made_without_a_transform_too(account: Account, invoice: Seed) -> None:
    memo = account.made(authorized(account, invoice()), "creditMemo", {})
    body = {"apply": {"items": [{"doc": {"id": memo}, "amount": 30, "apply": True}]}}
    answer = account.http.post(f"{RECORD}/customerRefund", json=body)
    assert answer.status_code == 204, answer.text
    assert account.get(f"creditMemo/{memo}").json()["amountRemaining"] == 2.63
    account.http.delete(f"{RECORD}/customerRefund/{answer.headers['location'].rsplit('/', 1)[1]}").raise_for_status()
    assert account.get(f"creditMemo/{memo}").json()["amountRemaining"] == 32.63


def test_a_memo_on_account_can_be_applied_to_the_open_invoice(account: Account, invoice: Seed) -> None:
    source = invoice(tenders=[{"kind": "account", "gateway": "manual", "amount": None}])
    assert account.get(source).json()["amountRemaining"] == 32.63
    body = {"apply": {"items": [{"doc": {"id": source.split("/")[1]}, "apply": True}]}}
    account.made(authorized(account, source), "creditMemo", body)
    record = account.get(source).json()
    assert (record["amountRemaining"], record["status"]["id"]) == (0.0, "B")


def test_nothing_posts_into_a_closed_period(account: Account, invoice: Seed) -> None:
    record = authorized(account, invoice())
    month = account.get(record).json()["tranDate"][:7]
    account.sandbox.control.post("/netsuite/periods", json={"period": month, "closed": True}).raise_for_status()
    try:
        status, code, sentence = error(account.transform(record, "creditMemo", {}))
        assert (status, code) == (400, "USER_ERROR")
        assert "not within an open accounting period" in sentence
        after = account.ask(
            "SELECT id FROM accountingperiod WHERE closed = 'F' AND startdate > CURRENT_DATE ORDER BY startdate"
        )
        later = {"postingPeriod": {"id": after["items"][0]["id"]}}
        memo = account.made(record, "creditMemo", later)
        assert account.get(f"creditMemo/{memo}").json()["tranDate"][:7] == month
    finally:
        account.sandbox.control.post("/netsuite/periods", json={"period": month, "closed": False})


def test_a_planned_skew_changes_the_next_credit_only(account: Account, invoice: Seed) -> None:
    source = invoice()
    record = authorized(account, source)
    number = account.get(source).json()["custbody_storefront_order"]
    wish = {"delta": "0.03", "times": 1, "order_id": int(number)}
    account.sandbox.control.post("/netsuite/skew", json=wish).raise_for_status()
    totals = [account.transform(record, "creditMemo", {}, form=True).json()["total"] for _ in range(2)]
    assert totals == [32.66, 32.63]


def test_yen_and_dinars_keep_their_decimals(account: Account, invoice: Seed) -> None:
    yen = invoice(line(1, "YEN", 3, "333", taxes=[{"code": "JP10", "rate": "10"}]), currency="JPY")
    dinar = invoice(line(1, "KWD", 1, "1.234", taxes=[]), currency="KWD")
    assert account.get(yen).json()["total"] == 1099.0
    assert account.get(dinar).json()["total"] == 1.234


def _tax(account: Account, reference: str, amount: float) -> dict[str, Any]:
    code = account.ask("SELECT id FROM salestaxitem WHERE itemid = 'NY'")["items"][0]["id"]
    return {"taxDetailsReference": {"id": reference}, "taxCode": {"id": code}, "taxAmount": amount}


def _in_status(status: str, quantity: int) -> dict[str, Any]:
    return {"inventoryAssignment": {"items": [{"inventoryStatus": {"id": status}, "quantity": quantity}]}}
