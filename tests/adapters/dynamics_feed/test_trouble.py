"""What befalls a look at the feed is retryable or permanent, and the next look tells everything."""

from __future__ import annotations

import httpx
import pytest

from adapters.crm.dynamics import DynamicsFeed
from adapters.crm.port import Watch
from adapters.errors import Permanent, Retryable
from tests.adapters.dynamics_feed.case import (
    CONTACTS,
    made,
    told,
)
from tests.stack.sandbox import Sandbox


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
