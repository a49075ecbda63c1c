"""Change tracking of the pretended Dynamics environment: first load, changes, deletions, expiry."""

from typing import Any

import pytest

from tests.sandbox.dataverse import Dataverse, dataverse, error

TRACK = {"Prefer": "odata.track-changes"}
DAY = 86400.0


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Dataverse:
    return dataverse(tmp_path_factory.getbasetemp())


def changes(place: Dataverse, link: str) -> dict[str, Any]:
    answer = place.api.get(link)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_delta_link_tells_what_was_made_changed_and_deleted_since(place: Dataverse) -> None:
    kept, gone = place.made("accounts", name="Kept"), place.made("accounts", name="Gone")
    first = place.api.get("accounts?$select=name", headers=TRACK)
    assert first.headers["Preference-Applied"] == "odata.track-changes"
    assert {row["name"] for row in first.json()["value"]} >= {"Kept", "Gone"}
    link = first.json()["@odata.deltaLink"]
    assert changes(place, link)["value"] == []

    place.api.patch(f"accounts({kept})", json={"name": "Kept too"}).raise_for_status()
    new = place.made("accounts", name="New")
    place.api.delete(f"accounts({gone})").raise_for_status()
    passing = place.made("accounts", name="Passing")
    place.api.delete(f"accounts({passing})").raise_for_status()
    place.api.delete(f"contacts({place.made('contacts', lastname='Another table')})").raise_for_status()
    delta = changes(place, link)

    rows = [each for each in delta["value"] if "reason" not in each]
    assert [(row["accountid"], row["name"]) for row in rows] == [(kept, "Kept too"), (new, "New")]
    assert set(rows[0]) == {"@odata.etag", "accountid", "name"}
    # A row made and deleted between two looks is told as deleted, though nobody has heard of it.
    assert [(each["id"], each["reason"]) for each in delta["value"][2:]] == [(gone, "deleted"), (passing, "deleted")]
    assert delta["value"][2]["@odata.context"].endswith("$metadata#accounts/$deletedEntity")
    assert delta["@odata.context"].endswith("$metadata#accounts(name)/$delta")
    assert place.api.get(f"accounts/$count?{link.partition('?')[2].partition('&')[2]}").text == "4"
    assert changes(place, delta["@odata.deltaLink"])["value"] == []


def test_the_link_comes_with_the_last_page_and_misses_nothing_changed_meanwhile(place: Dataverse) -> None:
    ids = [place.made("accounts", name=f"Row {at}") for at in range(4)]
    paged = {"Prefer": "odata.track-changes,odata.maxpagesize=3"}
    page = place.api.get("accounts?$select=name", headers=paged).json()
    assert "@odata.deltaLink" not in page
    place.api.patch(f"accounts({ids[0]})", json={"name": "Changed meanwhile"}).raise_for_status()
    last = place.api.get(page["@odata.nextLink"], headers=paged).json()

    assert len(page["value"]) + len(last["value"]) == 5
    delta = changes(place, last["@odata.deltaLink"])
    assert [row["name"] for row in delta["value"]] == ["Changed meanwhile"]


@pytest.mark.parametrize("option", ["$filter=name eq 'x'", "$orderby=name", "$expand=primarycontactid", "$top=1"])
def test_a_tracked_query_takes_columns_only(place: Dataverse, option: str) -> None:
    refused = place.api.get(f"accounts?{option}", headers=TRACK)
    assert error(refused) == (400, "0x80060888")
    name = option.partition("=")[0]
    said = f'The "{name}" query parameter isn\'t supported when Change Tracking is enabled.'
    assert refused.json()["error"]["message"] == said


def test_of_a_table_whose_changes_are_not_tracked_none_are_told(place: Dataverse) -> None:
    place.control.post("/tailoring", json={"table": "account", "tracked": False}).raise_for_status()
    assert error(place.api.get("accounts?$select=name", headers=TRACK)) == (400, "0x80060888")
    told = place.api.get("EntityDefinitions?$select=LogicalName&$filter=ChangeTrackingEnabled eq false").json()
    assert [each["LogicalName"] for each in told["value"]] == ["account"]
    assert place.control.post("/tailoring", json={"table": "account", "tracked": "no"}).status_code == 400

    place.control.delete("/tailoring").raise_for_status()
    assert place.api.get("accounts?$select=name", headers=TRACK).status_code == 200


def test_a_link_expires_after_the_days_the_organization_keeps_changes(place: Dataverse) -> None:
    place.settings(token_seconds=100 * DAY)
    link = place.api.get("accounts?$select=name", headers=TRACK).json()["@odata.deltaLink"]
    place.world.clock.advance(6.9 * DAY)
    younger = changes(place, link)["@odata.deltaLink"]
    place.world.clock.advance(0.2 * DAY)

    refused = place.api.get(link)
    assert error(refused) == (400, "0x80044352")
    assert "Please perform a full sync." in refused.json()["error"]["message"]
    assert changes(place, younger)["value"] == []
    assert error(place.api.get("accounts?$deltatoken=yesterday")) == (400, "0x80060888")
