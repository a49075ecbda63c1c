"""The feed of a Dynamics environment against the sandbox's, over TLS: what is told, what lapses, what is read again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest

from adapters.crm.dynamics import DynamicsCrm, DynamicsFeed
from adapters.crm.port import Change, ChangeKind, Evidence, Row, Watch
from adapters.errors import Permanent, Retryable
from tests.adapters.crm import calls, forget_calls, projection
from tests.adapters.test_crm_dynamics import settings
from tests.sandbox.crm import requests_session, web_api
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

RETURNS = Watch("msdyn_rma", "bh_returnref", ("bh_reason", "bh_nextstep", "msdyn_requestedbycontact"))
CONTACTS = Watch("contact", "bh_customerref", ("lastname", "emailaddress1"))
ACCOUNTS = Watch("account", "bh_customerref", ("name",))
DAY = 86_400
NOBODY = "00000000-0000-4000-8000-000000000000"
MERGE = "Microsoft.Dynamics.CRM."


@pytest.fixture
async def feed(sandbox: Sandbox) -> AsyncIterator[DynamicsFeed]:
    sandbox.heal()
    one = DynamicsFeed(settings(sandbox), interval=0.05)
    yield one
    await one.aclose()


@pytest.fixture
def people(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with somebody(sandbox) as client:
        yield client


@contextmanager
def somebody(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """At work in the environment, and not our application."""
    with requests_session(sandbox) as session, web_api(sandbox, session) as client:
        (user,) = client.get("systemusers?$filter=applicationid eq null").json()["value"]
        client.headers["CallerObjectId"] = user["azureactivedirectoryobjectid"]
        yield client


def made(client: httpx.Client, entity_set: str, **body: Any) -> str:
    answer = client.post(entity_set, json=body)
    assert answer.status_code == 204, answer.text
    return answer.headers["OData-EntityId"].rpartition("(")[2].rstrip(")")


def changed(client: httpx.Client, place: str, **body: Any) -> None:
    assert client.patch(place, json=body).status_code == 204


def stands(client: httpx.Client, place: str) -> dict[str, Any]:
    return dict(client.get(place).json())


def gone(client: httpx.Client, place: str) -> None:
    assert client.delete(place).status_code == 204


def merged(client: httpx.Client, table: str, loser: str, winner: str) -> None:
    parties = {name: {"@odata.type": MERGE + table, f"{table}id": guid} for name, guid in
               (("Target", winner), ("Subordinate", loser))}  # fmt: skip
    answer = client.post("Merge", json={**parties, "PerformParentingChecks": False})
    assert answer.status_code == 204, answer.text


async def told(feed: DynamicsFeed, watch: Watch, cursor: str) -> tuple[list[Change], str]:
    """Everything since the cursor, page after page, and where to go on."""
    found: list[Change] = []
    while True:
        page = await feed.changes(watch, cursor, wait=0)
        assert not page.lapsed
        found += page.changes
        cursor = page.cursor
        if not page.more:
            return found, cursor


def kinds(found: list[Change]) -> list[tuple[str, ChangeKind]]:
    return [(each.record, each.kind) for each in found]


@contextmanager
def later(sandbox: Sandbox, seconds: float) -> Iterator[None]:
    """The environment's clock, moved on."""
    sandbox.control.post("/clock", json={"advance_seconds": seconds}).raise_for_status()
    try:
        yield
    finally:
        sandbox.control.post("/clock", json={"advance_seconds": -seconds}).raise_for_status()


@contextmanager
def untracked(sandbox: Sandbox, table: str) -> Iterator[None]:
    sandbox.control.post("/dynamics/tailoring", json={"table": table, "tracked": False}).raise_for_status()
    try:
        yield
    finally:
        sandbox.control.delete("/dynamics/tailoring").raise_for_status()


