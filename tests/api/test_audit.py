"""The audit over HTTP: what a return's callers did, for those who may see it, and only that."""

from __future__ import annotations

import json
from typing import Any

from security.roles import Role
from tests.api.office import KEYS, Office


async def test_what_was_done_to_a_return_is_told_with_who_did_it(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    stream = f"return:{return_id}"
    answer = await office.ask(Role.AUDITOR, "GET", f"/audit?stream={stream}")
    assert answer.status_code == 200, answer.text
    acts = answer.json()["acts"]
    assert [one["seq"] for one in acts] == list(range(len(acts), 0, -1))
    assert acts[-1]["action"] == "return:requested"
    assert acts[0]["after"]["stage"] == "quoted"
    first = (await office.ask(Role.AUDITOR, "GET", f"/audit?stream={stream}&limit=1")).json()
    second = (await office.ask(Role.AUDITOR, "GET", f"/audit?stream={stream}&limit=1&cursor={first['cursor']}")).json()
    assert [first["acts"], second["acts"]] == [acts[:1], acts[1:2]]


async def test_a_privacy_officer_sees_what_touches_the_data_of_persons(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    assert (await office.ask(Role.PRIVACY_OFFICER, "GET", f"/audit?stream=return:{return_id}")).json()["acts"] == []


async def test_an_auditor_of_another_region_sees_nothing_of_it_and_verifies_nothing(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    page = await office.ask(Role.AUDITOR, "GET", f"/audit?stream=return:{return_id}", abroad=True)
    assert page.json() == {"acts": [], "cursor": None}
    for path in ("/audit/verification", "/audit/export"):
        answer = await office.ask(Role.AUDITOR, "GET", path, abroad=True)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_it_is_verified_and_handed_out_whole(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    verdict = (await office.ask(Role.IT_ADMIN, "GET", f"/audit/verification?stream=return:{return_id}")).json()
    assert (verdict["right"], verdict["streams"], verdict["findings"]) == (True, 1, [])
    copy = await office.ask(Role.AUDITOR, "GET", "/audit/export")
    assert copy.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in copy.text.splitlines()]
    mine = [line for line in lines if line["kind"] == "act" and line["stream"] == f"return:{return_id}"]
    assert len(mine) == verdict["acts"]


async def test_a_moment_without_its_time_zone_is_refused_by_name(office: Office) -> None:
    answer = await office.ask(Role.AUDITOR, "GET", "/audit?since=2026-11-21T10:00:00")
    assert (answer.status_code, answer.json()["field"]) == (400, "since")


async def test_every_use_of_a_key_that_writes(office: Office) -> None:
    async def used() -> list[dict[str, Any]]:
        stream = f"access:{KEYS[Role.STOREFRONT].split('_')[1]}"
        answer = await office.ask(Role.AUDITOR, "GET", f"/audit?stream={stream}&limit=500")
        return list(reversed(answer.json()["acts"]))

    before = len(await used())
    return_id = (await office.started())["return_id"]
    await office.ask(Role.STOREFRONT, "POST", f"/returns/{return_id}/withdrawal", {}, key="w-1")
    await office.ask(Role.STOREFRONT, "GET", f"/returns/{return_id}")
    await office.ask(Role.STOREFRONT, "POST", f"/returns/{return_id}/inspections", {})
    started, withdrawn, refused = (await used())[before:]
    assert (started["actor"], started["action"], started["subject"]) == ("storefront", "return:start", "/returns")
    assert (withdrawn["action"], withdrawn["subject"]) == ("return:withdraw", f"return:{return_id}")
    assert withdrawn["after"] == {"request": f"POST /returns/{return_id}/withdrawal", "key": "w-1"}
    assert (refused["action"], refused["subject"]) == ("access:refuse", f"return:{return_id}")
    assert refused["after"] == {"request": f"POST /returns/{return_id}/inspections", "wanted": "return:inspect"}
