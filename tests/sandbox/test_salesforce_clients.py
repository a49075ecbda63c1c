"""simple-salesforce's whole surface driven against the org: what it answers, and what it refuses and how."""

import io
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceError,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_external_id

from sandbox.salesforce.ids import ORG_ID, USER_ID
from tests.sandbox.test_salesforce import code
from tests.stack.sandbox import Sandbox


def by(sandbox: Sandbox, http: requests.Session, path: str, **given: Any) -> Any:
    """Signed in at `path` of the org: what the library puts behind the domain becomes a fragment."""
    domain = f"localhost:{sandbox.ports['salesforce']}{path}#"
    arguments: dict[str, Any] = {"domain": domain, "session": http, "version": "64.0"} | given
    return Salesforce(**arguments)


def test_every_way_to_sign_in_that_the_library_knows(sandbox: Sandbox, http: requests.Session) -> None:
    known = sandbox.credentials["salesforce"]
    person = {"username": known["username"], "password": known["password"]}
    app = {"consumer_key": known["consumer_key"], "consumer_secret": known["consumer_secret"]}
    soap, oauth = "/services/Soap/u/59.0", "/services/oauth2/token"
    signed_in = [
        by(sandbox, http, soap, **person, security_token=known["security_token"]),
        by(sandbox, http, soap, **person, organizationId=ORG_ID),
        by(sandbox, http, oauth, **person, **app),
        by(sandbox, http, oauth, **app),
    ]
    jwt = {"privatekey": known["private_key_pem"], "consumer_key": known["consumer_key"]}
    place = f"localhost:{sandbox.ports['salesforce']}{oauth}#"
    signed_in.append(by(sandbox, http, "", username=known["username"], domain="login", instance_url=place, **jwt))
    session = signed_in[0].session_id
    signed_in.append(by(sandbox, http, "", session_id=session, instance_url=sandbox.url("salesforce")))
    for sf in signed_in:
        assert sf.oauth2("userinfo")["organization_id"] == ORG_ID
        assert sf.query("SELECT Id FROM User")["records"][0]["Id"] == USER_ID


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        ("/services/Soap/u/59.0", {"password": "wrong", "security_token": ""}, "INVALID_LOGIN"),
        ("/services/Soap/u/65.0", {"security_token": ""}, "UNSUPPORTED_API_VERSION"),
        ("/services/oauth2/token", {"password": "wrong", "consumer": True}, "invalid_grant"),
    ],
)
def test_a_wrong_password_or_a_version_without_login_is_refused(
    sandbox: Sandbox, http: requests.Session, path: str, change: dict[str, Any], expected: str
) -> None:
    known = sandbox.credentials["salesforce"]
    given = {"username": known["username"], "password": known["password"]} | change
    if given.pop("consumer", False):
        given |= {"consumer_key": known["consumer_key"], "consumer_secret": known["consumer_secret"]}
    with pytest.raises(SalesforceAuthenticationFailed) as refused:
        by(sandbox, http, path, **given)
    assert refused.value.code == expected


def test_a_revoked_token_is_no_session_any_more(sandbox: Sandbox, http: requests.Session) -> None:
    known = sandbox.credentials["salesforce"]
    app = {"consumer_key": known["consumer_key"], "consumer_secret": known["consumer_secret"]}
    token = by(sandbox, http, "/services/oauth2/token", **app).session_id
    revoke = f"{sandbox.url('salesforce')}/services/oauth2/revoke"
    assert http.post(revoke, {"token": token}).status_code == 200
    again = http.post(revoke, {"token": token})
    assert (again.status_code, again.json()["error"]) == (400, "unsupported_token_type")
    userinfo = f"{sandbox.url('salesforce')}/services/oauth2/userinfo"
    assert http.get(userinfo, headers={"Authorization": f"Bearer {token}"}).status_code == 403


def test_the_org_tells_who_and_what_it_is(sf: Any) -> None:
    assert sf.is_sandbox() is True
    assert sf.restful("")["identity"].endswith(f"/id/{ORG_ID}/{USER_ID}")
    assert {"Account", "Organization", "User"} <= {each["name"] for each in sf.describe()["sobjects"]}
    assert sf.restful("limits/recordCount", {"sObjects": "Organization,Nope"})["sObjects"] == [
        {"count": 1, "name": "Organization"}
    ]
    assert sf.limits()["DailyApiRequests"]["Max"] > 0
    assert sf.Account.metadata()["objectDescribe"]["keyPrefix"] == "001"
    with pytest.raises(SalesforceResourceNotFound):
        sf.Account.describe_layout("012000000000000AAA")


def test_every_method_of_a_type(sf: Any) -> None:
    made = sf.Contact.create({"LastName": "Surface", "Email": "surface@example.test"})["id"]
    assert sf.Contact.get(made)["LastName"] == "Surface"
    assert sf.Contact.get(made, params={"fields": "Email"})["Email"] == "surface@example.test"
    assert sf.Contact.update(made, {"Email": "other@example.test"}) == 204
    assert sf.Contact.upsert("Shop_Customer_Ref__c/672001", {"LastName": "Keyed"}) == 201
    assert sf.Contact.upsert("Shop_Customer_Ref__c/672001", {"LastName": "Keyed"}, raw_response=True).json() == {
        **sf.Contact.upsert("Shop_Customer_Ref__c/672001", {"LastName": "Again"}, raw_response=True).json(),
        "created": False,
    }
    assert sf.Contact.get_by_custom_id("Shop_Customer_Ref__c", "672001")["LastName"] == "Again"
    assert sf.Contact.delete(made) == 204
    end = datetime.fromisoformat(sf.Contact.get_by_custom_id("Shop_Customer_Ref__c", "672001")["CreatedDate"])
    window = (end - timedelta(minutes=20), end)
    assert "ids" in sf.Contact.updated(*window)
    assert "deletedRecords" in sf.Contact.deleted(*window)


