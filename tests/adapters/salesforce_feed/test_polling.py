"""Polling alone: an org whose Pub/Sub API is switched off in the settings."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.crm.port import ChangeKind, Evidence
from adapters.crm.salesforce.feed import cursor as cursors
from adapters.crm.salesforce.feed.polling import RECYCLE_BIN
from adapters.errors import Retryable
from sandbox.salesforce.ids import USER_ID
from tests.adapters.salesforce_feed.people import CONTACTS, QUICK, RETURNS, Feeds, People, Reader, calls


@pytest.fixture
async def returns(feeds: Feeds, people: People) -> Reader:
    return await Reader(feeds.open(pubsub=None), RETURNS).begin()


async def test_what_changes_is_found_with_all_its_fields(returns: Reader, people: People) -> None:
    ident = people.makes("R-P1", Return_Reason__c="damaged", Requested_Refund__c=2)
    (made,) = await returns.next()
    people.edits(ident, Return_Reason__c="other")
    (edited,) = await returns.next()
    assert (made.kind, edited.kind, edited.record) == (ChangeKind.CREATED, ChangeKind.UPDATED, ident)
    assert (edited.fields["Return_Reason__c"], edited.fields["Requested_Refund__c"]) == ("other", 2)
    assert (edited.evidence, edited.own, edited.writer) == (Evidence.POSSIBLE, None, USER_ID)
    (stands,) = await returns.feed.rows(RETURNS, (ident,))
    assert (edited.version, edited.at) == (stands.version, stands.at)


async def test_what_was_there_before_the_beginning_is_not_told_nor_anything_twice(
    returns: Reader, people: People
) -> None:
    people.makes("R-P2-A")
    later = await Reader(returns.feed, RETURNS).begin()
    assert await later.page(0) == []
    people.makes("R-P2-B")
    assert [each.fields["Returns_Ref__c"] for each in await later.page(0)] == ["R-P2-B"]
    assert await later.page(0) == []


async def test_a_row_that_becomes_visible_late_is_still_found(elsewhere: People, feeds_elsewhere: Feeds) -> None:
    """airbytehq/airbyte#27146: stamped before others that were seen already."""
    returns = await Reader(feeds_elsewhere.open(pubsub=None), RETURNS).begin()
    late = elsewhere.makes("R-P3-LATE")
    elsewhere.setup(uncommitted=[late])
    elsewhere.makes("R-P3-B")
    assert [each.fields["Returns_Ref__c"] for each in await returns.page(0)] == ["R-P3-B"]
    elsewhere.own.control.post("/clock", json={"advance_seconds": 840}).raise_for_status()
    elsewhere.makes("R-P3-C")
    assert [each.fields["Returns_Ref__c"] for each in await returns.page(0)] == ["R-P3-C"]
    elsewhere.setup(uncommitted=[])
    assert [each.record for each in await returns.page(0)] == [late]


async def test_deletions_and_their_undoing_are_found(returns: Reader, people: People) -> None:
    ident = people.makes("R-P4")
    await returns.next()
    people.deletes(ident)
    (gone,) = await returns.next()
    people.undeletes(ident)
    (back,) = await returns.next()
    assert (gone.kind, gone.record, back.kind, back.record) == (
        ChangeKind.DELETED, ident, ChangeKind.UNDELETED, ident,
    )  # fmt: skip


async def test_a_merge_is_told_from_a_deletion(feeds: Feeds, people: People) -> None:
    contacts = await Reader(feeds.open(pubsub=None), CONTACTS).begin()
    master, loser = (people.sf.Contact.create({"LastName": f"Merge {at}"})["id"] for at in range(2))
    await contacts.next(2)
    people.merges("Contact", master, loser)
    told = {each.record: each for each in await contacts.next(2)}
    assert (told[loser].kind, told[loser].merged_into) == (ChangeKind.MERGED, master)
    assert told[master].kind is ChangeKind.UPDATED


