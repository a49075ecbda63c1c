"""The record service: reading, upserting, changing and deleting as SuiteTalk REST does."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.stack.netsuite import RECORD, Account, error
from tests.stack.orders import line, order
from tests.stack.sandbox import Sandbox

FIRST = 22_000
STRICT = {"X-NetSuite-PropertyNameValidation": "Error"}


@pytest.fixture(scope="module")
def account(sandbox: Sandbox) -> Iterator[Account]:
    sandbox.seed(order(FIRST, line(FIRST * 10 + 1, "REC-1", 2, "5.00", warranty_until="2028-01-31")))
    account = Account(sandbox)
    account.login()
    yield account
    account.http.close()


def test_a_record_comes_with_links_instead_of_sublists_unless_expanded(account: Account) -> None:
    short = account.get(f"invoice/eid:invoice-{FIRST}").json()
    assert list(short["item"]) == ["links"]
    whole = account.whole(f"invoice/{short['id']}")
    posted = whole["item"]["items"][0]
    assert (posted["quantity"], posted["amount"], posted["custcol_warranty_until"]) == (2, 10.0, "2028-01-31")
    assert whole["taxDetails"]["items"][0]["taxAmount"] == 1.9
    assert whole["total"] == 10.0 + 1.9 + 4.9 + 0.93
    assert account.get(f"invoice/{short['id']}/item").json()["totalResults"] == 1


def test_fields_pick_body_fields_and_do_not_go_with_expanded_sublists(account: Account) -> None:
    picked = account.get(f"invoice/eid:invoice-{FIRST}", fields="tranId,total").json()
    assert set(picked) == {"links", "tranId", "total"}
    both = account.get(f"invoice/eid:invoice-{FIRST}", fields="total", expandSubResources="true")
    assert error(both)[:2] == (400, "INVALID_PARAMETER")


def test_what_is_not_there_is_a_404(account: Account) -> None:
    assert error(account.get("invoice/999999"))[:2] == (404, "NONEXISTENT_ID")
    assert account.get("invoice/eid:none").status_code == 404
    assert account.get("nothing/1").status_code == 404


def test_put_makes_a_record_once_and_changes_it_after(account: Account) -> None:
    url = f"{RECORD}/customer/eid:crm-77"
    made = account.http.put(url, json={"entityId": "Ada", "email": "ada@example.test"})
    assert made.status_code == 204
    again = account.http.put(url, json={"entityId": "Ada L."})
    assert again.headers["location"] == made.headers["location"]
    assert account.get("customer/eid:crm-77").json()["entityId"] == "Ada L."
    assert account.get("customer/eid:crm-77").json()["email"] == "ada@example.test"


def test_an_external_id_is_taken_once(account: Account) -> None:
    body = {"externalId": "crm-78", "entityId": "Bob"}
    made = account.http.post(f"{RECORD}/customer", json=body)
    assert made.status_code == 204
    assert made.headers["location"].startswith(account.sandbox.url("netsuite") + RECORD + "/customer/")
    status, code, sentence = error(account.http.post(f"{RECORD}/customer", json=body))
    assert (status, code) == (400, "USER_ERROR")
    assert "already exists" in sentence


def test_unknown_fields_are_refused_only_when_asked_to(account: Account) -> None:
    body = {"entityId": "Cy", "colour": "blue"}
    assert account.http.post(f"{RECORD}/customer", json=body).status_code == 204
    lower = {name: value.lower() for name, value in STRICT.items()}
    assert account.http.post(f"{RECORD}/customer", json=body, headers=lower).status_code == 400
    refused = account.http.post(f"{RECORD}/customer", json=body, headers=STRICT)
    assert error(refused)[:2] == (400, "INVALID_CONTENT")
    assert refused.json()["o:errorDetails"][0]["o:errorPath"] == "colour"


def test_a_collection_is_paged_and_filtered(account: Account) -> None:
    page = account.get("invoice", limit="1").json()
    assert page["count"] == 1
    assert account.get("invoice", q=f'externalId IS "invoice-{FIRST}"').json()["totalResults"] == 1
    assert error(account.get("invoice", limit="5000"))[1] == "INVALID_PARAMETER"


def test_posted_invoices_are_neither_deleted_nor_changed(account: Account) -> None:
    assert account.http.delete(f"{RECORD}/invoice/eid:invoice-{FIRST}").status_code == 400
    assert account.http.patch(f"{RECORD}/invoice/eid:invoice-{FIRST}", json={"memo": "x"}).status_code == 400


def test_the_account_tells_its_concurrency_limit(account: Account) -> None:
    limits = account.http.get("/services/rest/system/v1/governanceLimits").json()
    assert limits["accountConcurrencyLimit"] == 15


def test_more_requests_at_once_than_the_limit_are_turned_away(account: Account) -> None:
    account.sandbox.control.post("/netsuite/pace", json={"latency_ms": 150, "limit": 2})
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: account.get("inventoryStatus/1"), range(8)))
    finally:
        account.sandbox.control.post("/netsuite/pace", json={})
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert error(refused[0])[:2] == (429, "CONCURRENCY_LIMIT_EXCEEDED")
    assert any(answer.status_code == 200 for answer in answers)
