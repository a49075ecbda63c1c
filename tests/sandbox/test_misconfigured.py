"""Vendors that are not set up as they should be: what the control server takes away is gone, and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import requests
from simple_salesforce.exceptions import SalesforceError

from tests.sandbox.crm import requests_session, salesforce, web_api
from tests.stack.netsuite import Account, error
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox
from tests.stack.shopify import Shop

LINES = "query($id: ID!) { order(id: $id) { fulfillments { fulfillmentLineItems(first: 1) { nodes { id } } } } }"
NETSUITE: dict[str, Any] = {"levels": {}, "hidden_fields": []}
SALESFORCE: dict[str, Any] = {"tailoring": {}, "record_types": {}}
WEB = "012000000000001AAA"
RECORD_TYPES = {"record_types": {"Case": {WEB: {"name": "Web", "values": {"Priority": ["High"]}}}}}


@contextmanager
def changed(sandbox: Sandbox, path: str, wish: dict[str, Any], whole: dict[str, Any]) -> Iterator[None]:
    sandbox.control.post(path, json=wish).raise_for_status()
    try:
        yield
    finally:
        sandbox.control.post(path, json=whole).raise_for_status()


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[requests.Session]:
    sandbox.heal()
    with requests_session(sandbox) as session:
        yield session


@pytest.fixture
def account(sandbox: Sandbox) -> Iterator[Account]:
    sandbox.heal()
    one = Account(sandbox)
    one.login()
    yield one
    one.http.close()


@pytest.fixture
def api(sandbox: Sandbox, http: requests.Session) -> Iterator[httpx.Client]:
    with web_api(sandbox, http) as client:
        yield client
    sandbox.control.delete("/dynamics/tailoring").raise_for_status()


class TestNetSuite:
    ROLE = "/netsuite/role"

    @pytest.mark.parametrize(
        ("level", "allowed"),
        [("none", set[str]()), ("view", {"GET"}), ("create", {"GET", "POST"}), ("full", {"GET", "POST", "DELETE"})],
    )
    def test_a_level_allows_what_it_says(
        self, sandbox: Sandbox, account: Account, level: str, allowed: set[str]
    ) -> None:
        path = "/services/rest/record/v1/binTransfer"
        with changed(sandbox, self.ROLE, {"levels": {"binTransfer": level}}, NETSUITE):
            answers = {
                "GET": account.http.get(path),
                "POST": account.http.post(path, json={}),
                "DELETE": account.http.delete(f"{path}/1"),
            }

        assert {method for method, answer in answers.items() if answer.status_code != 403} == allowed
        for answer in answers.values():
            assert answer.status_code != 403 or error(answer)[1] == "INSUFFICIENT_PERMISSION"

    def test_a_transform_needs_the_source_seen_and_the_target_made(self, sandbox: Sandbox, account: Account) -> None:
        with changed(sandbox, self.ROLE, {"levels": {"creditMemo": "view"}}, NETSUITE):
            refused = account.transform("returnAuthorization/1", "creditMemo", {})
            allowed = account.transform("creditMemo/1", "customerRefund", {})

        assert error(refused)[:2] == (403, "INSUFFICIENT_PERMISSION")
        assert allowed.status_code == 404

    def test_a_hidden_field_is_in_no_record_body_or_query(self, sandbox: Sandbox, account: Account) -> None:
        name = "custbody_storefront_order"
        number = sandbox.seed(order(6_295_001))["netsuite"]["invoice"]
        assert account.whole(f"invoice/{number}")[name] == "6295001"
        with changed(sandbox, self.ROLE, {"hidden_fields": [name, "custcol_storefront_line"]}, NETSUITE):
            shown = account.whole(f"invoice/{number}")
            body = {name: "x", "memo": "y"}
            refused = account.transform(f"invoice/{number}", "returnAuthorization", body)
            asked = account.http.post(
                "/services/rest/query/v1/suiteql",
                json={"q": f"SELECT id FROM transaction WHERE {name} = '6295001'"},
                headers={"Prefer": "transient"},
            )

        assert name not in shown
        assert all("custcol_storefront_line" not in line for line in shown["item"]["items"])
        assert error(refused)[:2] == (400, "INVALID_CONTENT")
        assert name in error(asked)[2]

    @pytest.mark.parametrize("wish", [{"levels": {"creditMemo": "much"}}, {"levels": {"x": "view"}}, {"other": 1}])
    def test_a_wish_that_cannot_be_is_refused(self, sandbox: Sandbox, wish: dict[str, Any]) -> None:
        assert sandbox.control.post(self.ROLE, json=wish).status_code == 422


class TestSalesforce:
    ORG = "/salesforce/org"

    @pytest.mark.parametrize(
        ("tailoring", "code"),
        [
            ({"fields": {"AccountNumber": {"remove": True}}}, "INVALID_FIELD"),
            ({"fields": {"AccountNumber": {"length": 3}}}, "STRING_TOO_LONG"),
            ({"fields": {"AccountNumber": {"read_only": True}}}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
            ({"fields": {"Description": {"required": True}}}, "REQUIRED_FIELD_MISSING"),
            ({"createable": False}, "INVALID_TYPE_FOR_OPERATION"),
        ],
    )
    def test_what_is_tailored_is_refused_in_records(
        self, sandbox: Sandbox, http: requests.Session, tailoring: dict[str, Any], code: str
    ) -> None:
        sf = salesforce(sandbox, http)
        with (
            changed(sandbox, self.ORG, {"tailoring": {"Account": tailoring}}, SALESFORCE),
            pytest.raises(SalesforceError) as refused,
        ):
            sf.Account.create({"Name": "Vogel", "AccountNumber": "123456"})

        assert refused.value.content[0]["errorCode"] == code  # type: ignore[index]
        assert sf.Account.create({"Name": "Vogel", "AccountNumber": "123456"})["success"]

    def test_a_key_that_is_none_finds_nothing(self, sandbox: Sandbox, http: requests.Session) -> None:
        sf = salesforce(sandbox, http)
        wish = {"tailoring": {"Account": {"fields": {"Shop_Customer_Ref__c": {"external_id": False}}}}}
        with changed(sandbox, self.ORG, wish, SALESFORCE), pytest.raises(SalesforceError) as refused:
            sf.Account.upsert("Shop_Customer_Ref__c/6295002", {"Name": "Vogel"})

        assert refused.value.status == 404

    def test_a_record_type_is_described_and_limits_its_picklists(
        self, sandbox: Sandbox, http: requests.Session
    ) -> None:
        sf = salesforce(sandbox, http)
        with changed(sandbox, self.ORG, RECORD_TYPES, SALESFORCE):
            told = {each["recordTypeId"]: each["name"] for each in sf.Case.describe()["recordTypeInfos"]}
            lists = sf.restful(f"ui-api/object-info/Case/picklist-values/{WEB}")["picklistFieldValues"]
            made = sf.Case.create({"Subject": "a", "Priority": "High", "RecordTypeId": WEB})
            free = sf.Case.create({"Subject": "a", "Priority": "Medium"})
            with pytest.raises(SalesforceError) as bad:
                sf.Case.create({"Subject": "a", "Priority": "Medium", "RecordTypeId": WEB})
            with pytest.raises(SalesforceError) as unknown:
                sf.Case.create({"Subject": "a", "RecordTypeId": "012000000000009AAA"})

        assert told == {WEB: "Web", "012000000000000AAA": "Master"}
        assert [each["value"] for each in lists["Priority"]["values"]] == ["High"]
        assert {each["value"] for each in lists["Origin"]["values"]} > {"Web"}
        assert made["success"]
        assert free["success"]
        assert bad.value.content[0]["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"  # type: ignore[index]
        assert unknown.value.content[0]["errorCode"] == "INVALID_CROSS_REFERENCE_KEY"  # type: ignore[index]

    @pytest.mark.parametrize(
        "wish", [{"Nothing": {}}, {"Case": {"012": {}}}, {"Case": {WEB: {"values": {"Priority": ["Odd"]}}}}]
    )
    def test_a_record_type_that_cannot_be_is_refused(self, sandbox: Sandbox, wish: dict[str, Any]) -> None:
        assert sandbox.control.post(self.ORG, json={"record_types": wish}).status_code == 400

    @pytest.mark.parametrize("wish", [{"Nothing": {}}, {"Account": {"fields": {"Nope": {}}}}, {"Account": {"size": 1}}])
    def test_a_wish_that_cannot_be_is_refused(self, sandbox: Sandbox, wish: dict[str, Any]) -> None:
        assert sandbox.control.post(self.ORG, json={"tailoring": wish}).status_code == 400


class TestDynamics:
    TAILORING, PRIVILEGES = "/dynamics/tailoring", "/dynamics/privileges"

    def test_a_removed_column_is_unknown_in_rows(self, sandbox: Sandbox, api: httpx.Client) -> None:
        sandbox.control.post(self.TAILORING, json={"table": "account", "column": "accountnumber", "remove": True})
        refused = api.post("accounts", json={"name": "Vogel", "accountnumber": "1"})
        sandbox.control.delete(self.TAILORING).raise_for_status()
        taken = api.post("accounts", json={"name": "Vogel", "accountnumber": "1"})

        assert refused.status_code == 400
        assert "accountnumber" in refused.text
        assert taken.status_code == 204

    def test_a_key_whose_index_is_not_active_addresses_nothing(self, sandbox: Sandbox, api: httpx.Client) -> None:
        sandbox.seed(order(6_295_003))
        wish = {"table": "salesorder", "key": "bh_orderref_key", "status": "Pending"}
        sandbox.control.post(self.TAILORING, json=wish).raise_for_status()
        refused = api.get("salesorders(bh_orderref='6295003')")
        sandbox.control.delete(self.TAILORING).raise_for_status()

        assert refused.status_code == 400
        assert api.get("salesorders(bh_orderref='6295003')").status_code == 200

    @pytest.mark.parametrize(
        ("name", "method", "path", "body"),
        [
            ("prvReadAccount", "GET", "accounts?$top=1", None),
            ("prvCreateAccount", "POST", "accounts", {"name": "Vogel"}),
        ],
    )
    def test_a_privilege_that_is_lacking_is_a_403(
        self, sandbox: Sandbox, api: httpx.Client, name: str, method: str, path: str, body: dict[str, Any] | None
    ) -> None:
        with changed(sandbox, self.PRIVILEGES, {"lacking": [name]}, {"lacking": []}):
            refused = api.request(method, path, json=body)

        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "0x80040220"
        assert name in refused.json()["error"]["message"]

    @pytest.mark.parametrize("function", ["RetrieveUserPrivileges", "RetrieveUserPrivileges()"])
    def test_the_privileges_held_are_those_the_tables_have_but_for_what_is_lacking(
        self, sandbox: Sandbox, api: httpx.Client, function: str
    ) -> None:
        user = api.get("WhoAmI").json()["UserId"]
        [right] = [
            each
            for each in api.get("EntityDefinitions(LogicalName='contact')?$select=Privileges").json()["Privileges"]
            if each["PrivilegeType"] == "Write"
        ]
        with changed(sandbox, self.PRIVILEGES, {"lacking": [right["Name"]]}, {"lacking": []}):
            fewer = api.get(f"systemusers({user})/Microsoft.Dynamics.CRM.{function}").json()["RolePrivileges"]
        held = api.get(f"systemusers({user})/Microsoft.Dynamics.CRM.{function}").json()["RolePrivileges"]

        assert {each["PrivilegeId"] for each in held} - {each["PrivilegeId"] for each in fewer} == {
            right["PrivilegeId"]
        }

    @pytest.mark.parametrize(
        ("path", "wish"),
        [
            ("tailoring", {"table": "nothing", "column": "x", "remove": True}),
            ("tailoring", {"table": "account", "column": "nothing", "remove": True}),
            ("tailoring", {"table": "account", "column": "name", "colour": "red"}),
            ("tailoring", {"table": "account", "key": "bh_customerref_key", "status": "Soon"}),
            ("privileges", {"lacking": ["prvFlyAccount"]}),
            ("privileges", {}),
        ],
    )
    def test_a_wish_that_cannot_be_is_refused(self, sandbox: Sandbox, path: str, wish: dict[str, Any]) -> None:
        assert sandbox.control.post(f"/dynamics/{path}", json=wish).status_code == 400


class TestShopify:
    SETUP = "/shopify/setup"

    def test_a_deleted_reason_is_told_so_and_taken_for_no_return(self, sandbox: Sandbox) -> None:
        reasons = "{ returnReasonDefinitions(first: 20) { nodes { id handle deleted } } }"
        create = "mutation($i: ReturnInput!) { returnCreate(returnInput: $i) { return { id } userErrors { code } } }"
        sandbox.heal()
        number = sandbox.seed(order(6_295_004))["shopify"]["order"]
        with Shop(sandbox) as shop:
            [fulfillment] = shop.data(LINES, id=number)["order"]["fulfillments"]
            [part] = fulfillment["fulfillmentLineItems"]["nodes"]
            with changed(sandbox, self.SETUP, {"without_reasons": ["style"]}, {}):
                nodes = shop.data(reasons)["returnReasonDefinitions"]["nodes"]
                [gone] = [each for each in nodes if each["deleted"]]
                line = {"fulfillmentLineItemId": part["id"], "quantity": 1, "returnReasonDefinitionId": gone["id"]}
                refused = shop.do(create, i={"orderId": number, "returnLineItems": [line]})
            taken = shop.do(create, i={"orderId": number, "returnLineItems": [line]})

        assert gone["handle"] == "style"
        assert [each["code"] for each in refused["userErrors"]] == ["NOT_FOUND"]
        assert taken["userErrors"] == []

    @pytest.mark.parametrize("wish", [{"without_reasons": ["boredom"]}, {"untracked": "MUG"}, {"other": []}, []])
    def test_a_wish_that_cannot_be_is_refused(self, sandbox: Sandbox, wish: Any) -> None:
        assert sandbox.control.post(self.SETUP, json=wish).status_code == 422
