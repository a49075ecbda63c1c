"""What the CRMs show of all returns: counted, listed with its age, measured, and grouped by what was given up."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from domain.returns import CrmState, Stage
from store.port import OrgCoverage, Outgoing, Stores, Visibility
from store.stores import open_visibility
from tests.store.samples import NOW, move

SF, DYN = Outgoing("crm:sf", "quoted"), Outgoing("crm:dyn", "quoted")


@pytest.fixture
async def seen(postgres_url: str) -> AsyncIterator[Visibility]:
    async with open_visibility(postgres_url) as opened:
        yield opened


async def by_org(seen: Visibility) -> dict[str, OrgCoverage]:
    return {one.org: one for one in (await seen.coverage(None, 30, 50)).orgs}


async def test_a_return_is_covered_when_nothing_is_owed_and_its_stage_is_shown(
    stores: Stores, seen: Visibility
) -> None:
    await stores.returns.record(move(outgoing=(SF, DYN)))
    await stores.returns.record(move("R-2-B", outgoing=(SF,), stage=Stage.CLOSED))
    await stores.outbox.shown("R-1-A", "sf", 1, "quoted")
    found = await by_org(seen)
    assert (found["sf"].open, found["sf"].open_current, found["sf"].all, found["sf"].all_current) == (1, 1, 2, 1)
    assert (found["dyn"].open, found["dyn"].open_current) == (1, 0)
    await stores.outbox.shown("R-2-B", "sf", 1, "closed")
    await stores.outbox.shown("R-1-A", "dyn", 1, "quoted")
    covered = await seen.coverage(None, 30, 50)
    assert covered.lagging == ()
    assert [(one.all, one.all_current, one.oldest) for one in covered.orgs] == [(1, 1, None), (2, 2, None)]


async def test_a_version_in_which_nothing_changed_that_a_crm_shows_is_no_lag(stores: Stores, seen: Visibility) -> None:
    await stores.returns.record(move(outgoing=(SF,)))
    await stores.outbox.shown("R-1-A", "sf", 1, "quoted")
    await stores.returns.record(move(version=2, tracking=("1Z1",)))
    assert (await by_org(seen))["sf"].open_current == 1


async def test_a_stage_that_is_not_shown_is_a_lag_since_the_return_changed(stores: Stores, seen: Visibility) -> None:
    await stores.returns.record(move(outgoing=(SF,)))
    await stores.outbox.shown("R-1-A", "sf", 1, "quoted")
    later = NOW + timedelta(hours=1)
    await stores.returns.record(move(version=2, stage=Stage.CONFIRMED, changed_at=later))
    (lag,) = (await seen.coverage(None, 30, 50)).lagging
    assert (lag.stage, lag.version, lag.shown_stage, lag.shown) == ("confirmed", 2, "quoted", 1)
    assert (lag.since, lag.is_open, lag.reason) == (later, True, "")


async def test_the_oldest_lag_is_told_first_and_the_list_ends_where_asked(stores: Stores, seen: Visibility) -> None:
    for name in ("R-1-A", "R-2-B", "R-3-C"):
        await stores.returns.record(move(name, outgoing=(SF,)))
    await stores.outbox.park("R-2-B", "crm:sf", "no licence")
    found = await seen.coverage("sf", 30, 2)
    assert [(lag.return_id, lag.reason) for lag in found.lagging] == [("R-1-A", ""), ("R-2-B", "no licence")]
    assert found.orgs[0].oldest == found.lagging[0].since
    assert found.orgs[0].open == 3
    assert (await seen.coverage("dyn", 30, 2)).orgs == ()


async def test_an_open_return_that_no_crm_was_to_show_is_counted_apart(stores: Stores, seen: Visibility) -> None:
    await stores.returns.record(move())
    await stores.returns.record(move("R-2-B", stage=Stage.REFUSED))
    await stores.returns.record(move("R-3-C", outgoing=(SF, Outgoing("notice", "quoted"))))
    assert (await seen.coverage(None, 30, 50)).untold == 1


async def test_latency_is_from_recorded_to_shown(stores: Stores, seen: Visibility) -> None:
    for name in ("R-1-A", "R-2-B"):
        await stores.returns.record(move(name, outgoing=(SF, DYN, Outgoing("notice", "quoted"))))
        await stores.outbox.shown(name, "sf", 1, "quoted")
    found = await by_org(seen)
    measured = found["sf"].latency
    assert measured is not None
    assert measured.count == 2
    assert 0 < measured.p50 <= measured.p95 <= measured.p99 < 30
    assert found["dyn"].latency is None


async def test_older_news_never_replaces_newer(stores: Stores, seen: Visibility) -> None:
    await stores.returns.record(move(outgoing=(SF,)))
    await stores.returns.record(move(version=2, outgoing=(SF,)))
    await stores.outbox.shown("R-1-A", "sf", 2, "quoted")
    await stores.outbox.shown("R-1-A", "sf", 1, "requested")
    assert await stores.outbox.crm_states("R-1-A") == (CrmState("sf", 2, False),)
    assert (await by_org(seen))["sf"].open_current == 1


async def test_an_older_state_answers_only_what_was_owed_up_to_it(stores: Stores, seen: Visibility) -> None:
    await stores.returns.record(move(outgoing=(SF,)))
    await stores.returns.record(move(version=2, outgoing=(SF,)))
    await stores.outbox.park("R-1-A", "crm:sf", "away")
    await stores.outbox.shown("R-1-A", "sf", 1, "quoted")
    (letter,) = await seen.letters()
    assert (letter.shown, letter.version, letter.given_up) == (1, 2, 1)
    assert await stores.outbox.crm_states("R-1-A") == (CrmState("sf", 1, True),)


async def test_a_crm_ahead_of_the_books_is_a_lag_until_they_know_that_version(stores: Stores, seen: Visibility) -> None:
    await stores.returns.record(move(outgoing=(SF,)))
    await stores.outbox.shown("R-1-A", "sf", 2, "")
    (lag,) = (await seen.coverage(None, 30, 50)).lagging
    assert (lag.version, lag.shown, lag.shown_stage) == (1, 2, "")
    await stores.returns.record(move(version=2, outgoing=(SF,)))
    await stores.outbox.shown("R-1-A", "sf", 2, "quoted")
    assert (await seen.coverage(None, 30, 50)).lagging == ()


async def test_letters_are_one_per_return_and_org_and_found_by_org_cause_and_return(
    stores: Stores, seen: Visibility
) -> None:
    await stores.returns.record(move(outgoing=(SF, DYN, Outgoing("notice", "quoted"))))
    await stores.outbox.park("R-1-A", "crm:sf", "no such field: 100% Hold")
    await stores.outbox.park("R-1-A", "notice", "mailbox full")
    await stores.returns.record(move(version=2, outgoing=(SF,)))
    await stores.outbox.park("R-1-A", "crm:sf", "No licence")
    await stores.returns.record(move("R-2-B", outgoing=(DYN,)))
    await stores.outbox.park("R-2-B", "crm:dyn", "no such field: 100% Hold")
    first, second = await seen.letters()
    assert (first.return_id, first.org, first.version, first.given_up) == ("R-1-A", "sf", 2, 2)
    assert (first.reason, first.shown, second.return_id) == ("No licence", 0, "R-2-B")
    assert [one.return_id for one in await seen.letters(cause="NO LICENCE")] == ["R-1-A"]
    assert [one.return_id for one in await seen.letters(cause="100% h")] == ["R-2-B"]
    assert await seen.letters(cause="1000 h") == ()
    assert [one.return_id for one in await seen.letters(org="dyn")] == ["R-2-B"]
    assert [one.org for one in await seen.letters(return_ids=("R-1-A",))] == ["sf"]
    assert await seen.letters(return_ids=()) == ()
    assert await seen.orgs() == ("dyn", "sf")
