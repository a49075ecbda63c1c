"""What the feed of a Dynamics environment tells, against the sandbox's over TLS: in which order, as what, by whom."""

from __future__ import annotations

from datetime import datetime

import httpx
import pytest

from adapters.crm.dynamics import DynamicsCrm, DynamicsFeed
from adapters.crm.port import ChangeKind, Evidence, Watch
from tests.adapters.crm import calls, forget_calls, projection
from tests.adapters.dynamics_feed.case import (
    ACCOUNTS,
    CONTACTS,
    RETURNS,
    changed,
    gone,
    kinds,
    later,
    made,
    merged,
    stands,
    told,
)
from tests.adapters.test_crm_dynamics import settings
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox


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
    row = stands(people, f"contacts({new})")
    assert found[1].at == datetime.fromisoformat(row["modifiedon"])
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