async def test_what_is_made_and_changed_from_the_beginning_on_is_told_and_nothing_older(
    feed: DynamicsFeed, people: httpx.Client, sandbox: Sandbox
) -> None:
    old = made(people, "contacts", lastname="Before")
    cursor = await feed.begin(CONTACTS)
    assert (await told(feed, CONTACTS, cursor))[0] == []

    new = made(people, "contacts", lastname="New", bh_customerref="c-630001~3a.a")
    with later(sandbox, 60):
        changed(people, f"contacts({old})", lastname="After")
    found, after = await told(feed, CONTACTS, cursor)

    assert kinds(found) == [(old, ChangeKind.UPDATED), (new, ChangeKind.CREATED)]
    # Our own reference as we write it, not in the letters an address can carry.
    assert found[1].fields == {"bh_customerref": "c-630001:a", "lastname": "New", "emailaddress1": None}
    assert found[0].fields["lastname"] == "After"
    assert {each.evidence for each in found} == {Evidence.POSSIBLE}
    assert abs(datetime.now(UTC) - found[1].at) < timedelta(minutes=1)
    row = stands(people, f"contacts({new})")
    assert (found[1].version, found[1].writer) == (row["@odata.etag"], row["_modifiedby_value"])
    assert (await told(feed, CONTACTS, after))[0] == []


async def test_the_same_change_has_one_name_and_the_next_another(feed: DynamicsFeed, people: httpx.Client) -> None:
    cursor = await feed.begin(CONTACTS)
    record = made(people, "contacts", lastname="Once")

    (first,), after = await told(feed, CONTACTS, cursor)
    (again,), _ = await told(feed, CONTACTS, cursor)
    changed(people, f"contacts({record})", lastname="Twice")
    (second,), _ = await told(feed, CONTACTS, after)

    assert first.event == again.event != second.event


async def test_deletions_come_last_those_of_rows_nobody_has_heard_of_too(
    feed: DynamicsFeed, people: httpx.Client
) -> None:
    first, kept = made(people, "contacts", lastname="First"), made(people, "contacts", lastname="Kept")
    cursor = await feed.begin(CONTACTS)
    gone(people, f"contacts({first})")
    passing = made(people, "contacts", lastname="Passing")
    gone(people, f"contacts({passing})")
    changed(people, f"contacts({kept})", lastname="Kept too")

    found, _ = await told(feed, CONTACTS, cursor)

    assert [each.record for each in found] == [kept, first, passing]
    assert [each.kind for each in found[1:]] == [ChangeKind.DELETED, ChangeKind.DELETED]
    assert found[1].fields == {}
    assert found[1].own is None
    # Under the same cursor a deletion keeps its name; when the row comes back and goes again it has another.
    assert (await told(feed, CONTACTS, cursor))[0][1].event == found[1].event


async def test_a_row_that_is_there_again_is_not_told_as_deleted(feed: DynamicsFeed, people: httpx.Client) -> None:
    record = made(people, "contacts", lastname="Restored")
    cursor = await feed.begin(CONTACTS)
    gone(people, f"contacts({record})")
    changed(people, f"contacts({record})", lastname="Here again")

    found, after = await told(feed, CONTACTS, cursor)
    gone(people, f"contacts({record})")
    (last,), _ = await told(feed, CONTACTS, after)

    assert kinds(found) == [(record, ChangeKind.CREATED), (record, ChangeKind.GAP)]
    assert last.kind is ChangeKind.DELETED
    assert last.event != found[1].event


async def test_many_changes_come_in_pages_and_each_page_can_be_gone_on_from(
    sandbox: Sandbox, feed: DynamicsFeed, people: httpx.Client
) -> None:
    cursor = await feed.begin(ACCOUNTS)
    records = [made(people, "accounts", name=f"Page {at}") for at in range(5)]
    gone(people, f"accounts({records[0]})")
    small = DynamicsFeed(settings(sandbox), page=2)

    first = await small.changes(ACCOUNTS, cursor, wait=30)
    rest, after = await told(small, ACCOUNTS, first.cursor)
    await small.aclose()

    assert first.more
    assert len(first.changes) == 2
    seen = [*first.changes, *rest]
    assert [each.record for each in seen] == [*records[1:], records[0]]
    assert seen[-1].kind is ChangeKind.DELETED
    assert (await told(feed, ACCOUNTS, after))[0] == []


