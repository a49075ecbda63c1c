"""Conditions on requests, the recycle bin, what changed in a window of time, and merging."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from simple_salesforce.exceptions import (
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from sandbox import credentials
from sandbox.books import Books
from sandbox.salesforce import changes
from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.objects.customers import ACCOUNT
from sandbox.salesforce.org import Org
from sandbox.salesforce.records import Records
from sandbox.world import World
from tests.stack.sandbox import Sandbox


def rest(sf: Any, method: str, path: str, **more: Any) -> requests.Response:
    """A request with headers of its own, and the answer whatever its status."""
    headers = {"Authorization": f"Bearer {sf.session_id}", **more.pop("headers", {})}
    answer: requests.Response = sf.session.request(method, f"{sf.base_url}{path}", headers=headers, **more)
    return answer


def soap(sf: Any, call: str, session: str = "") -> tuple[int, list[dict[str, Any]]]:
    """(HTTP status, results) of one call of the partner API; each result's values as lists by name."""
    envelope = f"""<?xml version="1.0" encoding="UTF-8"?>
    <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:partner.soap.sforce.com"
                      xmlns:o="urn:sobject.partner.soap.sforce.com">
      <soapenv:Header><urn:SessionHeader><urn:sessionId>{session or sf.session_id}</urn:sessionId></urn:SessionHeader>
      </soapenv:Header><soapenv:Body>{call}</soapenv:Body></soapenv:Envelope>"""
    url = f"https://{sf.sf_instance}/services/Soap/u/67.0"
    answer = sf.session.post(url, envelope.encode(), headers={"Content-Type": "text/xml", "SOAPAction": '""'})
    results: list[dict[str, Any]] = []
    for part in ElementTree.fromstring(answer.content).iter("{urn:partner.soap.sforce.com}result"):
        values: dict[str, Any] = {}
        for value in part.iter():
            values.setdefault(value.tag.rpartition("}")[2], []).append(value.text)
        results.append(values)
    return answer.status_code, results


def merging(of: str, master: str, *losers: str, fields: str = "") -> str:
    ids = "".join(f"<urn:recordToMergeIds>{each}</urn:recordToMergeIds>" for each in losers)
    record = f"<urn:masterRecord><o:type>{of}</o:type><o:Id>{master}</o:Id>{fields}</urn:masterRecord>"
    return f"<urn:merge><urn:request>{record}{ids}</urn:request></urn:merge>"


def undeleting(*ids: str) -> str:
    return "<urn:undelete>" + "".join(f"<urn:ids>{each}</urn:ids>" for each in ids) + "</urn:undelete>"


def test_an_entity_tag_guards_an_account(sf: Any) -> None:
    made = sf.Account.create({"Name": "Tagged"})["id"]
    path = f"sobjects/Account/{made}"
    tag = rest(sf, "GET", path).headers["ETag"]

    assert rest(sf, "GET", path, headers={"If-None-Match": tag}).status_code == 304
    assert rest(sf, "PATCH", path, json={"Name": "First"}, headers={"If-Match": f'"other", {tag}'}).status_code == 204
    late = rest(sf, "PATCH", path, json={"Name": "Second"}, headers={"If-Match": tag})
    assert late.status_code == 412
    assert rest(sf, "PATCH", path, json={"Name": "x"}, headers={"If-Match": "no quotes"}).status_code == 400
    assert sf.Account.get(made)["Name"] == "First"
    assert rest(sf, "DELETE", path, headers={"If-Match": tag}).status_code == 204


