"""The record service: reading, upserting, changing and deleting as SuiteTalk REST does."""

from collections.abc import Iterator

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


def test_a_paid_invoice_keeps_its_amounts_and_is_not_deleted(account: Account) -> None:
    url = f"{RECORD}/invoice/eid:invoice-{FIRST}"
    assert error(account.http.delete(url))[:2] == (400, "USER_ERROR")
    assert error(account.http.patch(url, json={"shippingCost": 1}))[:2] == (400, "USER_ERROR")
    assert account.http.patch(url, json={"memo": "seen"}).status_code == 204
    assert account.get(f"invoice/eid:invoice-{FIRST}").json()["memo"] == "seen"


def test_references_link_to_their_records_and_choices_do_not(account: Account) -> None:
    whole = account.whole(f"invoice/eid:invoice-{FIRST}")
    links = {name: whole[name]["links"][0]["href"] for name in ("entity", "currency", "postingPeriod", "createdFrom")}
    for name, kind in (("entity", "customer"), ("currency", "currency"), ("createdFrom", "salesOrder")):
        assert links[name] == f"{account.sandbox.url('netsuite')}{RECORD}/{kind}/{whole[name]['id']}"
    assert set(whole["status"]) == {"id", "refName"}
    posted = whole["item"]["items"][0]
    assert "/inventoryItem/" in posted["item"]["links"][0]["href"]
    assert posted["itemType"] == {"id": "InvtPart", "refName": "InvtPart"}
    plain = account.get(f"invoice/{whole['id']}", simpleEnumFormat="true").json()
    assert plain["status"] == "B"


def test_subresources_have_addresses_of_their_own(account: Account) -> None:
    number = account.get(f"invoice/eid:invoice-{FIRST}").json()["id"]
    page = account.get(f"invoice/{number}/item").json()
    assert page["items"][0]["links"][0]["href"].endswith(f"/invoice/{number}/item/1")
    assert account.get(f"invoice/{number}/item/1").json()["quantity"] == 2
    assert account.get(f"invoice/{number}/entity").json()["lastName"] == "Vogel"
    named = account.get(f"invoice/{number}", expand="item").json()
    assert ("items" in named["item"], "items" in named["taxDetails"]) == (True, False)
    for path in ("item/9", "nothing", "memo", "item/1/inventoryDetail"):
        assert error(account.get(f"invoice/{number}/{path}"))[:2] == (404, "NONEXISTENT_ID")


def test_a_record_not_found_names_the_address(account: Account) -> None:
    detail = account.get("customer/999999").json()["o:errorDetails"][0]
    assert detail["o:errorUrl"] == f"{RECORD}/customer/999999"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('externalId START_WITH "flt-"', 3),
        ('externalid start_with "flt-" AND companyName CONTAIN beta', 1),
        ('externalId START_WITH "flt-" AND companyName CONTAIN_NOT beta', 2),
        ('companyName IS "flt alpha" OR companyName IS "flt beta"', 2),
        ('(companyName IS "flt alpha" OR companyName IS "flt beta") AND email END_WITH ".test"', 1),
        ('externalId START_WITH "flt-" AND email EMPTY', 2),
        ('externalId START_WITH "flt-" AND email EMPTY_NOT', 1),
        ('externalId ANY_OF ["flt-1", "flt-3", "none"]', 2),
        ('externalId START_WITH "flt-" AND isPerson IS true', 1),
        ('externalId START_WITH "flt-" AND id BETWEEN_NOT [1, 2]', 3),
        ('externalId START_WITH "flt-" AND createdDate ON_OR_AFTER "1/1/2020"', 3),
        ('externalId START_WITH "flt-" AND createdDate BEFORE 2020-01-01', 0),
    ],
)
def test_a_collection_is_filtered_by_conditions(account: Account, condition: str, found: int) -> None:
    people: tuple[dict[str, object], ...] = (
        {"companyName": "flt alpha", "email": "a@example.test"}, {"companyName": "flt beta"},
        {"companyName": "flt gamma", "isPerson": True},
    )  # fmt: skip
    for number, person in enumerate(people, start=1):
        account.http.put(f"{RECORD}/customer/eid:flt-{number}", json=person).raise_for_status()
    assert account.get("customer", q=condition).json()["totalResults"] == found


@pytest.mark.parametrize(
    "condition",
    [
        "colour IS blue", "email", "email IS", "email GREATER 3", "id EQUAL abc", "(email IS a", "email IS a b",
        "id BETWEEN [1]", "email IS [a, b", "isPerson IS perhaps",
    ],
)  # fmt: skip
def test_a_bad_filter_is_refused(account: Account, condition: str) -> None:
    answer = account.get("customer", q=condition)
    assert error(answer)[:2] == (400, "INVALID_PARAMETER")
    assert answer.json()["o:errorDetails"][0]["o:errorQueryParam"] == "q"


def test_pages_link_to_their_neighbours_and_keep_the_filter(account: Account) -> None:
    for number in range(3):
        account.http.put(f"{RECORD}/customer/eid:pg-{number}", json={"companyName": "pg"}).raise_for_status()
    first = account.get("customer", q="companyName IS pg", limit="1").json()
    links = {entry["rel"]: entry["href"] for entry in first["links"]}
    assert set(links) == {"next", "last", "self"}
    seen = []
    while "next" in links:
        page = account.http.get(links["next"]).json()
        seen += [entry["id"] for entry in page["items"]]
        links = {entry["rel"]: entry["href"] for entry in page["links"]}
    assert len({first["items"][0]["id"], *seen}) == 3
    assert set(links) == {"prev", "first", "self"}
    assert error(account.get("customer", limit="2", offset="1"))[1] == "INVALID_PARAMETER"


def test_null_clears_a_field_and_replace_can_narrow_that(account: Account) -> None:
    url = f"{RECORD}/customer/eid:nul-1"
    account.http.put(url, json={"companyName": "Nul", "email": "n@example.test", "phone": "1"}).raise_for_status()
    only = {"replaceSelectedFields": "true", "replace": "email"}
    account.http.patch(url, json={"email": None, "phone": None}, params=only).raise_for_status()
    record = account.get("customer/eid:nul-1").json()
    assert ("email" in record, record["phone"]) == (False, "1")
    account.http.patch(url, json={"phone": None}).raise_for_status()
    assert "phone" not in account.get("customer/eid:nul-1").json()
    assert error(account.http.patch(url, json={"entityId": None}))[1] == "USER_ERROR"
