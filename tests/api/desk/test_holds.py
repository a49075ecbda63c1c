"""Holds over HTTP: seen with their age, taken by one at a time, given back, decided by whoever took them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from security import api_keys
from security.roles import Role
from store.stores import open_doors
from tests.api.office import Office

OTHER = api_keys.new("finance-2")


@pytest.fixture(scope="module")
def _second_desk(staff: Office) -> None:
    """Somebody else of finance."""
    section = "BACKHAUL_API_KEYS__FINANCE_2"
    staff.also({f"{section}__DIGEST": api_keys.digest(OTHER), f"{section}__ROLES": "finance"})


@pytest.fixture
def two(_second_desk: None, office: Office) -> Office:
    return office


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


async def test_one_takes_it_and_everybody_sees_who(two: Office) -> None:
    path = await held(two)
    taken = await claim(two, path)
    assert taken.status_code == 200, taken.text
    assert (taken.json()["taken"]["by"], taken.json()["mine"]) == ("finance", True)
    other = await claim(two, path, key=OTHER)
    assert (other.status_code, other.json()["code"]) == (409, "taken")
    assert "finance works on" in other.json()["detail"]
    listed = (await two.ask(Role.SUPPORT, "GET", "/holds?owner=finance&reason=partial_refund")).json()["holds"]
    seen = next(one for one in listed if one["return_id"] in path)
    assert (seen["taken"]["by"], seen["mine"], seen["age_seconds"] >= 0) == ("finance", False, True)
    mine = (await two.ask(Role.FINANCE, "GET", "/holds?mine=true")).json()["holds"]
    assert [one["return_id"] in path for one in mine] == [True]
    decision = {"choice": "decline", "note": "looked"}
    headers = {"Authorization": f"Bearer {OTHER}", "Idempotency-Key": "theirs"}
    refused = await two.http.post(f"{path}/resolution", json=decision, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "taken")
    done = await two.ask(Role.FINANCE, "POST", f"{path}/resolution", decision)
    assert done.status_code == 200, done.text
    assert (await two.ask(Role.FINANCE, "GET", "/holds?mine=true")).json()["holds"] == []


async def test_given_back_it_is_free_again(two: Office) -> None:
    path = await held(two)
    await claim(two, path)
    not_theirs = await two.http.delete(f"{path}/claim", headers={"Authorization": f"Bearer {OTHER}"})
    assert not_theirs.json()["released"] is False
    assert (await claim(two, path, key=OTHER)).status_code == 409
    assert (await two.ask(Role.FINANCE, "DELETE", f"{path}/claim")).json()["released"] is True
    assert (await claim(two, path, key=OTHER)).status_code == 200
    await two.http.delete(f"{path}/claim", headers={"Authorization": f"Bearer {OTHER}"})
    await two.ask(Role.FINANCE, "POST", f"{path}/resolution", {"choice": "decline"})


async def test_a_claim_ends_by_itself(two: Office) -> None:
    path = await held(two)
    _, _, return_id, _, hold_id = path.split("/")
    async with open_doors(two.settings.database.url, connections=1) as doors:
        await doors.claims.take(return_id, hold_id, "somebody", timedelta(seconds=-1))
    assert (await claim(two, path)).json()["taken"]["by"] == "finance"
    await two.ask(Role.FINANCE, "POST", f"{path}/resolution", {"choice": "decline"})


async def test_what_cannot_be_taken_says_why(two: Office) -> None:
    path = await held(two)
    wrong = await two.ask(Role.SUPPORT, "POST", f"{path}/claim", {})
    assert (wrong.status_code, "finance" in wrong.json()["detail"]) == (403, True)
    none = await claim(two, path.rpartition("/")[0] + "/H99")
    assert (none.status_code, "open are" in none.json()["detail"]) == (404, True)
    for minutes in (0, 481, "30"):
        bad = await claim(two, path, minutes)
        assert (bad.status_code, bad.json()["field"]) == (400, "minutes")
    await two.ask(Role.FINANCE, "POST", f"{path}/resolution", {"choice": "decline"})
