"""The manners of the record service: forms, validation, refusals, the metadata catalog, the limit, RESTlets."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from sandbox import credentials
from sandbox.books import Books
from sandbox.netsuite.desk import Desk
from sandbox.netsuite.door import Door
from sandbox.netsuite.login import Login
from sandbox.netsuite.operations import complaint
from sandbox.world import World
from tests.stack.netsuite import CREATE_FORM, RECORD, Account, error
from tests.stack.orders import line, order
from tests.stack.sandbox import Sandbox

FIRST = 22_500
STRICT = {"X-NetSuite-PropertyNameValidation": "Error"}


@pytest.fixture(scope="module")
def account(sandbox: Sandbox) -> Iterator[Account]:
    sandbox.seed(order(FIRST, line(FIRST * 10 + 1, "PRO-1", 2, "5.00", warranty_until="2028-01-31")))
    account = Account(sandbox)
    account.login()
    yield account
    account.http.close()


def test_forms_are_computed_and_not_saved(account: Account) -> None:
    before = account.get("customer").json()["totalResults"]
    form = account.http.post(
        f"{RECORD}/customer", json={"firstName": "Fo", "lastName": "Rm"}, headers={"Accept": CREATE_FORM}
    )
    assert (
        form.headers["content-type"]
        .replace(" ", "")
        .startswith("application/vnd.oracle.resource+json;type=create-form")
    )
    assert (form.json()["entityId"], "id" in form.json()) == ("Fo Rm", False)
    assert [entry["rel"] for entry in form.json()["links"]] == ["self", "create"]
    assert account.get("customer").json()["totalResults"] == before
    url = f"{RECORD}/invoice/eid:invoice-{FIRST}"
    edit = account.http.patch(
        url, json={"memo": "form only"}, headers={"Accept": CREATE_FORM.replace("create", "edit")}
    )
    assert edit.json()["memo"] == "form only"
    assert [entry["rel"] for entry in edit.json()["links"]] == ["self", "edit", "create", "create-form"]
    assert account.get(f"invoice/eid:invoice-{FIRST}").json().get("memo") != "form only"
    options = {"Accept": CREATE_FORM.replace("create-form", "select-options")}
    assert error(account.http.post(f"{RECORD}/customer", json={}, headers=options))[:2] == (400, "INVALID_HEADER")


def test_values_of_the_wrong_kind_are_refused_or_left_out_as_asked(account: Account) -> None:
    body = {"companyName": "Kinds", "isPerson": "yes"}
    refused = account.http.post(f"{RECORD}/customer", json=body)
    assert error(refused)[:2] == (400, "INVALID_CONTENT")
    assert refused.json()["o:errorDetails"][0]["o:errorPath"] == "isPerson"
    lax = {"X-NetSuite-PropertyValueValidation": "warning"}
    made = account.http.post(f"{RECORD}/customer", json=body, headers=lax)
    assert (made.status_code, "isPerson" in made.headers["warning"]) == (204, True)
    silent = account.http.post(f"{RECORD}/customer", json=body, headers=dict.fromkeys(lax, "Ignore"))
    assert (silent.status_code, "warning" in silent.headers) == (204, False)
    odd = {"X-NetSuite-PropertyNameValidation": "strict"}
    answer = account.http.post(f"{RECORD}/customer", json=body, headers=odd)
    assert answer.json()["o:errorDetails"][0]["o:errorHeader"] == "X-NetSuite-PropertyNameValidation"


def test_names_may_be_written_in_lower_case(account: Account) -> None:
    made = account.http.post(f"{RECORD}/CUSTOMER", json={"companyname": "Low"}, headers=STRICT)
    assert account.http.get(made.headers["location"]).json()["companyName"] == "Low"


def test_a_request_that_makes_no_sense_is_told_so(account: Account) -> None:
    json_type = {"Content-Type": "application/json"}
    assert error(account.http.post(f"{RECORD}/customer", content=b"{", headers=json_type))[:2] == (
        400,
        "INVALID_CONTENT",
    )
    assert error(account.http.post(f"{RECORD}/customer", content=b"[]", headers=json_type))[:2] == (
        400,
        "INVALID_CONTENT",
    )
    xml = {"Content-Type": "text/xml"}
    assert error(account.http.post(f"{RECORD}/customer", content=b"<a/>", headers=xml))[:2] == (
        415, "UNSUPPORTED_MEDIA_TYPE",
    )  # fmt: skip
    bare = account.http.request("PATCH", f"{RECORD}/customer", json={})
    assert error(bare)[:2] == (405, "METHOD_NOT_ALLOWED")
    assert "POST" in bare.headers["allow"]
    assert error(account.http.get("/services/rest/query/v1/suiteql"))[0] == 405
    assert error(account.http.get("/services/rest/query/v1/dataset/x/result"))[:2] == (404, "INVALID_REQUEST")
    assert error(account.http.put(f"{RECORD}/customer/7", json={}))[:2] == (400, "INVALID_REQUEST")
    assert error(account.get("customer", ids="1,2", expandRecords="true"))[1] == "INVALID_PARAMETER"


def test_a_master_record_goes_only_when_nothing_points_at_it(account: Account) -> None:
    made = account.http.post(f"{RECORD}/inventoryItem", json={"itemId": "GONE-1"}).headers["location"]
    assert account.http.delete(made).status_code == 204
    assert account.http.get(made).status_code == 404
    buyer = account.get(f"invoice/eid:invoice-{FIRST}").json()["entity"]["id"]
    assert error(account.http.delete(f"{RECORD}/customer/{buyer}"))[1] == "USER_ERROR"
    assert error(account.http.post(f"{RECORD}/customer", json={"email": "no@name.test"}))[1] == "USER_ERROR"
    assert error(account.http.post(f"{RECORD}/currency", json={"name": "Taler"}))[1] == "INVALID_CONTENT"


def test_the_catalog_lists_types_and_describes_them(account: Account) -> None:
    catalog = account.get("metadata-catalog").json()
    assert {"invoice", "returnAuthorization", "cashRefund"} <= {entry["name"] for entry in catalog["items"]}
    media = [link.get("mediaType") for link in catalog["items"][0]["links"]]
    assert media == ["application/json", "application/swagger+json", "application/schema+json", None]
    picked = account.get("metadata-catalog", select="customer,creditmemo").json()["items"]
    assert [entry["name"] for entry in picked] == ["customer", "creditMemo"]
    assert error(account.get("metadata-catalog", select="customer, nothing"))[:2] == (400, "INVALID_REQUEST")
    assert error(account.get("metadata-catalog/customer, invoice"))[:2] == (400, "INVALID_REQUEST")


def test_the_schema_of_a_type_holds_for_its_records(account: Account) -> None:
    answer = account.http.get(f"{RECORD}/metadata-catalog/invoice", headers={"Accept": "application/schema+json"})
    assert answer.headers["content-type"].startswith("application/schema+json")
    schema = answer.json()
    assert schema["$schema"].startswith("https://json-schema.org/draft-06")
    line_schema = schema["definitions"]["invoice-itemElement"]["properties"]
    whole = account.whole(f"invoice/eid:invoice-{FIRST}")
    assert set(whole) <= set(schema["properties"])
    assert set(whole["item"]["items"][0]) <= set(line_schema)
    numbers = {name for name, each in schema["properties"].items() if each.get("type") == "number"}
    assert all(isinstance(whole[name], float) for name in numbers & whole.keys())


def test_the_openapi_description_is_sound(account: Account) -> None:
    answer = account.http.get(f"{RECORD}/metadata-catalog", headers={"Accept": "application/swagger+json"})
    whole = answer.json()
    schemas = whole["components"]["schemas"]
    refs = re.findall(r'"#/components/schemas/([^"]+)"', answer.text)
    assert refs
    assert set(refs) <= set(schemas)
    assert set(whole["paths"]["/creditMemo/{id}/!transform/customerRefund"]) == {"post"}
    assert "post" not in whole["paths"]["/currency"], "read-only for this role"


def test_the_account_tells_its_concurrency_limit(account: Account) -> None:
    limits = account.http.get("/services/rest/system/v1/governanceLimits").json()
    assert (limits["accountConcurrencyLimit"], limits["integrationLimitType"]) == (15, "accountLimit")


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


def test_a_restlet_tells_the_same_limit_in_another_way(account: Account) -> None:
    account.sandbox.control.post("/netsuite/pace", json={"latency_ms": 150, "limit": 1})
    path = "/app/site/hosting/restlet.nl?script=1&deploy=1&recordtype=location&id=1"
    try:
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: account.http.get(path), range(4)))
    finally:
        account.sandbox.control.post("/netsuite/pace", json={})
    refused = [answer for answer in answers if answer.status_code == 400]
    assert refused
    assert refused[0].json()["error"]["code"] == "SSS_REQUEST_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("script=9&deploy=1", "SSS_INVALID_SCRIPTLET_ID"),
        ("script=1&deploy=9", "SSS_INVALID_DEPLOYMENT_ID"),
        ("script=1&deploy=1&recordtype=location&id=77", "RCRD_DSNT_EXIST"),
        ("script=1&deploy=1&recordtype=nothing&id=1", "INVALID_RCRD_TYPE"),
    ],
)
def test_a_restlet_refuses_with_codes_of_its_own(account: Account, query: str, code: str) -> None:
    answer = account.http.get(f"/app/site/hosting/restlet.nl?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_what_breaks_in_the_account_itself_is_told_as_the_vendor_tells_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    class Open(Login):
        async def check(self, request: Request) -> None:
            return None

    desk = Desk(World(Books(":memory:"), credentials.load(tmp_path)))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(Door(desk, Open(desk), broken))) as client:
            return await client.get("https://account.test/services/rest/record/v1/customer")

    answer = asyncio.run(ask())
    assert error(answer)[:2] == (500, "UNEXPECTED_ERROR")
    assert "Error ID:" in error(answer)[2]
    assert "ZeroDivisionError" in capsys.readouterr().err, "whoever runs the sandbox can read why"


@pytest.mark.parametrize(
    ("operation", "known"),
    [
        ("GET invoice", True), ("POST RESTLET", True), ("JOB", True), ("TRANSFORM invoice->creditMemo", True),
        ("GET invoices", False), ("TRANSFORM invoice->itemReceipt", False), ("suiteql", False),
    ],
)  # fmt: skip
def test_a_fault_plan_names_an_operation_there_is(operation: str, known: bool) -> None:
    assert (complaint(operation) is None) is known
