"""Where the feed goes on from: cursors that lapse, waits that end, and whether anything would be told at all."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from adapters.crm.dynamics import DynamicsFeed
from adapters.crm.port import ChangeKind, Watch
from adapters.errors import Permanent
from tests.adapters.crm import calls, forget_calls
from tests.adapters.dynamics_feed.case import (
    ACCOUNTS,
    CONTACTS,
    DAY,
    kinds,
    later,
    made,
    somebody,
    told,
    untracked,
)
from tests.adapters.test_crm_dynamics import settings
from tests.stack.sandbox import Sandbox


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
