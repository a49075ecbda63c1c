"""Many records in one call: graphs, collections, duplicate rules and rows that somebody else holds."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceMoreThanOneRecord

from tests.sandbox.crm import salesforce
from tests.stack.sandbox import Sandbox

BASE = "/services/data/v67.0/sobjects"


@pytest.fixture
def rules(sandbox: Sandbox) -> Iterator[Any]:
    """Sets the org's duplicate rules; they are off again afterwards."""

    def become(action: str) -> None:
        sandbox.control.post("/salesforce/org", json={"duplicate_rules": action}).raise_for_status()

    yield become
    become("off")


def graphs(sf: Any, *graphs: dict[str, Any]) -> list[dict[str, Any]]:
    answer = sf.restful("composite/graph", method="POST", json={"graphs": graphs}) or {}
    return list(answer["graphs"])


def family(name: str, last_name: str | None, account: str | None = None) -> dict[str, Any]:
    """A graph of an account and its contact."""
    person = {"LastName": last_name, "AccountId": "@{company.id}"}
    return {
        "graphId": name,
        "compositeRequest": [
            {"method": "POST", "url": f"{BASE}/Account", "referenceId": "company", "body": {"Name": account or name}},
            {"method": "POST", "url": f"{BASE}/Contact", "referenceId": "person", "body": person},
        ],
    }


def collection(sf: Any, method: str, *records: dict[str, Any], path: str = "", whole: bool = False) -> list[Any]:
    body = {"allOrNone": whole, "records": list(records)}
    return list(sf.restful(f"composite/sobjects{path}", method=method, json=body) or [])


def account(name: str, **more: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Account"}, "Name": name, **more}


def entry_of(error: pytest.ExceptionInfo[Any]) -> dict[str, Any]:
    """The first error of a refusal."""
    entry: dict[str, Any] = error.value.content[0]
    return entry


def plans(sandbox: Sandbox) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = sandbox.control.get("/faults").json()
    return listed


def count(sf: Any, where: str) -> int:
    return int(sf.query(f"SELECT COUNT() FROM Account WHERE {where}")["totalSize"])


def test_each_graph_stands_or_falls_by_itself(sf: Any) -> None:
    told = graphs(sf, family("g1-643", "Lee"), family("g2-643", None))

    assert [(each["graphId"], each["isSuccessful"]) for each in told] == [("g1-643", True), ("g2-643", False)]
    good = told[0]["graphResponse"]["compositeResponse"]
    assert [entry["httpStatusCode"] for entry in good] == [201, 201]
    assert sf.Contact.get(good[1]["body"]["id"])["AccountId"] == good[0]["body"]["id"]
    bad = told[1]["graphResponse"]["compositeResponse"]
    assert bad[0]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert bad[1]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert (count(sf, "Name = 'g1-643'"), count(sf, "Name = 'g2-643'")) == (1, 0)


def test_after_too_many_failures_the_rest_is_not_tried(sf: Any) -> None:
    told = graphs(sf, *(family(f"f{at}", None) for at in range(15)), family("last-643", "Good"))

    assert not told[-1]["isSuccessful"]
    entries = told[-1]["graphResponse"]["compositeResponse"]
    assert {entry["body"][0]["errorCode"] for entry in entries} == {"PROCESSING_HALTED"}
    assert count(sf, "Name = 'last-643'") == 0


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ([family("same", "a"), family("same", "b")], "INVALID_INPUT"),
        ([family(f"n{at}", "a") for at in range(76)], "LIMIT_EXCEEDED"),
        ([{"graphId": "empty", "compositeRequest": []}], "INVALID_INPUT"),
        (
            [{"graphId": "q", "compositeRequest": [{"method": "GET", "url": f"{BASE[:-8]}query?q=x"}]}],
            "INVALID_INPUT",
        ),
        (
            [{"graphId": "big", "compositeRequest": family("x", "a")["compositeRequest"] * 251}],
            "LIMIT_EXCEEDED",
        ),
    ],
)
def test_a_graph_beyond_the_rules_is_refused_whole(sf: Any, graph: list[dict[str, Any]], expected: str) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        graphs(sf, *graph)
    assert entry_of(refused)["errorCode"] == expected


