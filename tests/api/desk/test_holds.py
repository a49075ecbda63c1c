"""Holds over HTTP: seen with their age, taken by one at a time, given back, decided by whoever took them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from security.roles import Role
from store.stores import open_doors
from tests.api.desk.conftest import OTHER
from tests.api.office import Office


async def held(office: Office) -> str:
    """The address of a hold of finance's, on a return of its own."""
    return_id = (await office.started())["return_id"]
    asked = await office.ask(Role.SUPPORT, "POST", f"/returns/{return_id}/changes", {"partial_refund": "3.00 EUR"})
    assert asked.status_code == 202, asked.text
    return f"/returns/{return_id}/holds/{(await office.held(return_id))['hold_id']}"


async def claim(office: Office, path: str, minutes: Any = 30, key: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if key:
        return await office.http.post(f"{path}/claim", json={"minutes": minutes}, headers=headers)
    return await office.ask(Role.FINANCE, "POST", f"{path}/claim", {"minutes": minutes})


async def test_one_takes_it_and_everybody_sees_who(office: Office) -> None:
    path = await held(office)
    taken = await claim(office, path)
    assert taken.status_code == 200, taken.text
    assert (taken.json()["taken"]["by"], taken.json()["mine"]) == ("finance", True)
    other = await claim(office, path, key=OTHER)
    assert (other.status_code, other.json()["code"]) == (409, "taken")
    assert "finance works on" in other.json()["detail"]
    listed = (await office.ask(Role.SUPPORT, "GET", "/holds?owner=finance&reason=partial_refund")).json()["holds"]
    seen = next(one for one in listed if one["return_id"] in path)
    assert (seen["taken"]["by"], seen["mine"], seen["age_seconds"] >= 0) == ("finance", False, True)
    mine = (await office.ask(Role.FINANCE, "GET", "/holds?mine=true")).json()["holds"]
    assert [one["return_id"] in path for one in mine] == [True]
    decision = {"choice": "decline", "note": "looked"}
    headers = {"Authorization": f"Bearer {OTHER}", "Idempotency-Key": "theirs"}
    refused = await office.http.post(f"{path}/resolution", json=decision, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "taken")
    done = await office.ask(Role.FINANCE, "POST", f"{path}/resolution", decision)
    assert done.status_code == 200, done.text
    assert (await office.ask(Role.FINANCE, "GET", "/holds?mine=true")).json()["holds"] == []


async def test_given_back_it_is_free_again(office: Office) -> None:
    path = await held(office)
    await claim(office, path)
    not_theirs = await office.http.delete(f"{path}/claim", headers={"Authorization": f"Bearer {OTHER}"})
    assert not_theirs.json()["released"] is False
    assert (await claim(office, path, key=OTHER)).status_code == 409
    assert (await office.ask(Role.FINANCE, "DELETE", f"{path}/claim")).json()["released"] is True
    assert (await claim(office, path, key=OTHER)).status_code == 200
    await office.http.delete(f"{path}/claim", headers={"Authorization": f"Bearer {OTHER}"})
    await office.ask(Role.FINANCE, "POST", f"{path}/resolution", {"choice": "decline"})


async def test_a_claim_ends_by_itself(office: Office) -> None:
    path = await held(office)
    _, _, return_id, _, hold_id = path.split("/")
    async with open_doors(office.settings.database.url, connections=1) as doors:
        await doors.claims.take(return_id, hold_id, "somebody", timedelta(seconds=-1))
    assert (await claim(office, path)).json()["taken"]["by"] == "finance"
    await office.ask(Role.FINANCE, "POST", f"{path}/resolution", {"choice": "decline"})


async def test_what_cannot_be_taken_says_why(office: Office) -> None:
    path = await held(office)
    wrong = await office.ask(Role.SUPPORT, "POST", f"{path}/claim", {})
    assert (wrong.status_code, "finance" in wrong.json()["detail"]) == (403, True)
    none = await claim(office, path.rpartition("/")[0] + "/H99")
    assert (none.status_code, "open are" in none.json()["detail"]) == (404, True)
    for minutes in (0, 481, "30"):
        bad = await claim(office, path, minutes)
        assert (bad.status_code, bad.json()["field"]) == (400, "minutes")
    await office.ask(Role.FINANCE, "POST", f"{path}/resolution", {"choice": "decline"})
