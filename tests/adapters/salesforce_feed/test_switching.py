"""Between the event bus and polling: outages, kills, what expires, what dies without a word."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters.crm.port import ChangeKind, Evidence, Watch
from adapters.crm.salesforce.feed import cursor as cursors
from adapters.crm.salesforce.feed import feed as feed_module
from adapters.errors import Retryable
from tests.adapters.salesforce_feed.people import QUICK, RETURNS, Feeds, People, Reader, calls


@pytest.fixture
async def returns(feeds: Feeds, people: People) -> Reader:
    return await Reader(feeds.open(), RETURNS).begin()


def references(reader: Reader) -> list[object]:
    """Of every change so far, each record's once, in order."""
    return list(dict.fromkeys(each.fields["Returns_Ref__c"] for each in reader.changes))


async def test_while_the_bus_is_away_it_is_polled_visibly_and_then_returned_to(
    returns: Reader, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    people.makes("R-S1-A")
    await returns.next()
    people.own.fault("salesforce", "PUBSUB Subscribe", "down", times=50)
    people.own.control.post("/salesforce/events/cut").raise_for_status()
    people.makes("R-S1-B")
    with caplog.at_level(logging.WARNING):
        found = await returns.until(lambda found: "R-S1-B" in references(returns))
        assert found[-1].evidence is Evidence.POSSIBLE
        people.own.heal()
        told = []
        for at in range(100):
            people.makes(f"R-S1-C{at}")
            told += await returns.next()
            if told[-1].evidence is Evidence.CERTAIN:
                break
            await asyncio.sleep(0.02)
    assert told[-1].evidence is Evidence.CERTAIN
    assert references(returns) == ["R-S1-A", "R-S1-B", *(f"R-S1-C{at}" for at in range(len(told)))]
    said = [record.getMessage() for record in caplog.records]
    assert any("is polled for its changes" in each and "UNAVAILABLE" in each for each in said)
    assert any("tells its changes again" in each for each in said)


async def test_nothing_falls_between_a_look_and_the_stream_that_follows_it(returns: Reader, people: People) -> None:
    """Edits go on all the time while the bus comes and goes: the last value of each record must be told last."""
    idents = [people.makes(f"R-S2-{at}") for at in range(3)]
    written: dict[str, str] = {}

    def work() -> None:
        for at in range(30):
            if at % 10 == 3:
                people.own.fault("salesforce", "PUBSUB Subscribe", "down", times=2)
                people.own.control.post("/salesforce/events/cut").raise_for_status()
            written[idents[at % 3]] = f"reason {at}"
            people.edits(idents[at % 3], Return_Reason__c=f"reason {at}")

    working = asyncio.create_task(asyncio.to_thread(work))
    last: dict[str, object] = {}
    quiet = 0
    while not working.done() or quiet < 3:
        found = await returns.page(0.2)
        for each in found:
            if each.kind is ChangeKind.GAP:
                (row,) = await returns.feed.rows(RETURNS, (each.record,))
                last[each.record] = row.fields["Return_Reason__c"]
            elif "Return_Reason__c" in each.fields:
                last[each.record] = each.fields["Return_Reason__c"]
        quiet = 0 if found or not working.done() else quiet + 1
    await working
    assert last == written


async def test_a_killed_org_is_waited_for_and_its_stream_goes_on(returns: Reader, people: People) -> None:
    people.makes("R-S3-A")
    await returns.next()
    people.makes("R-S3-B")
    people.own.kill()
    # What was made last may have come before the kill, or not.
    with contextlib.suppress(Retryable):
        await returns.page(0.2)
    with pytest.raises(Retryable):
        await returns.page(0.2)
    people.own.start()
    people.makes("R-S3-C")
    await returns.until(lambda found: "R-S3-C" in references(returns))
    assert set(references(returns)) == {"R-S3-A", "R-S3-B", "R-S3-C"}


async def test_a_stream_that_is_cut_goes_on_behind_the_last_event(returns: Reader, people: People) -> None:
    people.makes("R-S4-A")
    await returns.next()
    waiting = asyncio.create_task(returns.page())
    people.own.control.post("/salesforce/events/cut").raise_for_status()
    await asyncio.to_thread(people.makes, "R-S4-B")
    (told,) = await waiting
    assert (told.fields["Returns_Ref__c"], told.evidence) == ("R-S4-B", Evidence.CERTAIN)


async def test_an_event_older_than_seventy_two_hours_cannot_be_gone_on_from(
    elsewhere: People, feeds_elsewhere: Feeds
) -> None:
    returns = await Reader(feeds_elsewhere.open(), RETURNS).begin()
    elsewhere.makes("R-S5-A")
    await returns.next()
    elsewhere.own.control.post("/clock", json={"advance_seconds": 73 * 3600}).raise_for_status()
    other = returns.with_feed(feeds_elsewhere.open())
    assert await other.page() == []
    assert (other.lapsed, other.cursor) == (True, returns.cursor)
    again = await other.begin()
    assert not again.lapsed
    People(elsewhere.own, elsewhere.sf.session).makes("R-S5-B")
    (told,) = await again.next()
    assert told.fields["Returns_Ref__c"] == "R-S5-B"


async def test_a_replay_id_nobody_gave_out_has_lapsed(returns: Reader, feeds: Feeds) -> None:
    known = cursors.read(returns.cursor)
    other = Reader(feeds.open(), RETURNS, str(replace(known, replay=b"12907414")))
    assert await other.page() == []
    assert other.lapsed


async def test_an_object_that_is_not_selected_is_polled_and_told_of(
    feeds: Feeds, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    people.setup(change_data_capture=["Case"])
    with caplog.at_level(logging.WARNING):
        returns = await Reader(feeds.open(), RETURNS).begin()
        people.makes("R-S6-A")
        (told,) = await returns.next()
    assert told.evidence is Evidence.POSSIBLE
    assert "PERMISSION_DENIED" in caplog.text
    assert not await returns.feed.alive(RETURNS)
    people.setup(change_data_capture=["Case", "ReturnOrder"])
    assert await returns.feed.alive(RETURNS)


async def test_a_stream_that_stands_and_tells_nothing_is_noticed_and_replaced(returns: Reader, people: People) -> None:
    people.setup(mute_streams=True)
    ident = people.makes("R-S7")
    assert await returns.page(0.2) == []
    assert not await returns.feed.alive(RETURNS)
    # It is polled for a while: nothing is lost, whatever the stream does.
    (told,) = await returns.next()
    assert (told.record, told.evidence) == (ident, Evidence.POSSIBLE)
    people.setup(mute_streams=False)
    assert await returns.feed.alive(RETURNS)


async def test_a_bus_that_is_silent_about_a_new_stream_is_polled_beside_it_until_it_speaks(
    feeds: Feeds, people: People
) -> None:
    people.setup(early_headers=False, keepalive_seconds=0.5)
    returns = await Reader(feeds.open(replace(QUICK, settle=0.02)), RETURNS).begin()
    people.makes("R-S15-A")
    (told,) = await returns.next()
    assert told.evidence is Evidence.POSSIBLE
    # Once it spoke, what was before is swept up, and it tells the rest.
    while not cursors.read(returns.cursor).replay:
        assert {each.kind for each in await returns.page(0.2)} <= {ChangeKind.GAP}
    people.makes("R-S15-B")
    (told,) = await returns.next()
    assert (told.fields["Returns_Ref__c"], told.evidence) == ("R-S15-B", Evidence.CERTAIN)


async def test_a_stream_nobody_asks_is_ended_and_begun_anew(feeds: Feeds, people: People) -> None:
    returns = await Reader(feeds.open(replace(QUICK, idle=0.05)), RETURNS).begin()
    people.makes("R-S16-A")
    await returns.next()
    for _ in range(500):
        if returns.feed._lines[RETURNS].stream is None:
            break
        await asyncio.sleep(0.01)
    people.own.control.delete("/calls").raise_for_status()
    people.makes("R-S16-B")
    (told,) = await returns.next()
    assert (told.fields["Returns_Ref__c"], told.evidence) == ("R-S16-B", Evidence.CERTAIN)
    assert calls(people.own, "PUBSUB Subscribe") == 1


async def test_a_stream_that_has_told_everything_is_alive(returns: Reader, people: People) -> None:
    people.makes("R-S8")
    await returns.next()
    assert await returns.feed.alive(RETURNS)


async def test_a_change_the_stream_may_still_tell_is_not_yet_missed(feeds: Feeds, people: People) -> None:
    returns = await Reader(feeds.open(replace(QUICK, late=60.0)), RETURNS).begin()
    people.setup(mute_streams=True)
    people.makes("R-S9")
    assert await returns.feed.alive(RETURNS)


async def test_a_connection_without_a_sign_of_life_is_given_up(feeds: Feeds, people: People) -> None:
    returns = await Reader(feeds.open(replace(QUICK, silence=0.3)), RETURNS).begin()
    people.own.control.delete("/calls").raise_for_status()
    assert await returns.page(0.8) == []
    assert calls(people.own, "PUBSUB Subscribe") >= 1
    people.makes("R-S10")
    (told,) = await returns.next()
    assert told.fields["Returns_Ref__c"] == "R-S10"


async def test_a_throttled_bus_is_polled_instead(feeds: Feeds, people: People) -> None:
    people.own.fault("salesforce", "PUBSUB Subscribe", "throttle", times=1)
    returns = await Reader(feeds.open(), RETURNS).begin()
    people.makes("R-S11")
    (told,) = await returns.next()
    assert told.fields["Returns_Ref__c"] == "R-S11"


async def test_a_trace_says_where_changes_came_from(
    returns: Reader, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(feed_module, "_TRACER", provider.get_tracer("test"))
    await returns.page(0)
    people.own.fault("salesforce", "PUBSUB Subscribe", "down", times=9)
    people.own.control.post("/salesforce/events/cut").raise_for_status()
    people.makes("R-S17")
    await returns.next()
    told = [dict(span.attributes or {})["backhaul.feed.source"] for span in spans.get_finished_spans()]
    assert (told[0], told[-1]) == ("pubsub", "polling")


async def test_a_schema_that_cannot_be_had_now_loses_no_event(returns: Reader, people: People) -> None:
    people.own.fault("salesforce", "PUBSUB GetSchema", "down", times=1)
    people.makes("R-S12")
    (told,) = await returns.next()
    assert told.fields["Returns_Ref__c"] == "R-S12"


async def test_a_look_that_fails_behind_an_event_loses_no_event(feeds: Feeds, people: People) -> None:
    """A deletion makes the feed look the record up; the look fails after the event was taken off the stream."""
    watch = Watch("Contact", "Shop_Customer_Ref__c", ("Shop_Customer_Ref__c", "LastName"))
    contacts = await Reader(feeds.open(), watch).begin()
    ident = people.sf.Contact.create({"LastName": "Looked"})["id"]
    await contacts.next()
    people.deletes(ident, of="Contact")
    people.own.fault("salesforce", "COMPOSITE", "down", times=1)
    with pytest.raises(Retryable):
        await contacts.page()
    (told,) = await contacts.next()
    assert (told.record, told.kind) == (ident, ChangeKind.DELETED)


async def test_a_bus_that_cannot_be_reached_is_polled_instead(feeds: Feeds, people: People) -> None:
    returns = await Reader(feeds.open(pubsub="localhost:1"), RETURNS).begin()
    people.makes("R-S13")
    (told,) = await returns.next()
    assert told.fields["Returns_Ref__c"] == "R-S13"
    assert await returns.feed.alive(RETURNS)


async def test_a_bus_whose_certificate_nobody_trusts_is_polled_instead(
    feeds: Feeds, people: People, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = feeds.open()
    assert feed.bus is not None
    monkeypatch.setattr(feed.bus, "_ca_file", None)
    returns = await Reader(feed, RETURNS).begin()
    people.makes("R-S14")
    (told,) = await returns.next()
    assert told.evidence is Evidence.POSSIBLE
    assert "UNAVAILABLE" in caplog.text
