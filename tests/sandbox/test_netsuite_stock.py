"""Stock in places and states, and the locks of accounting periods."""

from collections.abc import Iterator

import pytest

from tests.sandbox.netsuite import authorized, detail_of, made, preferring, seeded, stocked, take, turned
from tests.stack.netsuite import RECORD, Account, error
from tests.stack.orders import line
from tests.stack.sandbox import Sandbox


@pytest.fixture(scope="module")
def account(sandbox: Sandbox) -> Iterator[Account]:
    account = Account(sandbox)
    account.login()
    yield account
    account.http.close()


def test_a_receipt_restocks_by_default_and_rest_knows_no_restock(account: Account) -> None:
    back = authorized(account, f"invoice/{seeded(account)['invoice']}")
    body = take(1, restock=False)
    assert error(account.transform(back, "itemReceipt", body, replace=True))[1] == "INVALID_CONTENT"
    answer = account.http.post(f"{RECORD}/{back}/!transform/itemReceipt", json=body, params={"replace": "item"})
    assert (answer.status_code, "restock" in answer.headers["warning"]) == (204, True)
    item = account.whole(back)["item"]["items"][0]["item"]["id"]
    assert stocked(account, item) == {("1", "1"): (1, 1)}, "sellable at once"


def test_a_receipt_takes_every_open_line_unless_told_otherwise(account: Account) -> None:
    two = seeded(account, line(1, "R-1", 2, "5.00"), line(2, "R-2", 1, "7.00"))["invoice"]
    back = turned(account, f"invoice/{two}", "returnAuthorization", {"orderStatus": {"id": "B"}})
    every = account.transform(back, "itemReceipt", take(1), form=True).json()["item"]["items"]
    assert [(each["orderLine"], each["quantity"]) for each in every] == [(1, 1), (2, 1)]
    told = {"item": {"items": [{"orderLine": 1, "quantity": 1}, {"orderLine": 2, "itemReceive": False}]}}
    some = account.transform(back, "itemReceipt", told, form=True).json()["item"]["items"]
    assert [each["orderLine"] for each in some] == [1]
    assert some[0]["itemType"] == "InvtPart"
    none = {"item": {"items": [{"orderLine": each, "itemReceive": False} for each in (1, 2)]}}
    assert error(account.transform(back, "itemReceipt", none))[1] == "USER_ERROR"
    assert error(account.transform(back, "itemReceipt", take(1, 9)))[1] == "USER_ERROR"


def test_a_quarantine_location_keeps_goods_from_sale_without_inventory_status(account: Account) -> None:
    place = made(account, "location", {"name": "Returns", "makeInventoryAvailable": False}).partition("/")[2]
    with preferring(account, inventory_status=False):
        back = authorized(account, f"invoice/{seeded(account)['invoice']}")
        item = account.whole(back)["item"]["items"][0]["item"]["id"]
        status = take(3, inventoryDetail=detail_of({"inventoryStatus": {"id": "2"}, "quantity": 3}))
        assert error(account.transform(back, "itemReceipt", status, replace=True))[1] == "INVALID_CONTENT"
        turned(account, back, "itemReceipt", take(3, location={"id": place}), replace=True)
        assert stocked(account, item) == {(place, "1"): (3, 0)}
        lines = {"inventory": {"items": [{"item": {"id": item}, "adjustQtyBy": 2}]}}
        between = {"location": {"id": place}, "transferLocation": {"id": "1"}}
        moved = made(account, "inventoryTransfer", between | lines)
        assert stocked(account, item) == {(place, "1"): (1, 0), ("1", "1"): (2, 2)}
        same = {"location": {"id": place}, "transferLocation": {"id": place}}
        assert error(account.http.post(f"{RECORD}/inventoryTransfer", json=same | lines))[1] == "USER_ERROR"
        assert error(account.http.post(f"{RECORD}/binTransfer", json=lines))[1] == "USER_ERROR"
        account.http.delete(f"{RECORD}/{moved}").raise_for_status()
        assert stocked(account, item) == {(place, "1"): (3, 0)}
    assert error(account.http.delete(f"{RECORD}/location/{place}"))[1] == "USER_ERROR"


def test_a_status_of_ones_own_decides_what_is_available(account: Account) -> None:
    status = made(account, "inventoryStatus", {"name": "Hold", "inventoryAvailable": False}).partition("/")[2]
    back = authorized(account, f"invoice/{seeded(account)['invoice']}")
    good = {"inventoryStatus": {"id": "1"}, "quantity": 1}
    detail = detail_of({"inventoryStatus": {"id": status}, "quantity": 2}, good)
    receipt = turned(account, back, "itemReceipt", take(3, inventoryDetail=detail), replace=True)
    item = account.whole(back)["item"]["items"][0]["item"]["id"]
    assert stocked(account, item) == {("1", status): (2, 0), ("1", "1"): (1, 1)}
    rows = account.get(f"{receipt}/item/1/inventoryDetail/inventoryAssignment").json()
    assert rows["totalResults"] == 2
    assert account.get(f"{receipt}/item/1/inventoryDetail/inventoryAssignment/1").json()["quantity"] == 2
    assert account.get(f"{receipt}/item/1/inventoryDetail/inventoryAssignment/3").status_code == 404
    bins = take(1, inventoryDetail=detail_of({"binNumber": {"id": "1"}, "quantity": 1}))
    assert error(account.transform(back, "itemReceipt", bins, replace=True))[1] == "INVALID_CONTENT"


def test_locks_of_a_period_hold_for_what_they_name(account: Account) -> None:
    back = authorized(account, f"invoice/{seeded(account)['invoice']}")
    month = account.get(back).json()["tranDate"][:7]
    control = account.sandbox.control
    control.post("/netsuite/periods", json={"period": month, "arLocked": True}).raise_for_status()
    try:
        receipt = turned(account, back, "itemReceipt", {})
        assert "open accounting period" in error(account.transform(back, "creditMemo", {}))[2]
        control.post("/netsuite/periods", json={"period": month, "closed": True}).raise_for_status()
        assert error(account.http.delete(f"{RECORD}/{receipt}"))[1] == "USER_ERROR"
        assert error(account.http.patch(f"{RECORD}/{receipt}", json={"memo": "late"}))[1] == "USER_ERROR"
        control.post("/netsuite/periods", json={"period": month, "allowNonGLChanges": True}).raise_for_status()
        assert account.http.patch(f"{RECORD}/{receipt}", json={"memo": "late"}).status_code == 204
        number = account.ask("SELECT id FROM accountingperiod WHERE closed = 'T'")["items"][0]["id"]
        period = account.get(f"accountingPeriod/{number}").json()
        assert (period["closed"], period["allowNonGLChanges"], period["arLocked"]) == (True, True, True)
    finally:
        calm = {"period": month, "closed": False, "allowNonGLChanges": False}
        control.post("/netsuite/periods", json=calm).raise_for_status()
    assert control.post("/netsuite/periods", json={"period": month, "open": True}).status_code == 422