async def test_a_beginning_of_many_pages_ends_with_a_cursor_that_tells_what_comes(
    sandbox: Sandbox, people: httpx.Client
) -> None:
    for at in range(3):
        made(people, "accounts", name=f"Many {at}")
    # As many pages as a few thousand rows would make.
    rows = len(sandbox.books("dynamics")["accounts"])
    small = DynamicsFeed(settings(sandbox), page=max(2, rows // 4))
    forget_calls(sandbox)

    cursor = await small.begin(ACCOUNTS)
    new = made(people, "accounts", name="After")
    found, _ = await told(small, ACCOUNTS, cursor)
    await small.aclose()

    assert calls(sandbox, "dynamics").count("GET accounts") > 2
    assert kinds(found) == [(new, ChangeKind.CREATED)]


class Follower:
    """Holds of the contacts what the feed has told: their fields, or where they were merged into."""

    def __init__(self, feed: DynamicsFeed, cursor: str) -> None:
        self._feed, self._cursor = feed, cursor
        self.holds: dict[str, object] = {}

    async def follow(self) -> None:
        found, self._cursor = await told(self._feed, CONTACTS, self._cursor)
        for each in found:
            if each.kind is ChangeKind.DELETED:
                self.holds.pop(each.record, None)
            elif each.kind is ChangeKind.GAP:
                for row in await self._feed.rows(CONTACTS, (each.record,)):
                    self.holds[row.record] = row.merged_into or row.fields
            else:
                self.holds[each.record] = each.merged_into or each.fields


@pytest.mark.parametrize("seed", range(4))
async def test_whoever_follows_the_feed_holds_what_the_environment_holds(
    sandbox: Sandbox, people: httpx.Client, seed: int
) -> None:
    chance = Random(seed)
    small = DynamicsFeed(settings(sandbox), page=3)
    begun = DynamicsFeed(settings(sandbox))
    follower = Follower(small, await begun.begin(CONTACTS))
    known: set[str] = set()
    living: set[str] = set()
    dead: set[str] = set()
    for step in range(60):
        match chance.choices(("make", "change", "delete", "restore", "merge", "look"), (5, 5, 3, 2, 2, 2))[0]:
            case "make":
                living.add(made(people, "contacts", lastname=f"Step {step}"))
            case "change" if living:
                changed(people, f"contacts({chance.choice(sorted(living))})", lastname=f"Step {step}")
            case "delete" if living:
                gone(people, f"contacts({(one := chance.choice(sorted(living)))})")
                living.discard(one)
                dead.add(one)
            case "restore" if dead:
                changed(people, f"contacts({(one := chance.choice(sorted(dead)))})", lastname=f"Step {step}")
                dead.discard(one)
                living.add(one)
            case "merge" if len(living) > 1:
                loser, winner = chance.sample(sorted(living), 2)
                merged(people, "contact", loser, winner)
                living.discard(loser)
            case "look":
                await follower.follow()
        known |= living
    await follower.follow()

    stand = await begun.rows(CONTACTS, tuple(known))
    await small.aclose()
    await begun.aclose()
    assert len(living) < len(stand) < len(known)
    assert follower.holds == {row.record: row.merged_into or row.fields for row in stand}


@pytest.mark.parametrize(("watch", "table", "entity_set", "name"), [
    (CONTACTS, "contact", "contacts", "lastname"),
    (ACCOUNTS, "account", "accounts", "name"),
])  # fmt: skip
async def test_a_merge_is_told_of_the_loser_with_the_way_to_the_winner(
    feed: DynamicsFeed, people: httpx.Client, watch: Watch, table: str, entity_set: str, name: str
) -> None:
    winner, loser = (made(people, entity_set, **{name: side}) for side in ("Winner", "Loser"))
    cursor = await feed.begin(watch)
    merged(people, table, loser, winner)

    found, _ = await told(feed, watch, cursor)

    (lost,) = [each for each in found if each.record == loser]
    assert (lost.kind, lost.merged_into) == (ChangeKind.MERGED, winner)
    assert all(each.kind is not ChangeKind.MERGED for each in found if each.record == winner)


async def test_another_writers_change_is_not_our_own_and_of_ours_it_is_not_said(
    feed: DynamicsFeed, people: httpx.Client, sandbox: Sandbox
) -> None:
    bought = order(630101)
    ids = sandbox.seed(bought)["dynamics"]
    crm = DynamicsCrm(settings(sandbox))
    cursor = await feed.begin(RETURNS)
    shown = await crm.publish(projection("R-630101-A", bought))
    (ours,), cursor = await told(feed, RETURNS, cursor)
    changed(people, f"msdyn_rmas({shown.record})", bh_reason="too_small")
    (theirs,), cursor = await told(feed, RETURNS, cursor)
    # Both between two looks: the row names us as its last writer, and holds what somebody else has asked for.
    changed(people, f"msdyn_rmas({shown.record})", msdyn_description="Their words")
    await crm.publish(projection("R-630101-A", bought, version=2, next_step="we look at the goods"))
    (mixed,), _ = await told(feed, RETURNS, cursor)
    await crm.aclose()

    assert ours.fields["bh_returnref"] == "R-630101-A"
    assert ours.fields["msdyn_requestedbycontact"] == ids["contact"]
    assert (ours.own, theirs.own, mixed.own) == (None, False, None)
    assert ours.writer == mixed.writer != theirs.writer
    assert theirs.fields["bh_reason"] == "too_small"
    assert mixed.fields["bh_nextstep"] == "we look at the goods"


async def test_a_cursor_older_than_the_platform_keeps_changes_lapses_and_a_new_one_goes_on(
    feed: DynamicsFeed, sandbox: Sandbox
) -> None:
    cursor = await feed.begin(CONTACTS)
    with later(sandbox, 6.9 * DAY):
        younger = (await feed.changes(CONTACTS, cursor, wait=0)).cursor
        with later(sandbox, 0.2 * DAY):
            lapsed = await feed.changes(CONTACTS, cursor, wait=5)
            assert (lapsed.lapsed, lapsed.changes, lapsed.more) == (True, (), False)
            assert not (await feed.changes(CONTACTS, younger, wait=0)).lapsed

            new = await feed.begin(CONTACTS)
            with somebody(sandbox) as people:
                record = made(people, "contacts", lastname="After the lapse")
            assert kinds((await told(feed, CONTACTS, new))[0]) == [(record, ChangeKind.CREATED)]


async def test_a_cursor_nobody_knows_or_made_for_other_columns_lapses(feed: DynamicsFeed) -> None:
    cursor = await feed.begin(CONTACTS)
    wider = Watch(CONTACTS.object, CONTACTS.key, (*CONTACTS.fields, "firstname"))

    pages = [
        await feed.changes(CONTACTS, cursor.replace("deltatoken=", "deltatoken=x"), wait=0),
        await feed.changes(CONTACTS, "yesterday", wait=0),
        await feed.changes(CONTACTS, "", wait=0),
        # The link would go on telling the columns it was made for.
        await feed.changes(wider, cursor, wait=0),
        await feed.changes(ACCOUNTS, cursor, wait=0),
    ]

    assert all(page.lapsed for page in pages)
    assert not (await feed.changes(CONTACTS, cursor, wait=0)).lapsed


async def test_a_cursor_holds_no_address_to_send_a_token_to(feed: DynamicsFeed, sandbox: Sandbox) -> None:
    cursor = await feed.begin(CONTACTS)

    assert "http" not in cursor
    assert str(sandbox.ports["dynamics"]) not in cursor


async def test_silence_ends_after_the_wait_and_a_change_ends_it_at_once(
    feed: DynamicsFeed, people: httpx.Client
) -> None:
    cursor = await feed.begin(CONTACTS)
    began = time.monotonic()
    silent = await feed.changes(CONTACTS, cursor, wait=0.3)
    assert time.monotonic() - began >= 0.3
    assert (silent.changes, silent.lapsed) == ((), False)

    waiting = asyncio.create_task(feed.changes(CONTACTS, silent.cursor, wait=60))
    record = await asyncio.to_thread(made, people, "contacts", lastname="Sudden")
    async with asyncio.timeout(20):
        page = await waiting

    assert kinds(list(page.changes)) == [(record, ChangeKind.CREATED)]


async def test_a_look_beside_one_that_waits_tells_at_once(sandbox: Sandbox, people: httpx.Client) -> None:
    patient = DynamicsFeed(settings(sandbox), interval=60)
    cursor = await patient.begin(CONTACTS)
    await patient.changes(CONTACTS, cursor, wait=0)
    forget_calls(sandbox)
    waiting = asyncio.create_task(patient.changes(CONTACTS, cursor, wait=60))
    # It has looked once, in vain, and would look again in a minute.
    async with asyncio.timeout(20):
        while "GET contacts" not in await asyncio.to_thread(calls, sandbox, "dynamics"):
            continue
    record = await asyncio.to_thread(made, people, "contacts", lastname="Hinted at")

    found, _ = await told(patient, CONTACTS, cursor)

    assert not waiting.done()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await patient.aclose()
    assert kinds(found) == [(record, ChangeKind.CREATED)]


async def test_service_protection_is_retryable_after_the_seconds_named_and_nothing_is_lost(
    feed: DynamicsFeed, people: httpx.Client, sandbox: Sandbox
) -> None:
    cursor = await feed.begin(CONTACTS)
    record = made(people, "contacts", lastname="Patient")
    sandbox.fault("dynamics", "GET contacts", "throttle", retry_after=17)

    with pytest.raises(Retryable) as refused:
        await feed.changes(CONTACTS, cursor, wait=30)

    assert (refused.value.retry_after, refused.value.code) == (17, "0x80072322")
    assert [each.record for each in (await told(feed, CONTACTS, cursor))[0]] == [record]


@pytest.mark.parametrize("kind", ["down", "html", "truncate", "drop_after", "error"])
async def test_whatever_befalls_a_look_is_retryable_and_the_next_tells_everything(
    feed: DynamicsFeed, people: httpx.Client, sandbox: Sandbox, kind: str
) -> None:
    cursor = await feed.begin(CONTACTS)
    record = made(people, "contacts", lastname=kind)
    sandbox.fault("dynamics", "GET contacts", kind)

    with pytest.raises(Retryable):
        await feed.changes(CONTACTS, cursor, wait=0)
    assert [each.record for each in (await told(feed, CONTACTS, cursor))[0]] == [record]


async def test_a_restart_of_the_environment_loses_no_change(
    feed: DynamicsFeed, people: httpx.Client, sandbox: Sandbox
) -> None:
    cursor = await feed.begin(CONTACTS)
    record = made(people, "contacts", lastname="Before the fall")
    sandbox.kill()
    try:
        with pytest.raises(Retryable):
            await feed.changes(CONTACTS, cursor, wait=0)
    finally:
        sandbox.start()

    assert [each.record for each in (await told(feed, CONTACTS, cursor))[0]] == [record]


async def test_a_token_that_was_revoked_is_renewed_unnoticed(feed: DynamicsFeed, sandbox: Sandbox) -> None:
    cursor = await feed.begin(CONTACTS)
    sandbox.control.post("/dynamics/revoke").raise_for_status()

    assert not (await feed.changes(CONTACTS, cursor, wait=0)).lapsed


async def test_a_missing_right_or_column_is_permanent_and_never_a_lapse(feed: DynamicsFeed, sandbox: Sandbox) -> None:
    cursor = await feed.begin(CONTACTS)
    sandbox.control.post("/dynamics/privileges", json={"lacking": ["prvReadContact"]}).raise_for_status()
    try:
        with pytest.raises(Permanent, match="privilege"):
            await feed.changes(CONTACTS, cursor, wait=0)
    finally:
        sandbox.control.post("/dynamics/privileges", json={"lacking": []}).raise_for_status()
    gone_column = {"table": "contact", "column": "emailaddress1", "remove": True}
    sandbox.control.post("/dynamics/tailoring", json=gone_column).raise_for_status()
    try:
        with pytest.raises(Permanent, match="emailaddress1"):
            await feed.changes(CONTACTS, cursor, wait=0)
        with pytest.raises(Permanent, match="no column emailaddress1"):
            await feed.begin(CONTACTS)
    finally:
        sandbox.control.delete("/dynamics/tailoring").raise_for_status()

    assert not (await feed.changes(CONTACTS, cursor, wait=0)).lapsed
    with pytest.raises(Permanent, match="no table bh_nothing"):
        await feed.begin(Watch("bh_nothing", "bh_ref", ()))


async def test_rows_are_read_by_id_and_by_key_inactive_and_merged_ones_among_them(
    feed: DynamicsFeed, people: httpx.Client
) -> None:
    winner = made(people, "contacts", lastname="Winner", bh_customerref="c-630201")
    loser = made(people, "contacts", lastname="Loser", bh_customerref="c-630202~3a.b")
    idle = made(people, "contacts", lastname="Idle")
    changed(people, f"contacts({idle})", statecode=1, statuscode=2)
    merged(people, "contact", loser, winner)
    passed = made(people, "contacts", lastname="Passed")
    gone(people, f"contacts({passed})")

    found = await feed.rows(
        CONTACTS,
        (winner.upper(), idle, passed, NOBODY, "no-guid", "x')/$value"),
        ("c-630201", "c-630202:b", "c-630299", ""),
    )

    by_record = {each.record: each for each in found}
    assert len(found) == 3
    assert by_record[winner].fields == {"bh_customerref": "c-630201", "lastname": "Winner", "emailaddress1": None}
    assert (by_record[winner].deleted, by_record[idle].deleted) == (False, False)
    assert (by_record[loser].deleted, by_record[loser].merged_into) == (True, winner)
    assert by_record[loser].fields["bh_customerref"] == "c-630202:b"
    assert by_record[winner].version == stands(people, f"contacts({winner})")["@odata.etag"]
    assert await feed.rows(CONTACTS) == ()


async def test_a_key_that_is_not_ours_is_taken_as_it_is(
    feed: DynamicsFeed, people: httpx.Client, sandbox: Sandbox
) -> None:
    articles = Watch("product", "productnumber", ("name",))
    sandbox.seed(order(630601))
    seeded = stands(people, "products?$filter=productnumber eq 'MUG-630601'")["value"][0]
    changed(people, f"products({seeded['productid']})", productnumber="MUG/6306~3a.1'x")

    (found,) = await feed.rows(articles, keys=("MUG/6306~3a.1'x",))

    assert (found.record, found.fields["productnumber"]) == (seeded["productid"], "MUG/6306~3a.1'x")


async def test_a_hundred_rows_are_read_in_one_call(feed: DynamicsFeed, sandbox: Sandbox) -> None:
    await feed.rows(CONTACTS, (NOBODY,))
    forget_calls(sandbox)

    await feed.rows(CONTACTS, (NOBODY,), tuple(f"c-6303{at:02}" for at in range(99)))

    assert calls(sandbox, "dynamics") == ["BATCH"]


async def test_every_row_with_a_key_comes_in_parts_by_rising_id_and_the_end_is_said(
    sandbox: Sandbox, people: httpx.Client
) -> None:
    mine = [made(people, "contacts", lastname="All", bh_customerref=f"c-6304{at:02}") for at in range(5)]
    made(people, "contacts", lastname="Without a key")
    loser = made(people, "contacts", lastname="Lost", bh_customerref="c-630499")
    merged(people, "contact", loser, mine[0])
    keyed = [each for each in sandbox.books("dynamics")["contacts"] if each["bh_customerref"] and not each["merged"]]
    small = DynamicsFeed(settings(sandbox), page=max(2, len(keyed) // 3))

    found: list[Row] = []
    parts, after = 0, ""
    while True:
        part = await small.every(CONTACTS, after)
        found += part.rows
        parts += 1
        if part.after is None:
            break
        after = part.after
    with pytest.raises(Permanent, match="begin anew"):
        await small.every(ACCOUNTS, after)
    await small.aclose()

    records = [each.record for each in found]
    assert parts > 2
    assert records == sorted(each["contactid"] for each in keyed)
    assert {*mine} <= {*records}
    assert all(each.fields["bh_customerref"] for each in found)


async def test_an_enumeration_that_breaks_off_says_so_and_goes_on_where_it_was(
    sandbox: Sandbox, people: httpx.Client
) -> None:
    for at in range(4):
        made(people, "contacts", lastname="Some", bh_customerref=f"c-6305{at:02}")
    small = DynamicsFeed(settings(sandbox), page=2)
    first = await small.every(CONTACTS)
    assert first.after is not None
    sandbox.fault("dynamics", "GET contacts", "truncate")

    with pytest.raises(Retryable):
        await small.every(CONTACTS, first.after)
    second = await small.every(CONTACTS, first.after)
    await small.aclose()

    assert max(each.record for each in first.rows) < min(each.record for each in second.rows)


async def test_it_is_alive_while_changes_are_tracked_and_its_newest_link_is_good(
    feed: DynamicsFeed, sandbox: Sandbox
) -> None:
    assert await feed.alive(CONTACTS)
    cursor = await feed.begin(CONTACTS)
    assert await feed.alive(CONTACTS)
    with later(sandbox, 8 * DAY):
        assert not await feed.alive(CONTACTS)
    with untracked(sandbox, "contact"):
        assert not await feed.alive(CONTACTS)
        with pytest.raises(Permanent, match="Track changes"):
            await feed.begin(CONTACTS)
        assert (await feed.changes(CONTACTS, cursor, wait=0)).lapsed

    assert await feed.alive(CONTACTS)
