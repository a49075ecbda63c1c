"""Change events of the Pub/Sub API, as the feed tells them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.crm.port import ChangeKind, Evidence, Watch
from sandbox.salesforce.ids import USER_ID
from tests.adapters.salesforce_feed.people import CONTACTS, RETURNS, Feeds, People, Reader, calls


@pytest.fixture
async def returns(feeds: Feeds, people: People) -> Reader:
    return await Reader(feeds.open(), RETURNS).begin()


async def test_an_edit_is_told_with_the_fields_it_changed_and_who_made_it(returns: Reader, people: People) -> None:
    ident = people.makes("R-F1", Return_Reason__c="damaged")
    people.edits(ident, Requested_Refund__c=5.5, Cancellation_Requested__c=True)

    made, edited = await returns.next(2)

    assert (made.kind, made.record, made.evidence) == (ChangeKind.CREATED, ident, Evidence.CERTAIN)
    assert made.fields["Returns_Ref__c"] == "R-F1"
    assert made.fields["Note_To_Returns__c"] is None
    assert (edited.kind, edited.record) == (ChangeKind.UPDATED, ident)
    assert edited.fields == {
        "Returns_Ref__c": "R-F1", "Requested_Refund__c": 5.5, "Cancellation_Requested__c": True,
    }  # fmt: skip
    assert (edited.own, edited.writer, edited.merged_into) == (None, USER_ID, "")
    assert made.event != edited.event
    assert edited.at - made.at < timedelta(seconds=5)


async def test_an_emptied_field_is_told_as_empty_and_an_untouched_one_not_at_all(
    returns: Reader, people: People
) -> None:
    ident = people.makes("R-F2", Note_To_Returns__c="please", Requested_Refund__c=3)
    people.edits(ident, Note_To_Returns__c=None)
    _, edited = await returns.next(2)
    assert edited.fields == {"Returns_Ref__c": "R-F2", "Note_To_Returns__c": None}


async def test_our_own_writes_are_told_as_ours_and_those_of_others_as_not(returns: Reader, people: People) -> None:
    ident = people.makes("R-F3")
    people.as_client("backhaul", ident, Return_Reason__c="other")
    people.as_client("dataloader", ident, Return_Reason__c="damaged")
    assert [each.own for each in await returns.next(3)] == [None, True, False]


async def test_the_same_change_of_many_records_is_told_for_each_of_them(returns: Reader, people: People) -> None:
    idents = [people.makes(f"R-F4-{at}") for at in range(3)]
    await returns.next(3)
    people.edits_together(idents, Return_Reason__c="defective")
    edited = await returns.next(3)
    assert [each.record for each in edited] == idents
    assert {str(each.fields["Return_Reason__c"]) for each in edited} == {"defective"}
    assert len({each.event for each in edited}) == 3


async def test_points_in_time_and_parts_of_compounds_are_told_as_a_query_tells_them(
    feeds: Feeds, people: People, returns: Reader
) -> None:
    ident = people.makes("R-F5", Return_Updated_At__c="2026-11-20T09:30:00.000+0000", ShipFromCountry="DE")
    (made,) = await returns.next()
    (stands,) = await returns.feed.rows(RETURNS, (ident,))
    assert made.fields["ShipFromCountry"] == "DE"
    assert dict(made.fields) == dict(stands.fields)
    contacts = await Reader(feeds.open(), CONTACTS).begin()
    person = people.sf.Contact.create({"FirstName": "Anna", "LastName": "Vogel"})["id"]
    people.edits(person, of="Contact", FirstName=None)
    new, edited = await contacts.next(2)
    assert dict(new.fields) == {
        "Shop_Customer_Ref__c": None, "FirstName": "Anna", "LastName": "Vogel", "Name": "Vogel", "Email": None,
    }  # fmt: skip
    # The whole name is no text in an event: it was read, after the second edit.
    assert dict(edited.fields) == {"Shop_Customer_Ref__c": None, "FirstName": None, "Name": "Vogel"}


async def test_of_a_long_text_told_as_a_difference_the_record_is_read(feeds: Feeds, people: People) -> None:
    watch = Watch("Case", "Returns_Ref__c", ("Returns_Ref__c", "Description", "Subject"))
    cases = await Reader(feeds.open(), watch).begin()
    lines = [f"line {at} of a description that is long enough" for at in range(40)]
    ident = people.sf.Case.create({"Description": "\n".join(lines), "Subject": "x"})["id"]
    lines[7] = "another line"
    people.edits(ident, of="Case", Description="\n".join(lines))
    _, edited = await cases.next(2)
    assert dict(edited.fields) == {"Returns_Ref__c": None, "Description": "\n".join(lines)}
    assert edited.evidence is Evidence.CERTAIN


async def test_a_deletion_and_its_undoing_are_told(returns: Reader, people: People) -> None:
    ident = people.makes("R-F6")
    people.deletes(ident)
    people.undeletes(ident)
    _, gone, back = await returns.next(3)
    assert (gone.kind, gone.record) == (ChangeKind.DELETED, ident)
    assert (back.kind, back.fields["Returns_Ref__c"]) == (ChangeKind.UNDELETED, "R-F6")


async def test_a_merge_is_told_from_a_deletion(feeds: Feeds, people: People) -> None:
    contacts = await Reader(feeds.open(), CONTACTS).begin()
    master, loser, gone = (people.sf.Contact.create({"LastName": f"Merge {at}"})["id"] for at in range(3))
    people.merges("Contact", master, loser)
    people.deletes(gone, of="Contact")
    told = {each.record: each for each in (await contacts.next(5))[3:]}
    assert (told[loser].kind, told[loser].merged_into) == (ChangeKind.MERGED, master)
    assert (told[gone].kind, told[gone].merged_into) == (ChangeKind.DELETED, "")


async def test_gaps_and_overflows_are_told_as_what_they_are(returns: Reader, people: People) -> None:
    ident = people.makes("R-F7")
    people.tells("GAP_UPDATE", ident[:15])
    people.tells("GAP_UPDATE", "0rT*")
    people.tells("GAP_OVERFLOW")
    _, gap, some, overflow = await returns.next(4)
    assert (gap.kind, gap.record, gap.fields, gap.evidence) == (ChangeKind.GAP, ident, {}, Evidence.POSSIBLE)
    assert (some.kind, some.record) == (ChangeKind.OVERFLOW, "")
    assert (overflow.kind, overflow.record) == (ChangeKind.OVERFLOW, "")


async def test_more_events_than_are_asked_for_at_once_all_come_in_order(returns: Reader, people: People) -> None:
    records = [
        {"attributes": {"type": "ReturnOrder"}, "Returns_Ref__c": f"R-F8-{at}", "Status": "Submitted"}
        for at in range(130)
    ]
    answer = people.sf.restful("composite/sobjects", method="POST", json={"records": records})
    told = await returns.next(130)
    assert [each.record for each in told] == [each["id"] for each in answer]


async def test_a_page_that_was_not_dealt_with_is_told_again(returns: Reader, people: People) -> None:
    people.makes("R-F9-A")
    await returns.next()
    before = returns.cursor
    people.makes("R-F9-B")
    (first,) = await returns.next()
    returns.cursor = before
    (again,) = await returns.next()
    assert again == first


async def test_another_process_goes_on_behind_what_was_dealt_with(
    feeds: Feeds, returns: Reader, people: People
) -> None:
    people.makes("R-F10-A")
    await returns.next()
    people.makes("R-F10-B")
    other = returns.with_feed(feeds.open())
    (told,) = await other.next()
    assert told.fields["Returns_Ref__c"] == "R-F10-B"
    assert told.evidence is Evidence.CERTAIN


async def test_a_new_field_in_the_org_does_not_stop_the_stream(returns: Reader, people: People) -> None:
    ident = people.makes("R-F11")
    await returns.next()
    people.setup(custom_fields={"ReturnOrder": ["Colour__c"]})
    people.edits(ident, Return_Reason__c="other", Colour__c="red")
    (told,) = await returns.next()
    assert dict(told.fields) == {"Returns_Ref__c": "R-F11", "Return_Reason__c": "other"}


async def test_the_key_is_told_with_every_edit_and_looked_up_once(
    feeds: Feeds, returns: Reader, people: People
) -> None:
    idents = [people.makes(f"R-F14-{at}") for at in range(3)]
    await returns.next(3)
    other = returns.with_feed(feeds.open())
    await other.page(0)
    people.own.control.delete("/calls").raise_for_status()
    people.edits_together(idents, Return_Reason__c="a")
    first = await other.next(3)
    people.edits_together(idents, Return_Reason__c="b", Returns_Ref__c=None)
    again = await other.next(3)
    people.edits_together(idents, Return_Reason__c="c")
    last = await other.next(3)
    assert [each.fields["Returns_Ref__c"] for each in first] == ["R-F14-0", "R-F14-1", "R-F14-2"]
    assert [each.fields["Returns_Ref__c"] for each in (*again, *last)] == [None] * 6
    assert calls(people.own, "COMPOSITE") == 1


async def test_a_quiet_stream_moves_the_cursor_with_its_signs_of_life(returns: Reader, people: People) -> None:
    people.setup(keepalive_seconds=0.05)
    other = await Reader(returns.feed, RETURNS).begin()
    before = other.cursor
    assert await other.page(0.5) == []
    assert other.cursor != before


async def test_a_session_that_ended_is_opened_anew(returns: Reader, people: People, feeds: Feeds) -> None:
    people.makes("R-F12-A")
    await returns.next()
    people.own.control.post("/salesforce/logout").raise_for_status()
    people.own.control.post("/salesforce/events/cut").raise_for_status()
    fresh = People(people.own, people.sf.session)
    fresh.makes("R-F12-B")
    (told,) = await returns.next()
    assert (told.fields["Returns_Ref__c"], told.evidence) == ("R-F12-B", Evidence.CERTAIN)


async def test_schemas_are_asked_for_once(returns: Reader, people: People) -> None:
    people.own.control.delete("/calls").raise_for_status()
    for at in range(3):
        people.makes(f"R-F13-{at}")
    await returns.next(3)
    assert calls(people.own, "PUBSUB GetSchema") == 1