def test_other_types_have_no_tag_and_are_guarded_by_the_time_of_their_last_change(sf: Any) -> None:
    made = sf.Case.create({"Subject": "Guarded"})["id"]
    path = f"sobjects/Case/{made}"
    shown = rest(sf, "GET", path)
    changed = datetime.fromisoformat(shown.json()["LastModifiedDate"]).replace(microsecond=0)
    same = format_datetime(changed.astimezone(UTC), usegmt=True)
    older = format_datetime(changed.astimezone(UTC) - timedelta(seconds=1), usegmt=True)

    assert "ETag" not in shown.headers
    assert shown.headers["Last-Modified"] == same
    assert rest(sf, "PATCH", path, json={"Subject": "x"}, headers={"If-Match": '"other"'}).status_code == 204
    assert rest(sf, "PATCH", path, json={"Subject": "x"}, headers={"If-Unmodified-Since": older}).status_code == 412
    assert rest(sf, "PATCH", path, json={"Subject": "x"}, headers={"If-Unmodified-Since": "soon"}).status_code == 400
    assert rest(sf, "GET", path, headers={"If-Modified-Since": older}).status_code == 200
    future = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    assert rest(sf, "GET", path, headers={"If-Modified-Since": future}).status_code == 304
    with pytest.raises(SalesforceGeneralError) as unchanged:
        sf.Case.get(made, headers={"If-Modified-Since": future})
    assert unchanged.value.status == 304


def test_an_upsert_by_key_obeys_the_condition_too(sf: Any) -> None:
    path = "sobjects/ReturnOrder/Returns_Ref__c/R-641001"
    assert rest(sf, "PATCH", path, json={"Status": "Submitted"}).status_code == 201
    past = {"If-Unmodified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"}
    assert rest(sf, "PATCH", path, json={"Status": "Approved"}, headers=past).status_code == 412
    assert rest(sf, "GET", path).json()["Status"] == "Submitted"


def test_deleting_takes_the_details_along_and_undeleting_brings_them_back(sf: Any) -> None:
    product = sf.Product2.create({"Name": "Bin"})["id"]
    parent = sf.ReturnOrder.create({"Returns_Ref__c": "R-641002", "Status": "Submitted"})["id"]
    part = {"ReturnOrderId": parent, "QuantityReturned": 1, "Product2Id": product}
    line, gone = (sf.ReturnOrderLineItem.create(part)["id"] for _ in range(2))
    sf.ReturnOrderLineItem.delete(gone)
    sf.ReturnOrder.delete(parent)

    with pytest.raises(SalesforceResourceNotFound, match="ENTITY_IS_DELETED"):
        sf.ReturnOrderLineItem.get(line)
    query = f"SELECT Id, IsDeleted FROM ReturnOrderLineItem WHERE ReturnOrderId = '{parent}'"
    assert sf.query(query)["totalSize"] == 0
    assert [row["IsDeleted"] for row in sf.query_all(query, include_deleted=True)["records"]] == [True, True]

    status, results = soap(sf, undeleting(parent[:15], product))
    assert status == 200
    assert [each["success"][0] for each in results] == ["true", "false"]
    assert results[1]["statusCode"] == ["UNDELETE_FAILED"]
    assert [row["Id"] for row in sf.query(query)["records"]] == [line]


def test_a_lookup_to_a_deleted_record_is_empty_until_it_is_undeleted(sf: Any) -> None:
    asset = sf.Asset.create({"Name": "Lamp"})["id"]
    case = sf.Case.create({"Subject": "Lost lamp", "AssetId": asset})["id"]
    sf.Asset.delete(asset)

    row = sf.query(f"SELECT AssetId, Asset.Name FROM Case WHERE Id = '{case}'")["records"][0]
    assert (row["AssetId"], row["Asset"], sf.Case.get(case)["AssetId"]) == (None, None, None)
    with pytest.raises(SalesforceMalformedRequest, match="ENTITY_IS_DELETED"):
        sf.Case.create({"Subject": "Another", "AssetId": asset})
    soap(sf, undeleting(asset))
    assert sf.Case.get(case)["AssetId"] == asset