def test_a_key_with_a_blank_or_a_slash_must_be_escaped_as_in_a_path(sf: Any) -> None:
    """`get_by_custom_id` escapes as in a form, where a blank is a plus: that is another key here as there."""
    key = "672 a/b"
    assert sf.Account.upsert(format_external_id("Shop_Customer_Ref__c", key), {"Name": "Escaped"}) == 201
    assert sf.query(f"SELECT Name FROM Account WHERE Shop_Customer_Ref__c = '{key}'")["totalSize"] == 1
    with pytest.raises(SalesforceResourceNotFound):
        sf.Account.get_by_custom_id("Shop_Customer_Ref__c", key)


def test_queries_in_all_their_ways(sf: Any) -> None:
    for at in range(3):
        sf.Case.create({"Subject": f"surface-{at}", "SuppliedName": "surface-672"})
    query = "SELECT Subject FROM Case WHERE SuppliedName = 'surface-672' ORDER BY Subject"
    assert sf.query(query)["totalSize"] == 3
    assert [row["Subject"] for row in sf.query_all_iter(query)] == ["surface-0", "surface-1", "surface-2"]
    assert sf.query_all(query, include_deleted=True)["totalSize"] == 3
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.query_more("01g000000000000AAA-2000")
    assert code(refused) == "INVALID_QUERY_LOCATOR"
    assert [row["Subject"] for row in sf.search("FIND {surface\\-1} RETURNING Case(Subject)")["searchRecords"]] == [
        "surface-1"
    ]
    assert len(sf.quick_search("surface")["searchRecords"]) >= 3


def test_composite_resources_through_the_generic_call(sf: Any) -> None:
    account = {"method": "POST", "url": "/services/data/v67.0/sobjects/Account", "referenceId": "a"}
    body = {"compositeRequest": [account | {"body": {"Name": "Composite"}}]}
    assert sf.restful("composite", method="POST", json=body)["compositeResponse"][0]["httpStatusCode"] == 201
    graphs = {"graphs": [{"graphId": "g", **body}]}
    assert sf.restful("composite/graph", method="POST", json=graphs)["graphs"][0]["isSuccessful"] is True
    records = [{"attributes": {"type": "Account"}, "Name": "Collected"}]
    assert sf.restful("composite/sobjects", method="POST", json={"records": records})[0]["success"] is True


def test_bulk_jobs_of_the_second_generation(sf: Any) -> None:
    rows = [{"Shop_Customer_Ref__c": f"67210{at}", "Name": f"Bulk {at}"} for at in range(3)]
    job = sf.bulk2.Account.upsert(records=rows, external_id_field="Shop_Customer_Ref__c", wait=0)[0]
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (3, 0)
    assert "Bulk 2" in sf.bulk2.Account.get_successful_records(job["job_id"])
    assert "Bulk" not in sf.bulk2.Account.get_failed_records(job["job_id"])
    found = "".join(sf.bulk2.Account.query("SELECT Name FROM Account WHERE Name LIKE 'Bulk _' ORDER BY Name", wait=0))
    assert found.splitlines() == ['"Name"', '"Bulk 0"', '"Bulk 1"', '"Bulk 2"']


def test_what_the_org_does_not_have_is_refused_in_its_own_protocol(sandbox: Sandbox, sf: Any) -> None:
    with pytest.raises(SalesforceResourceNotFound, match="Could not find a match for URL"):
        sf.apexecute("Returns")
    with pytest.raises(SalesforceResourceNotFound):
        sf.toolingexecute("query/?q=SELECT+Id+FROM+ApexClass")
    with pytest.raises(SalesforceMalformedRequest, match="FeatureNotEnabled"):
        sf.bulk.Account.insert([{"Name": "first generation"}])
    with pytest.raises(SalesforceResourceNotFound):
        sf.set_password(USER_ID, "secret")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("package.xml", "<Package/>")
    packed.seek(0)
    with pytest.raises((SalesforceError, SalesforceGeneralError), match="FUNCTIONALITY_NOT_ENABLED"):
        sf.deploy(packed, sandbox=True)
    handshake = [{"channel": "/meta/handshake", "id": "1", "version": "1.0"}]
    told = sf.session.post(f"{sandbox.url('salesforce')}/cometd/67.0", json=handshake).json()
    assert (told[0]["successful"], told[0]["advice"]) == (False, {"reconnect": "none"})
    expired = sf.session.post(f"{sandbox.url('salesforce')}/services/async/67.0/job", headers={"X-SFDC-Session": "x"})
    assert expired.json()["exceptionCode"] == "InvalidSessionId"
    assert sf.session.get(f"{sandbox.url('salesforce')}/services/apexrest/x").status_code == 401


def test_types_that_clients_may_only_read_say_so(sf: Any) -> None:
    """A credit memo is made by the platform's own products; the org and its user are an administrator's."""
    for name in ("CreditMemo", "Organization", "User"):
        assert (sf.__getattr__(name).describe()["createable"], sf.__getattr__(name).describe()["deletable"]) == (
            False,
            False,
        )
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.CreditMemo.create({"Status": "Draft"})
    assert code(refused) == "INVALID_TYPE_FOR_OPERATION"
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.User.delete(USER_ID)
    assert code(refused) == "INVALID_TYPE_FOR_OPERATION"
    assert sf.query("SELECT Id, Status FROM CreditMemo")["totalSize"] == 0
