"""Asynchronous requests: a job, its task, its result, and the key that makes a request count once."""

import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.stack.netsuite import RECORD, Account, error
from tests.stack.sandbox import Sandbox

ASYNC = {"Prefer": "respond-async"}


@pytest.fixture(scope="module")
def account(sandbox: Sandbox) -> Iterator[Account]:
    account = Account(sandbox)
    account.login()
    yield account
    account.http.close()


def job_of(account: Account, answer: httpx.Response) -> dict[str, object]:
    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == "respond-async"
    job: dict[str, object] = account.http.get(answer.headers["location"]).json()
    return job


def result(account: Account, answer: httpx.Response) -> httpx.Response:
    return account.http.get(f"{answer.headers['location']}/task/1/result")


def test_a_job_answers_what_the_request_would_have(account: Account) -> None:
    answer = account.http.post(f"{RECORD}/customer", json={"companyName": "Async"}, headers=ASYNC)
    job = job_of(account, answer)
    assert (job["completed"], job["progress"]) == (True, "succeeded")
    tasks = account.http.get(f"{answer.headers['location']}/task").json()
    task = account.http.get(tasks["items"][0]["links"][0]["href"]).json()
    assert {entry["rel"] for entry in task["links"]} == {"self", "related"}
    assert {"startTime", "endTime"} <= task.keys()
    done = result(account, answer)
    assert done.status_code == 204
    assert account.http.get(done.headers["location"]).json()["companyName"] == "Async"


def test_a_job_that_is_held_stays_pending(account: Account) -> None:
    account.sandbox.control.post("/netsuite/jobs", json={"held": True})
    try:
        answer = account.http.get(f"{RECORD}/inventoryStatus/1?fields=name", headers=ASYNC)
        assert job_of(account, answer)["progress"] == "pending"
        assert result(account, answer).status_code == 404
    finally:
        account.sandbox.control.post("/netsuite/jobs", json={"held": False})
    assert job_of(account, answer)["progress"] == "succeeded"
    assert result(account, answer).json()["name"] == "Good"


def test_a_refused_request_is_a_failed_job_with_the_refusal_as_its_result(account: Account) -> None:
    answer = account.http.delete(f"{RECORD}/customer/999999", headers=ASYNC)
    assert job_of(account, answer)["progress"] == "failed"
    assert error(result(account, answer))[:2] == (404, "NONEXISTENT_ID")


def test_a_key_counts_once(account: Account) -> None:
    keyed = ASYNC | {"X-NetSuite-Idempotency-Key": str(uuid.uuid4())}
    body = {"companyName": "Once"}
    first = account.http.post(f"{RECORD}/customer", json=body, headers=keyed)
    again = account.http.post(f"{RECORD}/customer", json=body, headers=keyed)
    assert error(again)[:2] == (400, "IDEMPOTENCY_ERROR")
    assert again.json()["title"] == "Conflict"
    assert again.headers["location"] == first.headers["location"]
    assert account.get("customer", q="companyName IS Once").json()["totalResults"] == 1


def test_a_key_is_ignored_on_a_synchronous_request(account: Account) -> None:
    keyed = {"X-NetSuite-Idempotency-Key": str(uuid.uuid4())}
    for _ in range(2):
        made = account.http.post(f"{RECORD}/customer", json={"companyName": "Twice"}, headers=keyed)
        assert made.status_code == 204
    assert account.get("customer", q="companyName IS Twice").json()["totalResults"] == 2


def test_a_key_must_be_a_uuid(account: Account) -> None:
    keyed = ASYNC | {"X-NetSuite-Idempotency-Key": "return-1"}
    assert error(account.http.get(f"{RECORD}/customer", headers=keyed))[:2] == (400, "INVALID_HEADER")


def test_unknown_jobs_and_tasks_are_not_found(account: Account) -> None:
    assert account.http.get("/services/rest/async/v1/job/999999").status_code == 404
    answer = account.http.get(f"{RECORD}/location/1", headers=ASYNC)
    assert account.http.get(f"{answer.headers['location']}/task/2").status_code == 404