def test_a_chain_of_references_is_at_most_fifteen_deep(sf: Any) -> None:
    def chain(length: int) -> dict[str, Any]:
        nodes = [{"method": "POST", "url": f"{BASE}/Account", "referenceId": "n0", "body": {"Name": "chain-643"}}]
        for at in range(1, length):
            body = {"Name": "chain-643", "Description": f"@{{n{at - 1}.id}}"}
            nodes.append({"method": "POST", "url": f"{BASE}/Account", "referenceId": f"n{at}", "body": body})
        return {"graphId": f"chain{length}", "compositeRequest": nodes}

    assert graphs(sf, chain(15))[0]["isSuccessful"]
    with pytest.raises(SalesforceMalformedRequest, match="LIMIT_EXCEEDED"):
        graphs(sf, chain(16))


def test_a_subrequest_carries_conditions_of_its_own(sf: Any) -> None:
    made = sf.Case.create({"Subject": "Old"})["id"]
    past = {"If-Unmodified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"}
    part = {"method": "PATCH", "url": f"{BASE}/Case/{made}", "body": {"Subject": "New"}}
    asked = [{**part, "referenceId": "guarded", "httpHeaders": past}, {**part, "referenceId": "free"}]
    told = sf.restful("composite", method="POST", json={"compositeRequest": asked}) or {}
    assert [entry["httpStatusCode"] for entry in told["compositeResponse"]] == [412, 204]


def test_a_collection_creates_changes_reads_and_deletes(sf: Any) -> None:
    made = [item["id"] for item in collection(sf, "POST", account("c1-644"), account("c2-644"))]
    changed = collection(sf, "PATCH", account("c1b-644", id=made[0][:15]), account("c3", id="001BH00000zzzzz"))
    kept = collection(sf, "PATCH", account("up-644", Id=made[1]), path="/Account/Id")
    read = sf.restful("composite/sobjects/Account", method="POST", json={"ids": [*made, made[0]], "fields": ["Name"]})
    gone = sf.restful(f"composite/sobjects?ids={made[1]},{made[1]}", method="DELETE") or []
    after = sf.restful(f"composite/sobjects/Account?ids={','.join(made)}&fields=Id,Name") or []

    assert [item["success"] for item in changed] == [True, False]
    assert changed[1]["errors"][0]["statusCode"] == "NOT_FOUND"
    assert (kept[0]["id"], kept[0]["created"]) == (made[1], False)
    assert [row["Name"] for row in read or []] == ["c1b-644", "up-644", "c1b-644"]
    assert [item["success"] for item in gone] == [True, False]
    assert gone[1]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"
    assert [row and row["Name"] for row in after] == ["c1b-644", None]


