"""Rules of the pretended Dynamics environment: states, merging, duplicates, service protection."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.sandbox.dataverse import Dataverse, dataverse, error

DETECT = {"MSCRM.SuppressDuplicateDetection": "false"}


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Dataverse:
    return dataverse(tmp_path_factory.getbasetemp())


def test_state_and_reason_belong_together(place: Dataverse) -> None:
    row = f"accounts({place.made('accounts', name='One')})"

    def move(**body: int) -> httpx.Response:
        return place.api.patch(row, json=body)

    assert error(move(statecode=7)) == (400, "0x80044330")
    assert error(move(statuscode=2)) == (400, "0x80048408")
    assert error(move(statecode=1, statuscode=1)) == (400, "0x80048408")
    assert move(statecode=1).status_code == 204
    assert (place.api.get(row).json()["statecode"], place.api.get(row).json()["statuscode"]) == (1, 2)
    assert move(statecode=0, statuscode=1).status_code == 204


def case(place: Dataverse, title: str) -> str:
    customer = {"customerid_account@odata.bind": f"/accounts({place.ids['account']})"}
    return place.made("incidents", title=title, **customer)


def test_a_case_is_resolved_with_a_reason_of_resolved_cases_only(place: Dataverse) -> None:
    key = case(place, "One")

    def close(status: int) -> httpx.Response:
        resolution = {"subject": "done", "incidentid@odata.bind": f"/incidents({key})"}
        return place.api.post("CloseIncident", json={"IncidentResolution": resolution, "Status": status})

    assert error(close(6)) == (400, "0x80048408")
    assert close(1000).status_code == 204
    assert place.api.get(f"incidents({key})").json()["statuscode"] == 1000
    reopened = place.api.patch(f"incidents({key})", json={"statecode": 0, "statuscode": 1})
    assert reopened.status_code == 204


def merge(place: Dataverse, table: str, target: str, subordinate: str, **content: Any) -> httpx.Response:
    kind = {"@odata.type": f"Microsoft.Dynamics.CRM.{table}"}
    body = {
        "Target": {**kind, f"{table}id": target},
        "Subordinate": {**kind, f"{table}id": subordinate},
        "UpdateContent": {**kind, **content},
        "PerformParentingChecks": False,
    }
    return place.api.post("Merge", json=body)


def test_a_merge_keeps_the_subordinate_inactive_with_the_way_to_its_master(place: Dataverse) -> None:
    target, other = place.made("accounts", name="Target"), place.made("accounts", name="Other")
    child = place.made("contacts", lastname="Child", **{"parentcustomerid_account@odata.bind": f"/accounts({other})"})

    assert merge(place, "account", target, other, accountnumber="9").status_code == 204
    row = place.api.get(f"accounts({other})?$expand=masterid($select=name)").json()
    assert (row["statecode"], row["statuscode"], row["merged"], row["masterid"]["name"]) == (1, 2, True, "Target")
    assert place.api.get(f"accounts({target})").json()["accountnumber"] == "9"
    assert place.api.get(f"contacts({child})").json()["_parentcustomerid_value"] == target
    assert error(merge(place, "account", target, other)) == (400, "0x80040203")
    assert error(merge(place, "account", target, target)) == (400, "0x80040203")
    assert error(merge(place, "product", target, other)) == (400, "0x80040203")
    written = place.api.patch(f"accounts({target})", json={"merged": True})
    assert (written.status_code, place.api.get(f"accounts({target})").json()["merged"]) == (204, False)


def test_a_merged_case_is_cancelled_as_merged(place: Dataverse) -> None:
    target, other = case(place, "Target"), case(place, "Other")
    assert merge(place, "incident", target, other).status_code == 204
    row = place.api.get(f"incidents({other})").json()
    assert (row["statecode"], row["statuscode"], row["_masterid_value"]) == (2, 2000, target)


def test_a_refused_merge_changes_nothing(place: Dataverse) -> None:
    target, other = place.made("accounts", name="Target"), place.made("accounts", name="Other")
    assert merge(place, "account", target, other, nope=1).status_code == 400
    assert place.api.get(f"accounts({other})").json()["statecode"] == 0


def test_duplicates_are_looked_for_only_when_asked(place: Dataverse) -> None:
    first = place.made("contacts", lastname="One", emailaddress1="one@example.test")
    same = {"lastname": "Two", "emailaddress1": "ONE@example.test"}

    assert error(place.api.post("contacts", json=same, headers=DETECT)) == (412, "0x80040333")
    assert place.api.post("contacts", json=same).status_code == 204
    assert error(place.api.patch(f"contacts({first})", json={"firstname": "A"}, headers=DETECT)) == (412, "0x80040333")
    other = {"lastname": "Three", "emailaddress1": "three@example.test"}
    assert place.api.post("contacts", json=other, headers=DETECT).status_code == 204
    # The rules look at active rows of the same table.
    assert place.api.post(
        "accounts", json={"name": "A", "emailaddress1": "one@example.test"}, headers=DETECT
    ).is_success


def test_too_many_requests_are_refused_longer_the_more_they_are_pushed(place: Dataverse) -> None:
    place.settings(requests_per_window=2)
    left = "x-ms-ratelimit-burst-remaining-xrm-requests"
    assert [int(place.api.get("WhoAmI").headers[left]) for _ in range(2)] == [1, 0]

    refused = [place.api.get("WhoAmI") for _ in range(3)]
    assert {error(each) for each in refused} == {(429, "0x80072322")}
    message = "Number of requests exceeded the limit of 2 over time window of 300 seconds."
    assert refused[0].json()["error"]["message"] == message
    place.world.clock.advance(200)
    waits = [int(each.headers["Retry-After"]) for each in (*refused, place.api.get("WhoAmI"))]
    assert waits[0] == waits[2] == 300, "never longer than the window"
    assert waits[3] > 100, "the window was over in 100 seconds, but for the pushing"
    place.world.clock.advance(waits[3])
    assert place.api.get("WhoAmI").status_code == 200


def test_a_wait_that_is_kept_is_over(place: Dataverse) -> None:
    place.settings(requests_per_window=1)
    place.api.get("WhoAmI").raise_for_status()
    place.world.clock.advance(250)
    first, second = (int(place.api.get("WhoAmI").headers["Retry-After"]) for _ in range(2))
    assert first < second
    place.world.clock.advance(second)
    assert place.api.get("WhoAmI").status_code == 200


def test_execution_time_is_limited_in_sum(place: Dataverse) -> None:
    place.settings(execution_ms_per_window=0)
    refused = place.api.get("WhoAmI")
    assert error(refused) == (429, "0x80072321")
    assert refused.json()["error"]["message"].startswith("Combined execution time of incoming requests exceeded limit")
    place.settings(execution_ms_per_window=1_200_000)
    spent = place.api.get("accounts").headers["x-ms-ratelimit-time-remaining-xrm-requests"]
    assert 1190 < float(spent) <= 1200


def test_requests_under_way_at_once_are_limited(place: Dataverse) -> None:
    place.settings(concurrent_requests=2, latency_ms=50)
    app, headers = place.app, dict(place.api.headers)

    async def crowd() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=place.api.base_url, headers=headers) as client:
            return await asyncio.gather(*(client.get("WhoAmI") for _ in range(3)))

    answers = asyncio.run(crowd())
    assert sorted(each.status_code for each in answers) == [200, 200, 429]
    refused = next(each for each in answers if each.status_code == 429)
    assert error(refused) == (429, "0x80072326")
    assert refused.json()["error"]["message"] == "Number of concurrent requests exceeded the limit of 2."