def test_a_key_taken_meanwhile_keeps_a_record_in_the_bin(sf: Any) -> None:
    first = sf.Account.create({"Name": "One", "Shop_Customer_Ref__c": "641003"})["id"]
    sf.Account.delete(first)
    sf.Account.create({"Name": "Two", "Shop_Customer_Ref__c": "641003"})

    _, results = soap(sf, undeleting(first))
    assert results[0]["statusCode"] == ["DUPLICATE_VALUE"]
    _, emptied = soap(sf, f"<urn:emptyRecycleBin><urn:ids>{first}</urn:ids></urn:emptyRecycleBin>")
    assert emptied[0]["success"] == ["true"]
    assert sf.query_all(f"SELECT Id FROM Account WHERE Id = '{first}'", include_deleted=True)["totalSize"] == 0


def test_the_bin_forgets_after_fifteen_days(org: tuple[World, Records]) -> None:
    world, records = org
    record = records.create(ACCOUNT, {"Name": "Old"})
    records.delete(ACCOUNT, record)
    world.clock.advance(14 * 86400)
    assert len(records.all(ACCOUNT, deleted_too=True)) == 1
    world.clock.advance(2 * 86400)
    assert records.all(ACCOUNT, deleted_too=True) == []


def test_windows_of_changes_are_told_by_the_library(sf: Any, sandbox: Sandbox) -> None:
    kept, gone = (sf.Account.create({"Name": f"Window {at}"})["id"] for at in range(2))
    sf.Account.delete(gone)
    # A window ends with the last full minute, so the changes above are told a minute later.
    sandbox.control.post("/clock", json={"advance_seconds": 61}).raise_for_status()
    now = datetime.fromisoformat(sandbox.control.get("/clock").json()["now"])

    changed = sf.Account.updated(now - timedelta(minutes=30), now)
    deleted = sf.Account.deleted(now - timedelta(minutes=30), now)

    assert kept in changed["ids"]
    assert gone not in changed["ids"]
    assert gone in [each["id"] for each in deleted["deletedRecords"]]
    assert deleted["latestDateCovered"].endswith(":00.000+0000")
    later = datetime.fromisoformat(changed["latestDateCovered"])
    assert later <= now


@pytest.mark.parametrize(
    ("ago", "wide", "kind", "expected"),
    [
        (timedelta(days=16), timedelta(days=1), changes.deleted, "INVALID_REPLICATION_DATE"),
        (timedelta(days=31), timedelta(days=1), changes.updated, "INVALID_REPLICATION_DATE"),
        (timedelta(hours=1), timedelta(seconds=59), changes.updated, "INVALID_REPLICATION_DATE"),
    ],
)
def test_a_window_too_old_or_too_narrow_is_refused(
    org: tuple[World, Records], ago: timedelta, wide: timedelta, kind: Any, expected: str
) -> None:
    _, records = org
    start = (records.now() - ago).replace(second=0)
    window = {"start": start.isoformat(), "end": (start + wide).isoformat()}
    with pytest.raises(Refusal) as refused:
        kind(records, ACCOUNT, window)
    assert refused.value.code == expected
    window["end"] = (records.now()).isoformat()
    window["start"] = (records.now() - timedelta(hours=1)).isoformat()
    assert kind(records, ACCOUNT, window).status == 200


def test_merging_leaves_the_master_and_tells_where_the_loser_went(sf: Any) -> None:
    master, loser = (sf.Account.create({"Name": f"Merge {at}", "AccountNumber": "7"})["id"] for at in range(2))
    person = sf.Contact.create({"LastName": "Moved", "AccountId": loser})["id"]
    order = sf.ReturnOrder.create({"Status": "Submitted", "AccountId": loser})["id"]

    fields = "<o:fieldsToNull>AccountNumber</o:fieldsToNull><o:Description>both</o:Description>"
    status, results = soap(sf, merging("Account", master, loser[:15], fields=fields))

    assert (status, results[0]["success"]) == (200, ["true"])
    assert (results[0]["mergedRecordIds"], set(results[0]["updatedRelatedIds"])) == ([loser], {person, order})
    assert sf.Contact.get(person)["AccountId"] == sf.ReturnOrder.get(order)["AccountId"] == master
    kept = sf.Account.get(master)
    assert (kept["Description"], kept["AccountNumber"]) == ("both", None)
    with pytest.raises(SalesforceResourceNotFound, match="ENTITY_IS_DELETED"):
        sf.Account.update(loser, {"Name": "x"})
    query = f"SELECT Id, IsDeleted, MasterRecordId FROM Account WHERE MasterRecordId = '{master}'"
    rows = sf.query_all(query, include_deleted=True)["records"]
    assert [(row["Id"], row["IsDeleted"], row["MasterRecordId"]) for row in rows] == [(loser, True, master)]


