"""The pretended Dynamics environment, exercised with the real msal and a plain client of the Web API."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests

from sandbox.dynamics.schema import SYSTEM
from sandbox.dynamics.tables import TABLES
from tests.sandbox.crm import identity, requests_session, web_api
from tests.stack.orders import order
from tests.stack.sandbox import ROOT, Sandbox

SCHEMAS = ROOT.parent / "shared" / "vendor" / "dynamics"
REPRESENTATION = {"Prefer": "return=representation"}


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[requests.Session]:
    sandbox.heal()
    with requests_session(sandbox) as session:
        yield session


@pytest.fixture
def api(sandbox: Sandbox, http: requests.Session) -> Iterator[httpx.Client]:
    with web_api(sandbox, http) as client:
        yield client


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def ours(name: str) -> bool:
    return name.startswith(("bh_", "new_"))


@pytest.mark.skipif(not SCHEMAS.exists(), reason="the public schemas are not beside this checkout")
def test_columns_and_options_are_the_platforms() -> None:
    rma = json.loads((SCHEMAS / "dynamics_rma_schema.json").read_text())
    cdm = json.loads((SCHEMAS / "dataverse_cdm_schema.json").read_text())["entities"]
    everywhere = {column.name for column in SYSTEM} | {"exchangerate"}
    for table in TABLES:
        public = rma[table.name]["attributes"] if table.name in rma else cdm.get(table.name)
        if public is None:
            continue
        unknown = {column.name for column in table.columns if not ours(column.name)} - set(public) - everywhere
        # The common data model writes polymorphic lookups in parts.
        assert unknown <= {"customerid", "parentcustomerid"}, f"{table.name}: {unknown}"
        for column in table.columns:
            options = public.get(column.name, {}).get("options") if column.options else None
            if options:
                values = {int(key) for key in options} if isinstance(options, dict) else {o["value"] for o in options}
                assert set(column.options) == values, f"{table.name}.{column.name}"


@pytest.mark.skipif(not SCHEMAS.exists(), reason="the public schemas are not beside this checkout")
def test_states_and_their_reasons_are_the_platforms() -> None:
    cdm = json.loads((SCHEMAS / "dataverse_cdm_schema.json").read_text())["entities"]
    for table in TABLES:
        options = cdm.get(table.name, {}).get("statuscode", {}).get("options") or []
        if any("state" in option for option in options):
            public = {(option["state"], option["value"]) for option in options}
            assert {(state, reason) for state, reasons in table.states.items() for reason in reasons} == public


def test_msal_gets_a_token_and_serves_the_next_from_its_cache(sandbox: Sandbox, http: requests.Session) -> None:
    app, scope = identity(sandbox, http), [f"{sandbox.url('dynamics')}/.default"]

    assert app.acquire_token_for_client(scope)["token_source"] == "identity_provider"
    assert app.acquire_token_for_client(scope)["token_source"] == "cache"


def test_a_wrong_secret_scope_and_tenant_are_refused(sandbox: Sandbox, http: requests.Session) -> None:
    scope = [f"{sandbox.url('dynamics')}/.default"]

    assert identity(sandbox, http, secret="guess").acquire_token_for_client(scope)["error_codes"] == [7000215]
    assert identity(sandbox, http).acquire_token_for_client(["https://else/.default"])["error_codes"] == [500011]
    discovery = http.get(f"{sandbox.url('dynamics')}/elsewhere/v2.0/.well-known/openid-configuration")
    assert (discovery.status_code, discovery.json()["error"]) == (400, "invalid_tenant")


def test_the_token_endpoint_takes_basic_credentials_too(sandbox: Sandbox, http: requests.Session) -> None:
    known = sandbox.credentials["dynamics"]
    answer = http.post(
        f"{sandbox.url('dynamics')}/{known['tenant']}/oauth2/v2.0/token",
        {"grant_type": "client_credentials", "scope": f"{sandbox.url('dynamics')}/.default"},
        auth=(known["client_id"], known["client_secret"]),
    )
    assert answer.json()["token_type"] == "Bearer"


def test_without_a_valid_token_the_answer_is_401_and_an_empty_body(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.control.post("/dynamics/revoke").raise_for_status()
    refused = api.get("WhoAmI")
    assert (refused.status_code, refused.text) == (401, "")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")


def test_a_seeded_order_is_read_with_select_filter_and_annotations(api: httpx.Client, sandbox: Sandbox) -> None:
    ids = sandbox.seed(order(640001))["dynamics"]

    found = api.get(
        "salesorders",
        params={
            "$select": "name,totalamount,_customerid_value",
            "$filter": "bh_orderref eq '640001' and (statecode eq 3 or contains(name,'nothing')) and totalamount gt 40",
            "$count": "true",
        },
        headers={"Prefer": 'odata.include-annotations="*"'},
    ).json()

    row = found["value"][0]
    assert (found["@odata.count"], row["totalamount"], row["_customerid_value"]) == (1, 41.49, ids["account"])
    assert row["_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"
    assert set(row) >= {"@odata.etag", "salesorderid"}
    assert "statecode" not in row


def test_rows_are_sorted_cut_and_paged(api: httpx.Client) -> None:
    for at in range(5):
        api.patch(f"accounts(bh_customerref='page-{at}')", json={"name": f"Page {at}"}).raise_for_status()
    query = {"$select": "name", "$filter": "startswith(name,'Page ')", "$orderby": "name desc"}

    assert [row["name"] for row in api.get("accounts", params={**query, "$top": "2"}).json()["value"]] == [
        "Page 4",
        "Page 3",
    ]
    page = api.get("accounts", params=query, headers={"Prefer": "odata.maxpagesize=3"}).json()
    rest = api.get(page["@odata.nextLink"], headers={"Prefer": "odata.maxpagesize=3"}).json()
    assert [row["name"] for row in page["value"] + rest["value"]] == [f"Page {at}" for at in (4, 3, 2, 1, 0)]
    assert "@odata.nextLink" not in rest


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"$filter": "nope eq 1"}, (400, "0x80060888")),
        ({"$filter": "name eq"}, (400, "0x8006088a")),
        ({"$select": "nope"}, (400, "0x80060888")),
        ({"$expand": "contacts"}, (400, "0x80060888")),
    ],
)
def test_a_wrong_query_is_refused(api: httpx.Client, query: dict[str, str], expected: tuple[int, str]) -> None:
    assert error(api.get("accounts", params=query)) == expected


def test_a_row_is_created_read_changed_and_deleted(api: httpx.Client) -> None:
    made = api.post("accounts", json={"name": "Crud"})
    place = made.headers["OData-EntityId"]

    assert made.status_code == 204
    assert api.patch(place, json={"name": "Changed"}).status_code == 204
    read = api.get(place)
    assert (read.json()["name"], read.headers["ETag"]) == ("Changed", read.json()["@odata.etag"])
    assert api.get(place, headers={"If-None-Match": read.headers["ETag"]}).status_code == 304
    assert api.delete(place).status_code == 204
    assert error(api.get(place)) == (404, "0x80040217")
    assert api.post("accounts", json={"name": "Shown"}, headers=REPRESENTATION).status_code == 201


def test_an_upsert_by_key_echoes_the_key_and_obeys_its_conditions(api: httpx.Client) -> None:
    place = "new_returns(bh_returnref='R-640002')"
    assert error(api.patch(place, json={}, headers={"If-Match": "*"})) == (404, "0x80060891")
    made = api.patch(place, json={"new_name": "R-640002"}, headers={"If-None-Match": "*"})

    assert made.status_code == 204
    assert made.headers["OData-EntityId"].endswith("new_returns(bh_returnref='R-640002')")
    assert error(api.patch(place, json={}, headers={"If-None-Match": "*"})) == (412, "0x80040237")
    again = api.patch(place, json={"bh_version": 2}, headers=REPRESENTATION)
    assert (again.status_code, again.json()["bh_returnref"]) == (200, "R-640002")
    stale = again.headers["ETag"]
    assert api.patch(place, json={"bh_version": 3}, headers={"If-Match": stale}).status_code == 204
    assert error(api.patch(place, json={"bh_version": 4}, headers={"If-Match": stale})) == (412, "0x80060882")


def test_two_rows_cannot_share_an_alternate_key(api: httpx.Client) -> None:
    api.post("accounts", json={"name": "One", "bh_customerref": "640003"}).raise_for_status()
    assert error(api.post("accounts", json={"name": "Two", "bh_customerref": "640003"})) == (412, "0x80060892")


def test_a_key_with_letters_the_platform_cannot_route_is_refused(api: httpx.Client) -> None:
    assert api.patch("new_returns(bh_returnref='R%3A1')", json={"new_name": "x"}).status_code == 400


def rma(sandbox: Sandbox, at: int) -> dict[str, Any]:
    """The least an RMA needs."""
    ids = sandbox.seed(order(at))["dynamics"]
    books = sandbox.books("dynamics")
    euro = next(row for row in books["transactioncurrencies"] if row["isocurrencycode"] == "EUR")[
        "transactioncurrencyid"
    ]
    prices = next(row for row in books["pricelevels"] if row["_transactioncurrencyid_value"] == euro)["pricelevelid"]
    return {
        "msdyn_name": f"R-{at}",
        "msdyn_serviceaccount@odata.bind": f"/accounts({ids['account']})",
        "msdyn_pricelist@odata.bind": f"/pricelevels({prices})",
        "transactioncurrencyid@odata.bind": f"/transactioncurrencies({euro})",
    }


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"msdyn_systemstatus": 5}, (400, "0x80044330")),
        ({"msdyn_referenceno": "x" * 101}, (400, "0x80044331")),
        ({"nope": 1}, (400, "0x80060888")),
        ({"msdyn_totalamount": "12.30"}, (400, "0x80060888")),
        ({"msdyn_ServiceAccount@odata.bind": "/accounts(bh_customerref='6400040')"}, (400, "0x80060888")),
        ({"bh_Order@odata.bind": "/salesorders(bh_orderref='none')"}, (404, "0x80060891")),
        ({"statecode": 1, "statuscode": 1}, (400, "0x80048408")),
        ({"msdyn_name": None}, (400, "0x80040203")),
    ],
)
def test_an_unacceptable_column_is_refused_in_the_platforms_words(
    api: httpx.Client, sandbox: Sandbox, wrong: dict[str, Any], expected: tuple[int, str]
) -> None:
    body = rma(sandbox, 640004) | wrong
    assert error(api.patch("msdyn_rmas(bh_returnref='R-640004')", json=body)) == expected


def test_money_gets_its_base_amount_from_the_server(api: httpx.Client, sandbox: Sandbox) -> None:
    body = rma(sandbox, 640005) | {"msdyn_totalamount": 12.34, "msdyn_totalamount_base": 99}
    made = api.post("msdyn_rmas", json=body, headers=REPRESENTATION).json()
    assert (made["msdyn_totalamount"], made["msdyn_totalamount_base"], made["exchangerate"]) == (12.34, 12.34, 1.0)


def test_a_case_is_resolved_by_its_own_message_only(api: httpx.Client, sandbox: Sandbox) -> None:
    account = sandbox.seed(order(640006))["dynamics"]["account"]
    body = {"title": "Return", "customerid_account@odata.bind": f"/accounts({account})"}
    place = "incidents(bh_returnref='R-640006')"
    api.patch(place, json=body).raise_for_status()

    assert error(api.patch(place, json={"statecode": 1, "statuscode": 5})) == (400, "0x80040203")
    resolution = {"subject": "done", "incidentid@odata.bind": f"/{place}"}
    assert api.post("CloseIncident", json={"IncidentResolution": resolution, "Status": 5}).status_code == 204
    assert (api.get(place).json()["statecode"], api.get(place).json()["statuscode"]) == (1, 5)


def test_upsert_multiple_is_all_or_nothing(api: httpx.Client) -> None:
    def send(*targets: dict[str, Any]) -> httpx.Response:
        kind = {"@odata.type": "Microsoft.Dynamics.CRM.new_return"}
        return api.post(
            "new_returns/Microsoft.Dynamics.CRM.UpsertMultiple", json={"Targets": [kind | target for target in targets]}
        )

    def keys() -> set[str]:
        rows = api.get("new_returns", params={"$filter": "startswith(bh_returnref,'R-64007')"}).json()["value"]
        return {row["bh_returnref"] for row in rows}

    one = {"@odata.id": "new_returns(bh_returnref='R-64007-1')", "new_name": "one"}
    bad = {"@odata.id": "new_returns(bh_returnref='R-64007-2')", "new_name": "two", "bh_version": "x"}
    repeated = {"@odata.id": "new_returns(bh_returnref='R-64007-3')", "bh_returnref": "R-64007-3", "new_name": "three"}
    assert send(one, bad).status_code == 400
    assert keys() == set()
    assert send(one, {**bad, "bh_version": 2}).status_code == 204
    assert keys() == {"R-64007-1", "R-64007-2"}
    assert send(repeated).status_code == 400


def batch(api: httpx.Client, *parts: str, **headers: str) -> str:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    sent = {"Content-Type": "multipart/mixed; boundary=b", **headers}
    answer = api.post("$batch", content=body.encode(), headers=sent)
    assert answer.status_code == 200, answer.text
    return answer.text


def part(line: str, body: str = "", content_id: str = "") -> str:
    named = f"Content-ID: {content_id}\r\n" if content_id else ""
    head = f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{named}"
    return f"{head}\r\n{line} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{body}"


def change_set(*parts: str) -> str:
    inner = "".join(f"--c\r\n{each}\r\n" for each in parts)
    return f"Content-Type: multipart/mixed; boundary=c\r\n\r\n{inner}--c--"


def test_a_change_set_is_atomic_and_its_parts_refer_to_each_other(api: httpx.Client, sandbox: Sandbox) -> None:
    account = part("PATCH accounts(bh_customerref='640008')", '{"name":"Müller"}', "1")
    absolute = f"PATCH {sandbox.url('dynamics')}/api/data/v9.2/contacts(bh_customerref='640008')"
    contact = part(absolute, '{"lastname":"Müller","parentcustomerid_account@odata.bind":"$1"}', "2")
    broken = part("PATCH contacts(bh_customerref='640009')", '{"nope":1}', "2")

    undone = batch(api, change_set(account, broken))
    assert "400" in undone
    assert api.get("accounts", params={"$filter": "bh_customerref eq '640008'"}).json()["value"] == []

    done = batch(api, change_set(account, contact), part("GET /api/data/v9.2/accounts?$select=name&$top=1"))
    assert done.count("HTTP/1.1 204") == 2
    assert done.count("HTTP/1.1 200") == 1
    found = api.get("contacts(bh_customerref='640008')").json()
    assert (found["fullname"], found["_parentcustomerid_value"] is not None) == ("Müller", True)


def test_a_batch_stops_at_the_first_failure_unless_told_to_go_on(api: httpx.Client) -> None:
    parts = (part("GET nothing"), part("GET accounts?$top=1"))

    assert "HTTP/1.1 200" not in batch(api, *parts)
    assert "HTTP/1.1 200" in batch(api, *parts, Prefer="odata.continue-on-error")


def test_the_service_protection_limit_answers_429_with_the_seconds_to_wait(api: httpx.Client, sandbox: Sandbox) -> None:
    remaining = int(api.get("WhoAmI").headers["x-ms-ratelimit-burst-remaining-xrm-requests"])
    sandbox.control.post("/dynamics/environment", json={"requests_per_window": 6000 - remaining}).raise_for_status()
    try:
        refused = api.get("WhoAmI")
    finally:
        sandbox.control.post("/dynamics/environment", json={"requests_per_window": 6000}).raise_for_status()
    assert error(refused) == (429, "0x80072322")
    assert int(refused.headers["Retry-After"]) >= 1


def test_tables_tell_their_keys_and_vanish_without_their_licence(api: httpx.Client, sandbox: Sandbox) -> None:
    (key,) = api.get("EntityDefinitions(LogicalName='msdyn_rma')/Keys").json()["value"]
    assert (key["SchemaName"], key["KeyAttributes"]) == ("bh_returnref_key", ["bh_returnref"])
    assert key["EntityKeyIndexStatus"] == "Active"
    sandbox.control.post("/dynamics/environment", json={"field_service": False}).raise_for_status()
    try:
        assert api.get("EntityDefinitions(LogicalName='msdyn_rma')").status_code == 404
        assert api.get("msdyn_rmas").status_code == 404
    finally:
        sandbox.control.post("/dynamics/environment", json={"field_service": True}).raise_for_status()
