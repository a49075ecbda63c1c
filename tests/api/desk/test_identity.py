"""Who is who over HTTP: a doubtful pair side by side, masked, and decided with a reason that stays."""

from __future__ import annotations

from typing import Any

from domain.identity.record import PartyRecord, in_crm
from security.roles import Role
from store.stores import open_stores
from tests.api.office import Office
from tests.store.identity.conftest import ANNA, BERND, KEY

CARLA = {"name": "Carla Zimt", "email": "carla.zimt@example.test"}
WHY = {"why": "same on the phone"}


async def pair(office: Office, name: str, person: dict[str, Any]) -> int:
    """The review of two contacts of one person."""
    async with open_stores(office.settings.database.url, 1, KEY) as stores:
        for record in (f"003{name}A", f"003{name}B"):
            await stores.parties.standing(PartyRecord(in_crm("main", "Contact", record), person), "main")
    found = (await office.ask(Role.IT_ADMIN, "GET", "/identity/reviews?limit=1000")).json()["reviews"]
    return next(int(one["id"]) for one in found if name in one["one"]["record"])


async def say(office: Office, path: str, body: dict[str, Any], role: Role = Role.IT_ADMIN) -> Any:
    return await office.ask(role, "POST", f"/identity/{path}", body)


async def test_a_pair_is_looked_at_accepted_and_taken_apart_again(office: Office) -> None:
    review = await pair(office, "X", ANNA)
    seen = await office.ask(Role.PRIVACY_OFFICER, "GET", f"/identity/reviews/{review}")
    assert seen.json()["one"]["fields"] == {"name": "A… V…", "email": "a…@example.test"}
    assert "Vogel" not in seen.text
    done = await say(office, f"reviews/{review}/acceptance", WHY)
    assert (done.json()["outcome"], done.json()["by"], done.json()["why"]) == ("linked", "it-admin", WHY["why"])
    again = await say(office, f"reviews/{review}/acceptance", WHY)
    assert (again.status_code, again.json()["code"]) == (409, "already_settled")
    assert (await office.ask(Role.IT_ADMIN, "GET", f"/identity/reviews/{review}")).status_code == 404
    links = await office.ask(Role.AUDITOR, "GET", "/identity/parties?record=main:contact:003XB")
    assert [one["record"] for one in links.json()["links"]] == ["main:contact:003XA", "main:contact:003XB"]
    assert WHY["why"] in {one["why"] for one in links.json()["decisions"]}
    apart = await say(office, f"decisions/{review}/undoing", WHY)
    assert (apart.status_code, apart.json()["into"]) == (200, None)


async def test_a_rejection_stays_and_a_merge_names_two_parties(office: Office) -> None:
    review = await pair(office, "Y", BERND)
    no = await say(office, f"reviews/{review}/rejection", WHY)
    assert no.json()["outcome"] == "refused"
    one, other = [
        (await office.ask(Role.IT_ADMIN, "GET", f"/identity/parties?record=main:contact:003Y{side}")).json()["party"]
        for side in "AB"
    ]
    merged = await say(office, "merges", {"keep": one, "other": other, **WHY})
    assert merged.json()["into"] == one
    assert (await say(office, "merges", {"keep": one, "other": other, **WHY})).status_code == 409
    shown = await office.ask(Role.IT_ADMIN, "GET", f"/identity/parties?party={one}")
    assert len(shown.json()["links"]) == 2


async def test_a_pair_and_a_party_are_shown_whole_for_a_reason_that_stays(office: Office) -> None:
    review = await pair(office, "Z", CARLA)
    bare = await say(office, f"reviews/{review}/disclosure", {"reason": " "})
    assert (bare.status_code, bare.json()["field"]) == (400, "reason")
    whole = await say(office, f"reviews/{review}/disclosure", {"reason": "a call at 10:40"}, Role.PRIVACY_OFFICER)
    assert whole.json()["one"]["fields"] == CARLA, whole.text
    body = {"record": "main:contact:003ZA", "reason": "another call"}
    (link,) = (await say(office, "parties/disclosure", body)).json()["links"]
    assert link["fields"] == CARLA
    told = await office.ask(Role.PRIVACY_OFFICER, "GET", "/audit?stream=identity&action=identity:reveal")
    said = {(one["actor"], one["why"]) for one in told.json()["acts"]}
    assert said == {("it-admin", "another call"), ("privacy-officer", "a call at 10:40")}, told.text
    assert (await say(office, "reviews/99999/disclosure", {"reason": "a call"})).status_code == 404


async def test_what_is_wrong_or_not_theirs_is_said(office: Office) -> None:
    for path, body, status, field in (
        ("reviews/99999/acceptance", WHY, 404, None),
        ("reviews/1/acceptance", {"why": " "}, 400, "why"),
        ("merges", {"keep": "anna", "other": "bernd", **WHY}, 400, "party"),
    ):
        answer = await say(office, path, body)
        assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    neither = await office.ask(Role.IT_ADMIN, "GET", "/identity/parties")
    assert (neither.status_code, neither.json()["field"]) == (400, "party")
    scoped = await office.ask(Role.IT_ADMIN, "GET", "/identity/reviews", abroad=True)
    assert (scoped.status_code, scoped.json()["code"]) == (403, "forbidden")