async def test_a_throttled_look_loses_nothing(returns: Reader, people: People) -> None:
    people.makes("R-P5")
    people.own.fault("salesforce", "QUERY", "throttle", times=1)
    before = returns.cursor
    with pytest.raises(Retryable, match="REQUEST_LIMIT_EXCEEDED"):
        await returns.page(0)
    assert returns.cursor == before
    assert "R-P5" in [each.fields["Returns_Ref__c"] for each in await returns.page(0)]


async def test_many_changes_come_in_parts_each_once(returns: Reader, people: People) -> None:
    records = [
        {"attributes": {"type": "ReturnOrder"}, "Returns_Ref__c": f"R-P6-{at}", "Status": "Submitted"}
        for at in range(200)
    ]
    made: list[str] = []
    for part in range(3):
        body = [each | {"Returns_Ref__c": f"{each['Returns_Ref__c']}-{part}"} for each in records]
        made += [each["id"] for each in people.sf.restful("composite/sobjects", method="POST", json={"records": body})]
    first = await returns.page(0)
    assert returns.more
    assert 0 < len(first) <= 500
    assert sorted(each.record for each in (*first, *await returns.all())) == sorted(made)


async def test_another_process_tells_what_is_new_and_what_is_told_again_has_the_same_name(
    feeds: Feeds, returns: Reader, people: People
) -> None:
    people.makes("R-P7-A")
    (first,) = await returns.next()
    people.makes("R-P7-B")
    other = returns.with_feed(feeds.open(pubsub=None))
    told = {each.record: each for each in await other.all()}
    assert told[first.record].event == first.event
    assert "R-P7-B" in {each.fields["Returns_Ref__c"] for each in told.values()}


async def test_a_page_that_was_not_dealt_with_is_told_again(returns: Reader, people: People) -> None:
    before = returns.cursor
    people.makes("R-P8")
    (first,) = await returns.next()
    returns.cursor = before
    assert first in await returns.all()


async def test_nothing_to_tell_costs_one_query_in_each_pause(feeds: Feeds, people: People) -> None:
    returns = await Reader(feeds.open(replace(QUICK, poll=60.0), pubsub=None), RETURNS).begin()
    people.own.control.delete("/calls").raise_for_status()
    for _ in range(5):
        assert await returns.page(0.05) == []
    assert calls(people.own, "QUERY") <= 1


async def test_who_waits_is_told_as_soon_as_it_is_seen(returns: Reader, people: People) -> None:
    waiting = asyncio.create_task(returns.page(10))
    await asyncio.to_thread(people.makes, "R-P9")
    assert [each.fields["Returns_Ref__c"] for each in await waiting] == ["R-P9"]


async def test_a_cursor_older_than_the_recycle_bin_keeps_has_lapsed(returns: Reader) -> None:
    known = cursors.read(returns.cursor)
    page = await returns.feed.changes(RETURNS, str(replace(known, looked=cursors.now() - RECYCLE_BIN)), 0)
    assert (page.lapsed, page.changes) == (True, ())
    fresh = replace(known, looked=cursors.now() - RECYCLE_BIN + timedelta(minutes=1))
    assert not (await returns.feed.changes(RETURNS, str(fresh), 0)).lapsed


@pytest.mark.parametrize("text", ["", "nonsense", "e30=", "bnVsbA=="])
async def test_what_no_feed_has_made_has_lapsed(returns: Reader, text: str) -> None:
    page = await returns.feed.changes(RETURNS, text, 0)
    assert (page.lapsed, page.cursor) == (True, text)


async def test_polling_is_alive_while_the_object_can_be_read(returns: Reader, people: People) -> None:
    people.makes("R-P10")
    assert await returns.feed.alive(RETURNS)
    people.own.fault("salesforce", "QUERY", "down", times=1)
    with pytest.raises(Retryable):
        await returns.feed.alive(RETURNS)
