"""`crm quota` and `crm breaker close`: what IT is told of the allowances, and what it may do."""

import asyncio
import os
from typing import Any

import pytest

from adapters.crm.spending import Priority
from domain.allowance import EVERYTHING, Terms, Usage
from store.port import Quota
from store.stores import open_all, open_quota
from tests.stack.desk import Desk

DAY = Terms(window=86_400, reserve=20)


@pytest.fixture(scope="module")
def spent(desk: Desk) -> None:
    async def spend(quota: Quota) -> None:
        await quota.lease("spent", DAY, "worker", Priority.LIVE, 40, 0, Usage(0, 1000))
        await quota.lease("spent", DAY, "worker", Priority.LIVE, 40, 25, Usage(600, 1000))

    asyncio.run(books(spend))


async def books(ask: Any) -> None:
    async with open_quota(os.environ["BACKHAUL_DATABASE__URL"]) as quota:
        await ask(quota)


def broken() -> None:
    async def fail(quota: Quota) -> None:
        await quota.failed("spent", EVERYTHING, "invalid_grant", 120, 5)
        await quota.slowed("spent", True)

    asyncio.run(books(fail))


@pytest.mark.usefixtures("spent")
def test_quota_tells_the_limit_ours_others_and_the_reserve(desk: Desk) -> None:
    (one,) = desk.answer("crm", "quota", "--org", "spent")["orgs"]
    window = one["window"]
    assert (window["limit"], window["used"], window["used_by_us"], window["used_by_others"]) == (1000, 600, 25, 575)
    assert (window["in_hand"], window["used_ratio"], window["reserve_percent"]) == (40, 0.6, 20)
    assert (one["breakers"], one["queue_slowed"]) == ([], False)
    said = desk.say("crm", "quota", "--org", "spent").out
    assert "600 calls used of 1000 (60.0%)" in said
    assert "by us 25, by others 575, in workers' hands 40" in said
    assert "200 are kept for live status" in said


@pytest.mark.usefixtures("spent")
def test_the_page_of_an_org_has_its_allowance_and_how_long_ago_it_was_listened_to(desk: Desk) -> None:
    async def listen() -> None:
        async with open_all(os.environ["BACKHAUL_DATABASE__URL"]) as (_, books):
            await books.watching.begun("spent", "Return__c", "1", "cursor", "")

    asyncio.run(listen())
    (one,) = [each for each in desk.answer("crm", "status")["orgs"] if each["org"] == "spent"]
    window = one["allowance"]["window"]
    assert (window["limit"], window["used_by_us"], window["used_by_others"]) == (1000, 25, 575)
    assert (window["reserve_percent"], one["allowance"]["breakers"]) == (20, [])
    heard = one["inbound"]["Return__c"]
    assert heard["listened_seconds_ago"] < 60
    assert heard["told_seconds_ago"] is None
    said = desk.say("crm", "status").out
    assert "600 calls used of 1000 (60.0%)" in said
    assert "Return__c was listened to" in said


@pytest.mark.usefixtures("spent")
def test_a_breaker_is_told_with_its_cause_and_closed_with_a_reason(desk: Desk) -> None:
    broken()
    (one,) = desk.answer("crm", "quota", "--org", "spent")["orgs"]
    (breaker,) = one["breakers"]
    assert (breaker["family"], breaker["state"], breaker["cause"]) == ("org", "open", "invalid_grant")
    assert one["queue_slowed"]
    assert "all calls: broken (invalid_grant), a probe in" in desk.say("crm", "quota").out
    assert desk.answer("crm", "breaker", "close", "spent", "--why", "key renewed") == {"org": "spent", "closed": 1}
    (one,) = desk.answer("crm", "quota", "--org", "spent")["orgs"]
    (breaker,) = one["breakers"]
    assert (breaker["state"], breaker["closed_by_hand"]["why"]) == ("closed", "key renewed")
    assert "closed by hand" in desk.say("crm", "quota").out
    assert "no breaker was open" in desk.say("crm", "breaker", "close", "spent", "--why", "again").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("quota", "--org", "nobody"), "org: there is no CRM org 'nobody'; there are "),
        (("breaker", "close", "nobody", "--why", "x"), "org: there is no CRM org 'nobody'; there are "),
        (("breaker", "close", "spent", "--why", " "), "why: say what was mended; it is kept beside the breaker"),
    ],
)
def test_what_cannot_be_asked_is_told(desk: Desk, words: tuple[str, ...], says: str) -> None:
    assert desk.say("crm", *words).sentence.startswith(says)