def test_the_master_cannot_take_a_key_the_loser_still_holds(sf: Any) -> None:
    master = sf.Contact.create({"LastName": "Keep"})["id"]
    loser = sf.Contact.create({"LastName": "Lose", "Shop_Customer_Ref__c": "641004"})["id"]
    taking = "<o:Shop_Customer_Ref__c>641004</o:Shop_Customer_Ref__c>"

    _, refused = soap(sf, merging("Contact", master, loser, fields=taking))
    assert refused[0]["statusCode"] == ["DUPLICATE_VALUE"]
    assert sf.Contact.get(loser)["LastName"] == "Lose"
    _, merged = soap(sf, merging("Contact", master, loser))
    assert merged[0]["success"] == ["true"]
    assert sf.Contact.update(master, {"Shop_Customer_Ref__c": "641004"}) == 204


def test_what_cannot_be_merged_is_refused(sf: Any) -> None:
    custom = [sf.Return__c.create({"Name": "x"})["id"] for _ in range(2)]
    one = sf.Account.create({"Name": "Self"})["id"]

    assert soap(sf, merging("Return__c", *custom))[1][0]["statusCode"] == ["INVALID_TYPE"]
    assert soap(sf, merging("Account", one, one))[1][0]["statusCode"] == ["INVALID_ID_FIELD"]
    assert soap(sf, merging("Account", one))[1][0]["statusCode"] == ["INVALID_NUMBER_OF_ARGUMENTS"]
    status, results = soap(sf, merging("Account", one, one), session="00D!wrong")
    assert (status, results) == (500, [])


def test_a_record_whose_transaction_is_open_is_seen_by_no_query(sandbox: Sandbox, sf: Any) -> None:
    ident = sf.Account.create({"Name": "Not yet"})["id"]
    query = f"SELECT Id FROM Account WHERE Id = '{ident}'"
    sandbox.control.post("/salesforce/org", json={"uncommitted": [ident]}).raise_for_status()
    try:
        assert sf.query(query)["records"] == sf.query_all(query, include_deleted=True)["records"] == []
    finally:
        sandbox.control.post("/salesforce/org", json={"uncommitted": []}).raise_for_status()
    assert [each["Id"] for each in sf.query(query)["records"]] == [ident]


def test_nor_is_it_in_the_lists_of_changed_and_deleted_records(tmp_path: Path) -> None:
    world = World(Books(":memory:"), credentials.load(tmp_path))
    settings = Org(world)
    records = Records(world, settings)
    kept, gone = (records.create(ACCOUNT, {"Name": name}) for name in ("kept", "gone"))
    records.delete(ACCOUNT, gone)
    now = world.clock.now()
    query = {"start": (now - timedelta(minutes=5)).isoformat(), "end": (now + timedelta(minutes=5)).isoformat()}
    world.clock.advance(300)

    def listed() -> list[str]:
        found = changes.updated(records, ACCOUNT, query).body["ids"]
        return [*found, *(each["id"] for each in changes.deleted(records, ACCOUNT, query).body["deletedRecords"])]

    assert listed() == [kept["Id"], gone["Id"]]
    settings.change({"uncommitted": [kept["Id"], gone["Id"]]})
    assert listed() == []


@pytest.mark.parametrize("wish", ["0rT", ["short"], [7], {"a": 1}])
def test_what_is_uncommitted_are_ids(sandbox: Sandbox, wish: Any) -> None:
    assert sandbox.control.post("/salesforce/org", json={"uncommitted": wish}).status_code == 400
