"""Rows of the environment as they stand: by id, by key, and all of them in parts."""

from __future__ import annotations

import httpx
import pytest

from adapters.crm.dynamics import DynamicsFeed
from adapters.crm.port import Row, Watch
from adapters.errors import Permanent, Retryable
from tests.adapters.crm import calls, forget_calls
from tests.adapters.dynamics_feed.case import (
    ACCOUNTS,
    CONTACTS,
    NOBODY,
    changed,
    gone,
    made,
    merged,
    stands,
)
from tests.adapters.test_crm_dynamics import settings
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox


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
