"""The org's query language, its cursors, and what it says about itself."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest

from sandbox.salesforce import queries
from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.objects.customers import ACCOUNT
from sandbox.salesforce.records import Records
from sandbox.salesforce.soql.spans import literal
from sandbox.world import World
from tests.stack.sandbox import ROOT

FIELDS = ROOT.parent / "shared" / "vendor" / "salesforce" / "salesforce_sobject_fields_v67.json"
# A Saturday in the middle of a month, a quarter and a year.
TODAY = date(2026, 8, 15)


def refusal(sf: Any, query: str) -> tuple[str, str]:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.query(query)
    entry: Any = refused.value.content[0]
    return str(entry["errorCode"]), str(entry["message"])


def names(sf: Any, where: str) -> set[str]:
    return {row["Subject"] for row in sf.query(f"SELECT Subject FROM Case WHERE {where}")["records"]}


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("TODAY", "2026-08-15", "2026-08-15"),
        ("yesterday", "2026-08-14", "2026-08-14"),
        ("TOMORROW", "2026-08-16", "2026-08-16"),
        ("THIS_WEEK", "2026-08-09", "2026-08-15"),
        ("LAST_MONTH", "2026-07-01", "2026-07-31"),
        ("NEXT_MONTH", "2026-09-01", "2026-09-30"),
        ("LAST_QUARTER", "2026-04-01", "2026-06-30"),
        ("THIS_QUARTER", "2026-07-01", "2026-09-30"),
        ("NEXT_YEAR", "2027-01-01", "2027-12-31"),
        ("LAST_90_DAYS", "2026-05-17", "2026-08-15"),
        ("LAST_N_DAYS:3", "2026-08-12", "2026-08-15"),
        ("NEXT_N_DAYS:3", "2026-08-16", "2026-08-18"),
        ("LAST_N_MONTHS:2", "2026-06-01", "2026-07-31"),
        ("NEXT_N_WEEKS:1", "2026-08-16", "2026-08-22"),
        ("N_DAYS_AGO:5", "2026-08-10", "2026-08-10"),
    ],
)
def test_a_date_literal_means_these_days(name: str, first: str, last: str) -> None:
    meant = literal(name)
    assert meant is not None
    days = meant.days(TODAY)
    assert (days.first.isoformat(), (days.after - timedelta(days=1)).isoformat()) == (first, last)


def test_an_unknown_literal_is_none() -> None:
    assert literal("LAST_FORTNIGHT") is None
    assert literal("LAST_N_DAYS") is None


def test_conditions_combine_as_the_grammar_says(sf: Any) -> None:
    for subject, priority, closed in (("q-1", "High", False), ("q-2", "Low", False), ("q-3", "Low", True)):
        sf.Case.create({"Subject": subject, "Priority": priority, "Status": "Closed" if closed else "New"})
    mine = "Subject LIKE 'q-_'"

    assert names(sf, f"{mine} AND (Priority = 'High' OR IsClosed = true)") == {"q-1", "q-3"}
    assert names(sf, f"{mine} AND (NOT Priority = 'Low')") == {"q-1"}
    assert names(sf, f"{mine} AND Priority NOT IN ('High') AND Status != 'Closed'") == {"q-2"}
    assert names(sf, f"{mine} AND CreatedDate = TODAY AND CreatedDate >= LAST_N_DAYS:1") == {"q-1", "q-2", "q-3"}
    assert names(sf, f"{mine} AND (CreatedDate < TODAY OR CreatedDate > TODAY)") == set()
    assert names(sf, f"{mine} AND ContactId = null AND CreatedDate > 2020-01-01T00:00:00Z") == {"q-1", "q-2", "q-3"}
    counted = sf.query(f"SELECT COUNT() FROM Case WHERE {mine}")
    assert (counted["totalSize"], counted["done"], counted["records"]) == (3, True, [])
    page = sf.query(f"SELECT Subject FROM Case WHERE {mine} ORDER BY Priority DESC, Subject DESC LIMIT 2 OFFSET 1")
    assert [row["Subject"] for row in page["records"]] == ["q-2", "q-1"]


@pytest.mark.parametrize(
    ("query", "expected", "said"),
    [
        ("SELECT Id FROM Case WHERE Subject = 'a' AND Subject = 'b' OR Subject = 'c'", "MALFORMED_QUERY", "'OR'"),
        ("SELECT Id FROM Case WHERE Subject = 'a' AND NOT Subject = 'b'", "MALFORMED_QUERY", "'NOT'"),
        ("SELECT Id FROM Case LIMIT", "MALFORMED_QUERY", "unexpected token: <EOF>"),
        ("SELECT Id, id FROM Case", "MALFORMED_QUERY", "duplicate field selected: id"),
        ("SELECT Id FROM Case WHERE CreatedDate > LAST_FORTNIGHT", "MALFORMED_QUERY", "'LAST_FORTNIGHT'"),
        ("SELECT Id FROM Case WHERE CreatedDate > 2026-13-01", "MALFORMED_QUERY", "'2026-13-01'"),
        ("SELECT Id FROM Case; DROP", "MALFORMED_QUERY", "unexpected token: ';'"),
        ("SELECT Id FROM Case WHERE CreatedDate > '2026-01-01'", "INVALID_FIELD", "should not be enclosed in quotes"),
        ("SELECT Id FROM Case WHERE CreatedDate > 2026-01-01", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Case WHERE Subject = 3", "INVALID_FIELD", "should be enclosed in quotes"),
        ("SELECT Id FROM Case WHERE IsClosed = 1", "INVALID_FIELD", "must be of type boolean"),
        ("SELECT Id FROM Case WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered in a query call"),
        ("SELECT Id FROM Case WHERE Id = 'short'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: short"),
        ("SELECT Id FROM Case OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
    ],
)
def test_what_the_grammar_does_not_know_is_refused_with_its_place(
    sf: Any, query: str, expected: str, said: str
) -> None:
    found, message = refusal(sf, query)
    assert found == expected
    assert said in message


def test_a_refusal_points_at_the_word(sf: Any) -> None:
    _, message = refusal(sf, "SELECT Id, Nope FROM Case")
    assert message.startswith(
        "\nSELECT Id, Nope FROM Case\n           ^\nERROR at Row:1:Column:12\nNo such column 'Nope'"
    )


def test_ids_of_fifteen_and_eighteen_characters_find_the_same_record_everywhere(sf: Any) -> None:
    account = sf.Account.create({"Name": "Fifteen"})["id"]
    short = account[:15]
    contact = sf.Contact.create({"LastName": "Short", "AccountId": short})["id"]

    assert sf.Contact.get(contact.lower())["AccountId"] == account
    rows = sf.query(f"SELECT Id FROM Contact WHERE AccountId IN ('{short}')")["records"]
    assert [row["Id"] for row in rows] == [contact]
    told = sf.restful(f"composite/sobjects/Account?ids={short},{account}&fields=Name") or []
    assert [row["Name"] for row in told] == ["Fifteen", "Fifteen"]
    assert (sf.restful(f"composite/sobjects?ids={contact[:15]}", method="DELETE") or [])[0]["id"] == contact


def test_a_result_is_read_in_batches_that_neither_overlap_nor_skip(sf: Any) -> None:
    for start in range(0, 450, 150):
        records = [{"attributes": {"type": "Product2"}, "Name": f"batch-{at}"} for at in range(start, start + 150)]
        sf.restful("composite/sobjects", method="POST", json={"records": records})
    sf.headers["Sforce-Query-Options"] = "batchSize=200"
    query = "SELECT Id, Name FROM Product2 WHERE Name LIKE 'batch-%' ORDER BY Name"

    first = sf.query(query)
    sf.Product2.update(first["records"][0]["Id"], {"Name": "batch-zzz"})
    second = sf.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    third = sf.query_more(second["nextRecordsUrl"].rpartition("/")[2])

    assert (first["totalSize"], first["done"], second["done"], third["done"]) == (450, False, False, True)
    assert first["nextRecordsUrl"].endswith("-200")
    ids = [row["Id"] for page in (first, second, third) for row in page["records"]]
    assert (len(ids), len(set(ids))) == (450, 450)
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_QUERY_LOCATOR"):
        sf.query_more("01gBH0000999999999-200")
    assert sum(1 for _ in sf.query_all_iter(query)) == 450


def test_a_cursor_lasts_two_days(org: tuple[World, Records]) -> None:
    world, records = org
    for at in range(3):
        records.create(ACCOUNT, {"Name": f"c{at}"})
    asked = {"q": "SELECT Name FROM Account"}
    first = queries.answer(world, records, "v67.0", ["query"], asked, 2).body
    locator = str(first["nextRecordsUrl"]).rpartition("/")[2]
    world.clock.advance(47 * 3600)
    more = queries.answer(world, records, "v67.0", ["query", locator], {}, 2).body
    assert [row["Name"] for row in more["records"]] == ["c2"]
    world.clock.advance(2 * 3600)
    with pytest.raises(Refusal, match="INVALID_QUERY_LOCATOR"):
        queries.answer(world, records, "v67.0", ["query", locator], {}, 2)


@pytest.mark.parametrize(("header", "size"), [("batchSize=500", 500), ("batchSize=10", 200), ("", 2000), ("x", 2000)])
def test_the_batch_size_is_a_wish_within_bounds(header: str, size: int) -> None:
    assert queries.batch_size(header) == size


def test_the_global_describe_lists_every_type_once(sf: Any) -> None:
    told = {each["name"]: each for each in sf.describe()["sobjects"]}
    assert told["ReturnOrder"]["keyPrefix"] == "0rT"
    assert told["Return__c"]["custom"]
    assert (told["Account"]["mergeable"], told["Order"]["mergeable"]) == (True, False)


@pytest.mark.skipif(not FIELDS.exists(), reason="the public field lists are not beside this checkout")
def test_describe_agrees_with_the_public_lists(sf: Any) -> None:
    public = json.loads(FIELDS.read_text())["objects"]
    kinds = {"Decimal": {"double"}, "Boolean": {"boolean"}, "Date": {"date"}, "Datetime": {"datetime"}}
    for each in sf.describe()["sobjects"]:
        if each["custom"]:
            continue
        told = getattr(sf, each["name"]).describe()
        known = public[each["name"]]
        for field in told["fields"]:
            kind = known["fields"].get(field["name"])
            if kind in kinds:
                assert field["type"] in kinds[kind], (each["name"], field["name"])
            if kind == "Id":
                assert field["type"] in ("id", "reference"), (each["name"], field["name"])
            # The public list of Asset leaves its product out, as it does with the field itself.
            if field["relationshipName"] and not field["custom"] and field["name"] != "Product2Id":
                assert field["relationshipName"] in known["parents"], (each["name"], field["name"])
        for child in told["childRelationships"]:
            if child["relationshipName"] and not child["childSObject"].endswith("__c"):
                name = child["relationshipName"]
                assert known["children"].get(name) == child["childSObject"], (each["name"], name)


def test_describe_tells_what_may_be_done_with_a_field(sf: Any) -> None:
    told = sf.ReturnOrderLineItem.describe()
    fields = {field["name"]: field for field in told["fields"]}

    reason = fields["ReasonForReturn"]
    assert (reason["type"], reason["restrictedPicklist"]) == ("picklist", True)
    assert [value["value"] for value in reason["picklistValues"] if value["defaultValue"]] == ["Damaged"]
    assert (fields["Returns_Line_Ref__c"]["externalId"], fields["Returns_Line_Ref__c"]["idLookup"]) == (True, True)
    assert (fields["ReturnOrderId"]["createable"], fields["ReturnOrderId"]["updateable"]) == (True, False)
    assert (fields["Description"]["filterable"], fields["QuantityReturned"]["soapType"]) == (False, "xsd:double")
    parent = sf.ReturnOrder.describe()["childRelationships"]
    assert [each["cascadeDelete"] for each in parent if each["childSObject"] == "ReturnOrderLineItem"] == [True]


def test_the_limits_tell_what_is_left(sf: Any) -> None:
    before = sf.limits()["DailyApiRequests"]
    after = sf.limits()["DailyApiRequests"]
    assert before["Remaining"] - after["Remaining"] == 1
    assert sf.api_usage["api-usage"].used == after["Max"] - after["Remaining"]
    assert "DailyBulkV2QueryJobs" in sf.limits()


def test_today_is_the_orgs_own_day(org: tuple[World, Records]) -> None:
    world, records = org
    records.create(ACCOUNT, {"Name": "Early"})
    asked = {"q": "SELECT COUNT() FROM Account WHERE CreatedDate = TODAY"}
    assert queries.answer(world, records, "v67.0", ["query"], asked, 200).body["totalSize"] == 1
    world.clock.advance((datetime.now(UTC).replace(hour=0) + timedelta(days=2) - datetime.now(UTC)).total_seconds())
    assert queries.answer(world, records, "v67.0", ["query"], asked, 200).body["totalSize"] == 0
