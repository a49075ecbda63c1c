"""The account's preferences and features, and how an authorization is edited and cancelled."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.netsuite import act, authorized, preferring, seeded, state, stocked, take, turned
from tests.stack.netsuite import CREATE_FORM, RECORD, Account, error
from tests.stack.orders import line
from tests.stack.sandbox import Sandbox


@pytest.fixture(scope="module")
def account(sandbox: Sandbox) -> Iterator[Account]:
    account = Account(sandbox)
    account.login()
    yield account
    account.http.close()


def test_without_advance_refunds_goods_are_credited_as_they_come(account: Account) -> None:
    with preferring(account, refund_in_advance=False):
        back = authorized(account, f"invoice/{seeded(account)['invoice']}")
        assert error(account.transform(back, "creditMemo", {}))[1] == "USER_ERROR"
        turned(account, back, "itemReceipt", take(2), replace=True)
        assert error(account.transform(back, "creditMemo", take(3), replace=True))[1] == "USER_ERROR"
        memo = turned(account, back, "creditMemo", {})
        assert (account.whole(memo)["item"]["items"][0]["quantity"], state(account, back)) == (2, "D")


def test_without_advanced_receiving_goods_come_back_with_the_credit(account: Account) -> None:
    with preferring(account, advanced_receiving=False):
        back = authorized(account, f"invoice/{seeded(account)['invoice']}")
        assert account.get(back).json()["status"] == {"id": "F", "refName": "Pending Refund"}
        assert error(account.transform(back, "itemReceipt", {}))[1] == "USER_ERROR"
        memo = turned(account, back, "creditMemo", take(1), replace=True)
        assert account.get(back).json()["status"]["refName"] == "Partially Refunded"
        item = account.whole(back)["item"]["items"][0]["item"]["id"]
        assert stocked(account, item) == {("1", "1"): (1, 1)}
        account.http.delete(f"{RECORD}/{memo}").raise_for_status()
        assert (stocked(account, item), state(account, back)) == ({}, "F")
        turned(account, back, "creditMemo", {})
        assert state(account, back) == "G"


def test_the_default_state_of_an_authorization_is_a_preference(account: Account) -> None:
    source = f"invoice/{seeded(account)['invoice']}"
    with preferring(account, default_return_status="B"):
        assert state(account, turned(account, source, "returnAuthorization", take(1), replace=True)) == "B"
    assert state(account, turned(account, source, "returnAuthorization", take(1), replace=True)) == "A"


def test_a_minimum_quantity_can_be_enforced(account: Account) -> None:
    source = f"invoice/{seeded(account)['invoice']}"
    item = account.whole(source)["item"]["items"][0]["item"]["id"]
    account.http.patch(f"{RECORD}/inventoryItem/{item}", json={"minimumQuantity": 2}).raise_for_status()
    with preferring(account, enforce_minimum_quantity=True):
        assert error(account.transform(source, "returnAuthorization", take(1), replace=True))[1] == "USER_ERROR"
        turned(account, source, "returnAuthorization", take(2), replace=True)
    turned(account, source, "returnAuthorization", take(1), replace=True)


def test_with_legacy_tax_rest_shows_no_tax_details(account: Account) -> None:
    source = f"invoice/{seeded(account)['invoice']}"
    details = {"taxDetailsOverride": True, "taxDetails": {"items": []}}
    with preferring(account, suite_tax=False):
        record = account.whole(source)
        assert ("taxDetails" in record, record["taxTotal"]) == (False, 2.66), "the totals are told all the same"
        assert error(account.transform(source, "returnAuthorization", take(3) | details))[1] == "INVALID_CONTENT"
        back = turned(account, source, "returnAuthorization", take(3), replace=True)
        assert account.get(back).json()["taxTotal"] == 2.66
    assert "taxDetails" in account.whole(source)


def test_an_unknown_preference_is_refused(account: Account) -> None:
    for wish in ({"colour": True}, {"suite_tax": "yes"}, {"default_return_status": "C"}):
        assert account.sandbox.control.post("/netsuite/preferences", json=wish).status_code == 422


def test_a_cancelled_authorization_gives_its_units_free(account: Account) -> None:
    source = f"invoice/{seeded(account)['invoice']}"
    back = authorized(account, source)
    assert error(account.transform(source, "returnAuthorization", take(1), replace=True))[1] == "USER_ERROR"
    assert act(account, "cancel", back) == 200
    assert state(account, back) == "C"
    assert error(account.http.patch(f"{RECORD}/{back}", json={"orderStatus": {"id": "B"}}))[1] == "USER_ERROR"
    again = authorized(account, source)
    turned(account, again, "itemReceipt", {})
    assert act(account, "cancel", again) == 422


def test_lines_of_an_authorization_are_merged_added_replaced_and_never_all_gone(account: Account) -> None:
    two = seeded(account, line(1, "M-1", 2, "5.00", taxes=[]), line(2, "M-2", 1, "7.00", taxes=[]))["invoice"]
    back = turned(account, f"invoice/{two}", "returnAuthorization", {})
    url = f"{RECORD}/{back}"
    fee = {"item": {"externalId": "item-RETURN-FEE"}, "amount": -1}
    account.http.patch(url, json={"item": {"items": [{"line": 1, "quantity": 1}, fee]}}).raise_for_status()
    record = account.whole(back)
    assert [(each["quantity"], each["amount"]) for each in record["item"]["items"]] == [(1, 5.0), (1, 7.0), (1, -1.0)]
    only = {"item": {"items": [{"line": 2}]}}
    account.http.patch(url, json=only, params={"replace": "item"}).raise_for_status()
    assert account.whole(back)["total"] == 7.0
    emptied: tuple[Any, ...] = (None, {"items": None}, {"items": []})
    for nothing in emptied:
        answer = account.http.patch(url, json={"item": nothing}, params={"replace": "item"})
        assert error(answer)[1] == "USER_ERROR", "the sublist is mandatory"
    edit = account.http.patch(url, json={"orderStatus": "B"}, headers={"Accept": CREATE_FORM.replace("create", "edit")})
    assert (edit.json()["status"]["id"], state(account, back)) == ("B", "A")


def test_a_gross_amount_works_the_net_out_again(account: Account) -> None:
    body = take(1, grossAmt=10.89)
    source = f"invoice/{seeded(account)['invoice']}"
    form = account.transform(source, "returnAuthorization", body, form=True, replace=True)
    assert (form.json()["subtotal"], form.json()["taxTotal"], form.json()["total"]) == (10.0, 0.89, 10.89)
