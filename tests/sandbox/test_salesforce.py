"""The pretended Salesforce org, exercised with the real simple-salesforce."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_soql

from sandbox.salesforce.ids import canonical, long_form, make
from sandbox.salesforce.objects import OBJECTS
from tests.stack.orders import line, order
from tests.stack.sandbox import ROOT, Sandbox

FIELDS = ROOT.parent / "shared" / "vendor" / "salesforce" / "salesforce_sobject_fields_v67.json"
PICKLISTS = FIELDS.parent / "salesforce_metadata"


def code(error: pytest.ExceptionInfo[Any]) -> str:
    return str(error.value.content[0]["errorCode"])


@pytest.mark.skipif(not FIELDS.exists(), reason="the public field lists are not beside this checkout")
def test_every_standard_field_is_a_field_of_the_platform() -> None:
    public = json.loads(FIELDS.read_text())["objects"]
    for of in OBJECTS:
        if of.name.endswith("__c"):
            continue
        unknown = {field.name for field in of.fields if not field.custom} - set(public[of.name]["fields"])
        # Public lists leave out the formula-like fields every Contact and Asset has.
        assert unknown <= {"Name", "Product2Id", "Id", "IsDeleted"}, f"{of.name}: {unknown}"


@pytest.mark.skipif(not PICKLISTS.exists(), reason="the public picklists are not beside this checkout")
@pytest.mark.parametrize(
    ("of", "field", "file"),
    [
        ("ReturnOrder", "Status", "ReturnOrderStatus"),
        ("ReturnOrder", "ShipmentType", "ReturnOrderShipmentType"),
        ("ReturnOrderLineItem", "ReasonForReturn", "ReturnOrderLineItemReasonForReturn"),
        ("ReturnOrderLineItem", "ProcessingPlan", "ReturnOrderLineItemProcessPlan"),
        ("ReturnOrderLineItem", "RepaymentMethod", "ReturnOrderLineItemRepaymentMethod"),
        ("Case", "Status", "CaseStatus"),
        ("Case", "Origin", "CaseOrigin"),
        ("Case", "Priority", "CasePriority"),
        ("Asset", "Status", "AssetStatus"),
        ("Order", "Status", "OrderStatus"),
    ],
)
def test_restricted_picklists_have_the_platforms_values(of: str, field: str, file: str) -> None:
    text = Path(PICKLISTS / f"{file}.standardValueSet-meta.xml").read_text()
    public = [part.partition("</fullName>")[0] for part in text.split("<fullName>")[1:]]
    known = next(each for each in OBJECTS if each.name == of).field(field)
    assert known is not None
    assert list(known.values) == public


def test_an_id_of_fifteen_characters_and_one_in_wrong_case_lead_to_the_same_record() -> None:
    full = make("0rT", 123456789)
    assert len(full) == 18
    assert long_form(full[:15]) == full
    assert canonical(full[:15]) == canonical(full) == canonical(full.lower()) == full
    assert canonical("not an id") is None


def test_signing_in_by_secret_works_with_basic_and_with_body(sandbox: Sandbox, http: requests.Session) -> None:
    known = sandbox.credentials["salesforce"]
    host = f"localhost:{sandbox.ports['salesforce']}/services/oauth2/token#"
    by_basic = Salesforce(
        consumer_key=known["consumer_key"], consumer_secret=known["consumer_secret"], domain=host, session=http
    )
    form = {
        "grant_type": "client_credentials",
        "client_id": known["consumer_key"],
        "client_secret": known["consumer_secret"],
    }
    by_body = http.post(f"{sandbox.url('salesforce')}/services/oauth2/token", form).json()

    assert by_basic.session_id != by_body["access_token"]
    assert by_body["instance_url"] == sandbox.url("salesforce")
    info = http.get(
        f"{sandbox.url('salesforce')}/services/oauth2/userinfo",
        headers={"Authorization": f"Bearer {by_body['access_token']}"},
    ).json()
    assert info["preferred_username"] == known["username"]


def test_a_key_that_is_not_ours_and_a_wrong_secret_are_refused(sandbox: Sandbox, http: requests.Session) -> None:
    known, other = sandbox.credentials["salesforce"], sandbox.credentials["netsuite"]["private_key_pem"]
    host = f"localhost:{sandbox.ports['salesforce']}/services/oauth2/token#"
    with pytest.raises(SalesforceAuthenticationFailed, match="invalid_grant"):
        Salesforce(
            username=known["username"],
            consumer_key=known["consumer_key"],
            privatekey=other,
            instance_url=host,
            session=http,
        )
    with pytest.raises(SalesforceAuthenticationFailed, match="invalid_client"):
        Salesforce(consumer_key=known["consumer_key"], consumer_secret="guess", domain=host, session=http)


def test_a_seeded_order_is_read_by_a_query_over_its_parents(sf: Any, sandbox: Sandbox) -> None:
    sold = line(6300011, "LAMP-1", 1, "10.00", serials=["SN-630001"], warranty_until="2027-11-10")
    sandbox.seed(order(630001, sold))

    rows = sf.query(
        "SELECT Name, Account.Name, BillToContact.Email, TotalAmount FROM Order"
        " WHERE Shop_Order_Ref__c IN ('630001', 'none') AND (NOT Status = 'Draft')"
        " ORDER BY Name DESC NULLS LAST LIMIT 5"
    )
    assets = sf.query("SELECT Asset.SerialNumber, EndDate FROM AssetWarranty WHERE Asset.SerialNumber LIKE 'SN-63000_'")

    found = rows["records"][0]
    assert (found["Account"]["Name"], found["BillToContact"]["Email"]) == ("Anna Vogel", "buyer630001@example.test")
    # 10.00 and 4.90 shipping, each with 19 %
    assert found["TotalAmount"] == 17.73
    assert assets["records"][0]["EndDate"] == "2027-11-10"


@pytest.mark.parametrize("text", ['O\'Reilly \\ 100% "x"', "under_score", "line\nbreak"])
def test_quoted_texts_survive_the_query_language(sf: Any, text: str) -> None:
    made = sf.Account.create({"Name": text})

    found = sf.query(format_soql("SELECT Id FROM Account WHERE Name = {} AND Id = {}", text, made["id"]))
    like = sf.query(format_soql("SELECT Id FROM Account WHERE Name LIKE '{:like}' AND Id = {}", text, made["id"]))

    assert found["totalSize"] == like["totalSize"] == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT Nope FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM ReturnOrder WHERE Return_Version__c = '3'", "INVALID_FIELD"),
        ("SELECT Id, Nobody.Name FROM Order", "INVALID_FIELD"),
    ],
)
def test_a_wrong_query_is_refused_in_the_platforms_words(sf: Any, query: str, expected: str) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.query(query)
    assert code(refused) == expected


def test_upsert_by_external_id_creates_with_201_and_then_updates_with_200(sf: Any) -> None:
    first = sf.ReturnOrder.upsert("Returns_Ref__c/R%2F630002", {"Status": "Submitted"}, raw_response=True)
    again = sf.ReturnOrder.upsert("Returns_Ref__c/R%2F630002", {"Status": "Approved"}, raw_response=True)

    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (again.status_code, again.json()["created"]) == (200, False)
    kept = sf.ReturnOrder.get(first.json()["id"][:15])
    assert (kept["Returns_Ref__c"], kept["Status"], kept["StatusCategory"]) == ("R/630002", "Approved", "Activated")


def test_a_record_is_created_changed_read_by_key_and_deleted(sf: Any) -> None:
    made = sf.Account.create({"Name": "Blue Ltd", "Shop_Customer_Ref__c": "630003"})
    sf.Account.update(made["id"], {"Name": "Blue GmbH"})

    assert sf.Account.get_by_custom_id("Shop_Customer_Ref__c", "630003")["Name"] == "Blue GmbH"
    sf.Account.delete(made["id"])
    with pytest.raises(SalesforceResourceNotFound) as gone:
        sf.Account.get(made["id"])
    assert code(gone) == "ENTITY_IS_DELETED"
    assert sf.query_all("SELECT Id FROM Account WHERE Shop_Customer_Ref__c = '630003'", include_deleted=True)[
        "totalSize"
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"Status": "Lost"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Hold_Reason__c": "x" * 256}, "STRING_TOO_LONG"),
        ({"Nope__c": 1}, "INVALID_FIELD"),
        ({"ReturnOrderNumber": "1"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"AccountId": "x"}, "MALFORMED_ID"),
        ({"AccountId": "001BH0000999999"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"Account": {"Shop_Customer_Ref__c": "nobody"}}, "INVALID_FIELD"),
        ({"Return_Version__c": "many"}, "JSON_PARSER_ERROR"),
    ],
)
def test_an_unacceptable_field_is_refused_in_the_platforms_words(sf: Any, body: dict[str, Any], expected: str) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.ReturnOrder.upsert("Returns_Ref__c/R-630004", body)
    assert code(refused) == expected


def test_a_line_needs_its_goods_and_cannot_change_its_order(sf: Any, sandbox: Sandbox) -> None:
    product = sandbox.seed(order(630005))["salesforce"]["products"]["MUG-630005"]
    parent = sf.ReturnOrder.create({"Status": "Submitted", "Returns_Ref__c": "R-630005"})["id"]
    part = {"ReturnOrderId": parent, "QuantityReturned": 1}
    with pytest.raises(SalesforceMalformedRequest) as nameless:
        sf.ReturnOrderLineItem.create(part)
    made = sf.ReturnOrderLineItem.create({**part, "Product2Id": product})
    with pytest.raises(SalesforceMalformedRequest) as moved:
        sf.ReturnOrderLineItem.update(made["id"], {"ReturnOrderId": parent})

    assert (code(nameless), code(moved)) == ("REQUIRED_FIELD_MISSING", "INVALID_FIELD_FOR_INSERT_UPDATE")


def test_the_validation_rule_refuses_an_older_version(sf: Any) -> None:
    sf.ReturnOrder.upsert("Returns_Ref__c/R-630006", {"Return_Version__c": 4, "Status": "Submitted"})
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.ReturnOrder.upsert("Returns_Ref__c/R-630006", {"Return_Version__c": 3})
    assert code(refused) == "FIELD_CUSTOM_VALIDATION_EXCEPTION"


def test_a_collection_gives_each_record_its_own_result_unless_all_or_none(sf: Any) -> None:
    def send(refs: dict[str, str], all_or_none: bool) -> list[dict[str, Any]]:
        records = [
            {"attributes": {"type": "ReturnOrder"}, "Returns_Ref__c": ref, "Status": status}
            for ref, status in refs.items()
        ]
        body = {"allOrNone": all_or_none, "records": records}
        answer = sf.restful("composite/sobjects/ReturnOrder/Returns_Ref__c", method="PATCH", json=body)
        return [dict(item) for item in answer or []]

    some = send({"R-630007": "Submitted", "R-630008": "Lost"}, all_or_none=False)
    none = send({"R-630009": "Submitted", "R-630010": "Lost"}, all_or_none=True)

    assert [item["success"] for item in some] == [True, False]
    assert some[1]["errors"][0]["statusCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert none[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    kept = sf.query("SELECT Returns_Ref__c FROM ReturnOrder WHERE Returns_Ref__c IN ('R-630007','R-630008','R-630009')")
    assert [row["Returns_Ref__c"] for row in kept["records"]] == ["R-630007"]


def test_more_than_200_records_and_a_key_given_twice_are_refused(sf: Any) -> None:
    many = [{"attributes": {"type": "Account"}, "Name": str(at)} for at in range(201)]
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.restful("composite/sobjects", method="POST", json={"records": many})
    assert code(refused) == "EXCEEDED_ID_LIMIT"
    twice = [{"attributes": {"type": "Account"}, "Name": "x", "Shop_Customer_Ref__c": "630011"}] * 2
    answer = sf.restful("composite/sobjects/Account/Shop_Customer_Ref__c", method="PATCH", json={"records": twice})
    assert [item["errors"][0]["statusCode"] for item in answer or []] == ["DUPLICATE_VALUE"] * 2


def test_composite_requests_use_what_earlier_ones_answered_and_roll_back_together(sf: Any) -> None:
    def parts(last_name: str | None) -> list[dict[str, Any]]:
        base = "/services/data/v67.0/sobjects"
        contact = {"LastName": last_name, "AccountId": "@{company.id}", "Shop_Customer_Ref__c": "630012"}
        return [
            {"method": "POST", "url": f"{base}/Account", "referenceId": "company", "body": {"Name": "Round 630012"}},
            {"method": "POST", "url": f"{base}/Contact", "referenceId": "person", "body": contact},
            {"method": "GET", "url": f"{base}/Contact/@{{person.id}}", "referenceId": "read"},
        ]

    failed = sf.restful("composite", method="POST", json={"allOrNone": True, "compositeRequest": parts(None)}) or {}
    assert [part["httpStatusCode"] for part in failed["compositeResponse"]] == [400, 400, 400]
    assert sf.query("SELECT Id FROM Account WHERE Name = 'Round 630012'")["totalSize"] == 0

    done = sf.restful("composite", method="POST", json={"allOrNone": True, "compositeRequest": parts("Lee")}) or {}
    assert [part["httpStatusCode"] for part in done["compositeResponse"]] == [201, 201, 200]
    assert done["compositeResponse"][2]["body"]["AccountId"] == done["compositeResponse"][0]["body"]["id"]


def test_without_a_licence_return_orders_do_not_exist_and_cases_do(sf: Any, sandbox: Sandbox) -> None:
    sandbox.control.post("/salesforce/org", json={"return_order_licence": False}).raise_for_status()
    try:
        with pytest.raises(SalesforceResourceNotFound):
            sf.ReturnOrder.describe()
        with pytest.raises(SalesforceMalformedRequest, match="INVALID_TYPE"):
            sf.query("SELECT Id FROM ReturnOrder")
        assert sf.Case.create({"Subject": "No licence", "Returns_Ref__c": "R-630013"})["success"]
    finally:
        sandbox.control.post("/salesforce/org", json={"return_order_licence": True}).raise_for_status()


def test_with_order_management_a_draft_is_refused(sf: Any, sandbox: Sandbox) -> None:
    sandbox.control.post("/salesforce/org", json={"order_management": True}).raise_for_status()
    try:
        with pytest.raises(SalesforceMalformedRequest, match="Activated"):
            sf.ReturnOrder.create({"Returns_Ref__c": "R-630014"})
        assert sf.ReturnOrder.create({"Returns_Ref__c": "R-630014", "Status": "Submitted"})["success"]
    finally:
        sandbox.control.post("/salesforce/org", json={"order_management": False}).raise_for_status()


def test_a_session_ends_and_simple_salesforce_signs_in_again(sf: Any, sandbox: Sandbox) -> None:
    before = sf.session_id
    sandbox.control.post("/salesforce/logout").raise_for_status()

    assert "DailyApiRequests" in sf.limits()
    assert sf.session_id != before


def test_limits_are_counted_told_and_enforced(sf: Any, sandbox: Sandbox) -> None:
    sf.limits()
    used = sf.api_usage["api-usage"].used
    sf.limits()
    assert sf.api_usage["api-usage"].used == used + 1
    sandbox.control.post("/salesforce/org", json={"daily_limit": used}).raise_for_status()
    try:
        with pytest.raises(SalesforceRefusedRequest) as refused:
            sf.limits()
        assert code(refused) == "REQUEST_LIMIT_EXCEEDED"
    finally:
        sandbox.control.post("/salesforce/org", json={"daily_limit": 100000}).raise_for_status()


def test_a_locked_row_is_met_once(sf: Any, sandbox: Sandbox) -> None:
    made = sf.Account.create({"Name": "Busy"})
    sandbox.control.post("/salesforce/org", json={"locked_writes": 1}).raise_for_status()
    with pytest.raises(SalesforceMalformedRequest, match="UNABLE_TO_LOCK_ROW"):
        sf.Account.update(made["id"], {"Name": "Free"})
    assert sf.Account.update(made["id"], {"Name": "Free"}) == 204


def test_describe_tells_external_ids_picklists_and_parents(sf: Any) -> None:
    fields = {field["name"]: field for field in sf.ReturnOrder.describe()["fields"]}

    assert fields["Returns_Ref__c"]["externalId"]
    assert fields["AccountId"]["relationshipName"] == "Account"
    assert fields["Status"]["picklistValues"][0]["value"] == "Draft"
