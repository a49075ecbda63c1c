"""Records as the feed reads them: by id and key, and all of them."""

from __future__ import annotations

import pytest

from adapters.crm.salesforce.feed import feed as feed_module
from tests.adapters.salesforce_feed.people import CONTACTS, RETURNS, Feeds, People


async def test_records_are_read_by_id_and_by_key_in_one_call_each_once(feeds: Feeds, people: People) -> None:
    feed = feeds.open()
    one = people.makes("R-R1-A", Return_Reason__c="damaged")
    two = people.makes("R-R1-B")
    people.own.control.delete("/calls").raise_for_status()
    found = await feed.rows(RETURNS, (one, "0rT000000000000AAA"), ("R-R1-A", "R-R1-B", "R-R1-NONE"))
    assert {each.record: each.fields["Returns_Ref__c"] for each in found} == {one: "R-R1-A", two: "R-R1-B"}
    assert next(each for each in found if each.record == one).fields["Return_Reason__c"] == "damaged"
    asked = people.own.control.get("/calls").json()["recent"]
    assert [call["operation"] for call in asked if call["operation"] != "TOKEN"] == ["COMPOSITE"]


async def test_deleted_and_merged_records_are_read_too(feeds: Feeds, people: People) -> None:
    feed = feeds.open()
    ident = people.makes("R-R2")
    people.deletes(ident)
    (gone,) = await feed.rows(RETURNS, keys=("R-R2",))
    assert (gone.record, gone.deleted, gone.merged_into) == (ident, True, "")
    master, loser = (people.sf.Contact.create({"LastName": f"Row {at}"})["id"] for at in range(2))
    people.merges("Contact", master, loser)
    (merged,) = await feed.rows(CONTACTS, (loser,))
    assert (merged.deleted, merged.merged_into) == (True, master)


async def test_nobody_is_asked_for_nothing(feeds: Feeds, people: People) -> None:
    people.own.control.delete("/calls").raise_for_status()
    assert await feeds.open().rows(RETURNS) == ()
    assert people.own.control.get("/calls").json()["recent"] == []


async def test_every_living_record_with_a_key_is_told_in_parts_by_rising_id(
    feeds: Feeds, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "_PART", 3)
    feed = feeds.open()
    made = [people.sf.Contact.create({"LastName": "R3", "Shop_Customer_Ref__c": f"R3-{at}"}) for at in range(5)]
    *mine, gone = (str(each["id"]) for each in made)
    people.deletes(gone, of="Contact")
    without = str(people.sf.Contact.create({"LastName": "R3"})["id"])
    found: list[str] = []
    parts, after = 0, ""
    while True:
        part = await feed.every(CONTACTS, after)
        found += [each.record for each in part.rows]
        parts += 1
        if part.after is None:
            break
        after = part.after
    assert set(mine) <= set(found)
    assert not {gone, without} & set(found)
    assert len(found) == len(set(found))
    assert parts == len(found) // 3 + 1