def test_all_or_none_keeps_nothing_of_a_delete_either(sf: Any) -> None:
    made = collection(sf, "POST", account("n-644"))[0]["id"]
    told = sf.restful(f"composite/sobjects?ids={made},001BH00000zzzzz&allOrNone=true", method="DELETE") or []
    assert told[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert sf.Account.get(made)["Name"] == "n-644"


def test_a_detail_named_after_its_parent_in_one_delete_is_no_failure(sf: Any) -> None:
    product = sf.Product2.create({"Name": "Detail"})["id"]
    parent = sf.ReturnOrder.create({"Status": "Submitted"})["id"]
    line = sf.ReturnOrderLineItem.create({"ReturnOrderId": parent, "QuantityReturned": 1, "Product2Id": product})["id"]

    both: Any = sf.restful(f"composite/sobjects?ids={parent},{line}", method="DELETE")
    again: Any = sf.restful(f"composite/sobjects?ids={line}", method="DELETE")

    assert [item["success"] for item in both] == [True, True]
    assert again[0]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"


def test_a_key_that_several_records_carry_changes_none_of_them(sf: Any) -> None:
    made = [sf.Account.create({"Name": f"Twice {at}", "Legacy_Number__c": "L-644"})["id"] for at in range(2)]
    with pytest.raises(SalesforceMoreThanOneRecord) as many:
        sf.Account.upsert("Legacy_Number__c/L-644", {"Name": "Which"})
    with pytest.raises(SalesforceMalformedRequest, match="DUPLICATE_EXTERNAL_ID"):
        sf.Contact.create({"LastName": "Whose", "Account": {"Legacy_Number__c": "L-644"}})

    assert [str(url).rpartition("/")[2] for url in list(many.value.content)] == made
    assert count(sf, "Name = 'Which'") == 0


def test_an_upsert_that_changes_tells_so_from_version_46_on(sandbox: Sandbox, http: requests.Session) -> None:
    told = []
    for version in ("45.0", "46.0"):
        old: Any = salesforce(sandbox, http, version)
        told.append([old.ReturnOrder.upsert("Returns_Ref__c/R-644001", {"Status": "Submitted"}) for _ in range(2)][1])
    assert told == [204, 200]


def test_a_likely_duplicate_is_saved_only_when_the_header_allows_it(sf: Any, rules: Any) -> None:
    first = sf.Contact.create({"LastName": "Twin", "Email": "twin@example.test"})["id"]
    rules("alert")
    again = {"LastName": "Twin", "Email": "TWIN@example.test"}
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Contact.create(again)

    entry = entry_of(refused)
    assert entry["errorCode"] == "DUPLICATES_DETECTED"
    result = entry["duplicateResult"]
    match = result["matchResults"][0]["matchRecords"][0]
    assert (result["allowSave"], result["duplicateRuleEntityType"]) == (True, "Contact")
    assert (match["record"]["Id"], match["record"].get("LastName")) == (first, None)
    with pytest.raises(SalesforceMalformedRequest) as told:
        sf.Contact.create(again, headers={"Sforce-Duplicate-Rule-Header": "includeRecordDetails=true"})
    shown = entry_of(told)["duplicateResult"]["matchResults"][0]["matchRecords"][0]["record"]
    assert shown["LastName"] == "Twin"
    saved = sf.Contact.create(again, headers={"Sforce-Duplicate-Rule-Header": "allowSave=true; runAsCurrentUser=true"})
    assert saved["success"]
    assert sf.Contact.update(first, {"LastName": "Twins"}) == 204, "an untouched address is not checked again"


def test_a_blocking_rule_is_passed_by_nothing_and_fails_one_record_alone(sf: Any, rules: Any) -> None:
    sf.Account.create({"Name": "Block 644"})
    rules("block")
    with pytest.raises(SalesforceMalformedRequest, match="DUPLICATES_DETECTED"):
        sf.Account.create({"Name": "Block 644"}, headers={"Sforce-Duplicate-Rule-Header": "allowSave=true"})
    told = collection(sf, "POST", account("block 644"), account("Free 644"))
    assert [item["success"] for item in told] == [False, True]
    assert told[0]["errors"][0]["statusCode"] == "DUPLICATES_DETECTED"


def test_a_plan_locks_one_record_among_many(sf: Any, sandbox: Sandbox) -> None:
    made = [item["id"] for item in collection(sf, "POST", *(account(f"l{at}-645") for at in range(3)))]
    sandbox.fault("salesforce", "UNABLE_TO_LOCK_ROW", "error", times=2, contains=made[1])
    wishes = [account(f"m{at}-645", id=ident) for at, ident in enumerate(made)]

    some = collection(sf, "PATCH", *wishes)
    none = collection(sf, "PATCH", *wishes, whole=True)
    done = collection(sf, "PATCH", *wishes, whole=True)

    assert [item["success"] for item in some] == [True, False, True]
    assert some[1]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    codes = [item["errors"][0]["statusCode"] for item in none]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "UNABLE_TO_LOCK_ROW", "ALL_OR_NONE_OPERATION_ROLLED_BACK"]
    assert all(item["success"] for item in done), "a lock met in a call that was rolled back is met once, not for ever"


def test_a_lock_is_told_of_a_record_by_its_external_id(sf: Any, sandbox: Sandbox) -> None:
    sf.ReturnOrder.upsert("Returns_Ref__c/R-645001", {"Status": "Submitted"})
    sandbox.fault("salesforce", "UNABLE_TO_LOCK_ROW", "error", contains="R-645001")
    with pytest.raises(SalesforceMalformedRequest, match="UNABLE_TO_LOCK_ROW"):
        sf.ReturnOrder.upsert("Returns_Ref__c/R-645001", {"Status": "Approved"})
    assert sf.ReturnOrder.upsert("Returns_Ref__c/R-645001", {"Status": "Approved"}) == 200


def test_a_plan_for_every_operation_is_not_used_up_by_records(sf: Any, sandbox: Sandbox) -> None:
    made = sf.Account.create({"Name": "Slow 645"})["id"]
    sandbox.fault("salesforce", "*", "slow", times=2, delay_ms=1)
    sandbox.fault("salesforce", "UNABLE_TO_LOCK_ROW", "error")
    assert sf.Account.update(made, {"Name": "a"}) == 204
    assert [plan["times"] for plan in plans(sandbox) if plan["operation"] == "*"] == [1]
    assert sf.limits()
    with pytest.raises(SalesforceMalformedRequest, match="UNABLE_TO_LOCK_ROW"):
        sf.Account.update(made, {"Name": "b"})
