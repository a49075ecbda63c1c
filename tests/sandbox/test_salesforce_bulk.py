"""Bulk API 2.0, exercised with the bulk2 handler of simple-salesforce and, where it does not reach, by hand."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from simple_salesforce.bulk2 import Operation
from simple_salesforce.exceptions import (
    SalesforceMalformedRequest,
    SalesforceOperationError,
    SalesforceResourceNotFound,
)

from sandbox import credentials
from sandbox.books import Books
from sandbox.salesforce.bulk import Bulk
from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.org import Org
from sandbox.salesforce.reply import Ask
from sandbox.world import World


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def code(error: pytest.ExceptionInfo[Any]) -> str:
    return str(error.value.content[0]["errorCode"])


def test_rows_are_upserted_by_key_and_a_bad_one_fails_alone(sf: Any) -> None:
    records = [
        {"Returns_Ref__c": "R-646001", "Status": "Submitted", "Return_Version__c": "1"},
        {"Returns_Ref__c": "R-646002", "Status": "Lost", "Return_Version__c": "1"},
        {"Returns_Ref__c": "", "Status": "Submitted", "Return_Version__c": "1"},
    ]
    first = sf.bulk2.ReturnOrder.upsert(records=records, external_id_field="Returns_Ref__c", wait=0)[0]
    again = sf.bulk2.ReturnOrder.upsert(records=records[:1], external_id_field="Returns_Ref__c", wait=0)[0]

    assert (first["numberRecordsProcessed"], first["numberRecordsFailed"]) == (3, 2)
    good = rows(sf.bulk2.ReturnOrder.get_successful_records(first["job_id"]))
    bad = rows(sf.bulk2.ReturnOrder.get_failed_records(first["job_id"]))
    assert [(row["sf__Created"], row["Returns_Ref__c"]) for row in good] == [("true", "R-646001")]
    assert [row["sf__Error"].partition(":")[0] for row in bad] == [
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "MISSING_ARGUMENT",
    ]
    assert bad[0]["sf__Error"].endswith(":Status")
    assert sf.ReturnOrder.get(good[0]["sf__Id"])["Return_Version__c"] == 1
    assert rows(sf.bulk2.ReturnOrder.get_successful_records(again["job_id"]))[0]["sf__Created"] == "false"
    assert rows(sf.bulk2.ReturnOrder.get_unprocessed_records(first["job_id"])) == []


def test_a_blank_cell_leaves_a_field_alone_and_na_empties_it(sf: Any) -> None:
    made = sf.Account.create({"Name": "Null 646", "AccountNumber": "1", "Description": "old"})["id"]
    told = sf.bulk2.Account.update(records=[{"Id": made, "AccountNumber": "", "Description": "#N/A"}], wait=0)[0]
    kept = sf.Account.get(made)
    assert told["numberRecordsFailed"] == 0
    assert (kept["AccountNumber"], kept["Description"]) == ("1", None)


def test_a_parent_is_named_by_its_own_key(sf: Any) -> None:
    account = sf.Account.create({"Name": "Parent 646", "Shop_Customer_Ref__c": "646003"})["id"]
    people = [
        {"LastName": "Bulk", "Account.Shop_Customer_Ref__c": "646003"},
        {"LastName": "Bulk", "Account.Shop_Customer_Ref__c": "nobody"},
    ]
    told = sf.bulk2.Contact.insert(records=people, wait=0)[0]
    made = rows(sf.bulk2.Contact.get_successful_records(told["job_id"]))
    assert (told["numberRecordsFailed"], sf.Contact.get(made[0]["sf__Id"])["AccountId"]) == (1, account)


def test_deleting_fills_the_recycle_bin_and_deleting_hard_does_not(sf: Any) -> None:
    soft, hard = (sf.Account.create({"Name": f"Gone {at}"})["id"] for at in range(2))
    sf.bulk2.Account.delete(records=[{"Id": soft}], wait=0)
    sf.bulk2.Account.hard_delete(records=[{"Id": hard}], wait=0)
    query = f"SELECT Id FROM Account WHERE Id IN ('{soft}', '{hard}')"
    assert [row["Id"] for row in sf.query_all(query, include_deleted=True)["records"]] == [soft]
    assert sf.query(query)["totalSize"] == 0


def test_a_query_job_gives_its_rows_page_by_page(sf: Any, tmp_path: Path) -> None:
    lines = [{"Name": f'bulk "{at}", 646', "IsActive": "true"} for at in range(5)]
    sf.bulk2.Product2.insert(records=lines, wait=0)
    query = "SELECT Name, IsActive, CreatedDate FROM Product2 WHERE Name LIKE 'bulk %646' ORDER BY Name"

    pages = list(sf.bulk2.Product2.query(query, max_records=2, wait=0))

    assert [len(rows(page)) for page in pages] == [2, 2, 1]
    first = rows(pages[0])[0]
    assert (first["Name"], first["IsActive"], first["CreatedDate"][-1]) == ('bulk "0", 646', "true", "Z")
    sf.bulk2.Product2.download(query, path=str(tmp_path), max_records=5, wait=0)
    assert len(rows(next(tmp_path.iterdir()).read_text())) == 5


def test_a_bulk_query_over_deleted_records_and_one_that_is_wrong(sf: Any) -> None:
    made = sf.Account.create({"Name": "Deleted 646"})["id"]
    sf.Account.delete(made)
    query = "SELECT Id, IsDeleted FROM Account WHERE Name = 'Deleted 646'"
    assert rows("".join(sf.bulk2.Account.query_all(query, wait=0)))[0] == {"Id": made, "IsDeleted": "true"}
    assert rows("".join(sf.bulk2.Account.query(query, wait=0))) == []
    with pytest.raises(SalesforceMalformedRequest) as refused:
        list(sf.bulk2.Account.query("SELECT Nope FROM Account", wait=0))
    assert code(refused) == "INVALID_FIELD"
    with pytest.raises(SalesforceOperationError, match="COUNT"):
        list(sf.bulk2.Account.query("SELECT COUNT() FROM Account", wait=0))


@pytest.mark.parametrize(
    ("text", "ending", "said"),
    [
        ("Name,Nope\na,b\n", "LF", "Field name not found : Nope"),
        ("\ufeffName\na\n", "LF", "Field name not found"),
        ("Name\r\na\r\n", "LF", "LineEnding is invalid"),
        ("Name\na\n", "CRLF", "LineEnding is invalid"),
    ],
)
def test_a_file_that_cannot_be_read_fails_the_job(sf: Any, text: str, ending: Any, said: str) -> None:
    client = sf.bulk2.Account._client
    job = client.create_job(Operation.insert, line_ending=ending)["id"]
    client.upload_job_data(job, text)
    client.close_job(job)
    told = client.get_job(job, False)
    assert told["state"] == "Failed"
    assert said in told["errorMessage"]


def test_a_file_of_another_delimiter_with_breaks_inside_a_cell(sf: Any) -> None:
    client = sf.bulk2.Account._client
    job = client.create_job(Operation.insert, column_delimiter="PIPE")["id"]
    client.upload_job_data(job, 'Name|Description\nPiped 646|"two\nlines, one cell"\nshort\n')
    client.close_job(job)
    told = client.get_job(job, False)
    assert (told["state"], told["numberRecordsProcessed"], told["numberRecordsFailed"]) == ("JobComplete", 2, 1)
    found = sf.query("SELECT Description FROM Account WHERE Name = 'Piped 646'")["records"]
    assert [row["Description"] for row in found] == ["two\nlines, one cell"]


def test_a_job_is_uploaded_once_aborted_and_deleted(sf: Any) -> None:
    client = sf.bulk2.Account._client
    made = client.create_job(Operation.insert)
    job = made["id"]
    assert (made["state"], made["contentUrl"]) == ("Open", f"services/data/v67.0/jobs/ingest/{job}/batches")
    with pytest.raises(SalesforceMalformedRequest) as empty:
        client.close_job(job)
    with pytest.raises(SalesforceMalformedRequest) as open_still:
        client.delete_job(job, False)
    client.upload_job_data(job, "Name\nAborted 646\n")
    with pytest.raises(SalesforceMalformedRequest) as twice:
        client.upload_job_data(job, "Name\nAborted 646\n")
    assert {code(empty), code(open_still), code(twice)} == {"INVALIDJOBSTATE"}
    assert client.abort_job(job, False)["state"] == "Aborted"
    with pytest.raises(SalesforceMalformedRequest):
        client.close_job(job)
    # The library's own delete_job stumbles over the empty 204 the platform answers.
    headers = {"Authorization": f"Bearer {sf.session_id}"}
    assert sf.session.delete(f"{sf.bulk2_url}ingest/{job}", headers=headers).status_code == 204
    with pytest.raises(SalesforceResourceNotFound):
        client.get_job(job, False)
    assert sf.query("SELECT COUNT() FROM Account WHERE Name = 'Aborted 646'")["totalSize"] == 0


def test_a_client_may_send_its_file_in_chunks(sf: Any) -> None:
    client = sf.bulk2.Account._client
    job = client.create_job(Operation.insert)["id"]
    headers = {"Authorization": f"Bearer {sf.session_id}", "Content-Type": "text/csv"}
    parts = iter([b"Name\nChu", b"nked 646\n"])
    answer = sf.session.put(f"{sf.bulk2_url}ingest/{job}/batches", data=parts, headers=headers)
    assert answer.status_code == 201
    client.close_job(job)
    assert client.get_job(job, False)["numberRecordsProcessed"] == 1
    told = sf.session.get(f"{sf.bulk2_url}ingest/{job}/unprocessedrecords/", headers=headers)
    assert (told.status_code, told.headers["content-type"].partition(";")[0]) == (200, "text/csv")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"object": "Account", "operation": "merge"}, "INVALIDOPERATION"),
        ({"object": "Nope", "operation": "insert"}, "INVALID_TYPE"),
        ({"object": "Account", "operation": "upsert", "externalIdFieldName": "Name"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "insert", "contentType": "XML"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "insert", "columnDelimiter": "STAR"}, "INVALIDJOB"),
    ],
)
def test_a_job_that_cannot_be_is_refused(sf: Any, body: dict[str, str], expected: str) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.restful("jobs/ingest", method="POST", json=body)
    assert code(refused) == expected


@pytest.fixture
def slow(tmp_path: Path) -> tuple[World, Bulk]:
    """An org inside the test that takes ten seconds for a job."""
    world = World(Books(":memory:"), credentials.load(tmp_path))
    org = Org(world)
    org.change({"bulk_seconds": 10})
    return world, Bulk(world, org)


def ask(method: str, body: Any = None) -> Ask:
    return Ask(method, {}, body, {})


def test_a_job_waits_works_and_is_done_in_its_time(slow: tuple[World, Bulk]) -> None:
    world, bulk = slow
    made = bulk.answer(ask("POST", {"object": "Account", "operation": "insert"}), "v67.0", ["ingest"]).body
    steps = ["ingest", made["id"]]
    bulk.answer(ask("PUT", "Name\nLater\n"), "v67.0", [*steps, "batches"])
    bulk.answer(ask("PATCH", {"state": "UploadComplete"}), "v67.0", steps)

    states: list[str] = []
    for seconds in (0, 6, 5):
        world.clock.advance(seconds)
        bulk.catch_up()
        states.append(bulk.answer(ask("GET"), "v67.0", steps).body["state"])
    assert states == ["UploadComplete", "InProgress", "JobComplete"]
    assert [row["Name"] for row in world.books.all("salesforce.Account")] == ["Later"]


def test_a_job_is_forgotten_after_seven_days(slow: tuple[World, Bulk]) -> None:
    world, bulk = slow
    new = ask("POST", {"object": "Account", "operation": "insert"})
    made = bulk.answer(new, "v67.0", ["ingest"]).body
    world.clock.advance(8 * 86400)
    bulk.answer(new, "v67.0", ["ingest"])
    with pytest.raises(Refusal, match="NOT_FOUND"):
        bulk.answer(ask("GET"), "v67.0", ["ingest", made["id"]])
