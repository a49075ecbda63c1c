"""The allowances' books: no call is given twice, others' calls count, the reserve stays, windows turn, crashes heal."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from adapters.crm.spending import Priority
from domain.allowance import EVERYTHING, Family, Terms, Usage
from store.engine import Database
from store.port import Quota
from store.quota import PostgresQuota

DAY = Terms(window=86_400, most=1000, reserve=20)


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    opened = Database(postgres_url)
    yield opened
    await opened.close()


@pytest.fixture
def quota(database: Database) -> Quota:
    return PostgresQuota(database)


async def leased(quota: Quota, purpose: Priority, want: int, holder: str = "a", terms: Terms = DAY) -> int:
    return (await quota.lease("main", terms, holder, purpose, want, 0, None)).calls


async def test_workers_who_ask_at_once_never_get_more_than_there_is(quota: Quota) -> None:
    given = await asyncio.gather(*(leased(quota, Priority.LIVE, 70, holder=f"worker {n}") for n in range(20)))
    assert sum(given) == 1000
    assert max(given) == 70
    (standing,) = await quota.standings()
    assert (standing.leased, standing.used, standing.most) == (1000, 0, 1000)


async def test_what_others_use_counts_and_ours_is_not_counted_twice(quota: Quota) -> None:
    assert await leased(quota, Priority.LIVE, 100) == 100
    told = Usage(used=700, most=1000)
    lease = await quota.lease("main", DAY, "a", Priority.LIVE, 1000, 100, told)
    assert (lease.used, lease.calls) == (700, 300)
    lease = await quota.lease("main", DAY, "a", Priority.LIVE, 1000, 40, None)
    assert (lease.used, lease.calls) == (740, 260)
    (standing,) = await quota.standings()
    assert (standing.ours, standing.others, standing.used) == (140, 600, 740)
    assert standing.ratio == 0.74


async def test_what_was_told_longer_ago_does_not_replace_what_was_told_since(quota: Quota) -> None:
    await quota.lease("main", DAY, "a", Priority.LIVE, 0, 0, Usage(500, 1000, age=1))
    lease = await quota.lease("main", DAY, "b", Priority.LIVE, 0, 0, Usage(100, 1000, age=3))
    assert lease.used == 500


async def test_the_reserve_is_for_live_status_and_a_part_of_it_for_requests(quota: Quota) -> None:
    left = {Priority.BACKFILL: 200, Priority.RECONCILE: 150, Priority.INBOUND: 100, Priority.LIVE: 0}
    taken = 0
    for purpose, leaves in left.items():
        taken += await leased(quota, purpose, 1000, holder=purpose.name)
        assert 1000 - taken == leaves


async def test_an_org_that_has_not_told_its_limit_is_asked_until_it_does(quota: Quota) -> None:
    terms = Terms(window=86_400)
    assert await leased(quota, Priority.BACKFILL, 20, terms=terms) == 20
    lease = await quota.lease("main", terms, "a", Priority.BACKFILL, 100, 1, Usage(85, 100))
    assert (lease.calls, lease.most) == (0, 100)
    assert await leased(quota, Priority.LIVE, 100, terms=terms) == 15


async def test_our_own_cap_holds_below_what_the_org_allows(quota: Quota) -> None:
    lease = await quota.lease("main", DAY, "a", Priority.LIVE, 5000, 0, Usage(0, 5000))
    assert (lease.calls, lease.most) == (1000, 1000)


async def test_calls_in_the_hands_of_a_crashed_worker_come_back(quota: Quota, database: Database) -> None:
    assert await leased(quota, Priority.LIVE, 1000, holder="crashed") == 1000
    assert await leased(quota, Priority.LIVE, 10, holder="other") == 0
    async with database.statement() as connection:
        aged = "jsonb_build_object('crashed', jsonb_build_array(1000, extract(epoch FROM now()) - 1))"
        await connection.execute(text(f"UPDATE crm_quota SET holders = {aged}"))
    assert await leased(quota, Priority.LIVE, 2000, holder="other") == 1000


async def test_given_back_is_to_be_had_again(quota: Quota) -> None:
    assert await leased(quota, Priority.LIVE, 1000, holder="a") == 1000
    await quota.lease("main", DAY, "a", Priority.LIVE, 0, 30, None)
    assert await leased(quota, Priority.LIVE, 1000, holder="b") == 970


async def test_a_window_turns_and_everything_is_to_be_had_again(quota: Quota) -> None:
    terms = Terms(window=0.5, most=3)
    lease = await quota.lease("main", terms, "a", Priority.LIVE, 3, 0, None)
    while lease.calls:
        lease = await quota.lease("main", terms, "a", Priority.LIVE, 3, lease.calls, Usage(3, 3))
    assert 0 < lease.turns <= 0.5
    await asyncio.sleep(lease.turns)
    assert await leased(quota, Priority.LIVE, 3, terms=terms) == 3


async def test_orgs_have_windows_of_their_own(quota: Quota) -> None:
    assert await leased(quota, Priority.LIVE, 1000) == 1000
    other = await quota.lease("field", DAY, "a", Priority.LIVE, 1000, 0, None)
    assert other.calls == 1000


async def test_turns_of_all_processes_stand_in_one_row(quota: Quota) -> None:
    terms = Terms(window=1, per_second=10)
    slots = await asyncio.gather(*(quota.turns("main", terms, live=True, want=1) for _ in range(4)))
    waits = sorted(slot.wait for slot in slots)
    assert waits[0] == 0
    # A tenth of a second each at 10 per second, a fifth of which is left free: 0.125 s.
    assert all(later - earlier > 0.08 for earlier, later in itertools.pairwise(waits)), waits


async def test_live_status_has_a_turn_while_others_queue(quota: Quota) -> None:
    terms = Terms(window=1, per_second=1, reserve=50)
    assert (await quota.turns("main", terms, live=False, want=1)).count == 1
    crowded = await quota.turns("main", terms, live=False, want=1)
    assert (crowded.count, crowded.wait > 1.25) == (0, True)
    live = await quota.turns("main", terms, live=True, want=1)
    assert (live.count, live.wait <= 1.25) == (1, True)


async def test_a_breaker_opens_after_failures_in_a_row_and_only_one_probes(quota: Quota, database: Database) -> None:
    for _ in range(2):
        assert (await quota.failed("main", Family.WRITE, "503", None, 3)).wait is None
    opened = await quota.failed("main", Family.WRITE, "503", None, 3)
    assert (opened.turned, opened.wait is not None and opened.wait > 4) == (True, True)
    assert not (await quota.failed("main", Family.WRITE, "503", None, 3)).turned
    assert not await quota.probe("main", Family.WRITE)
    await past(database)
    probes = await asyncio.gather(*(quota.probe("main", Family.WRITE) for _ in range(8)))
    assert sum(probes) == 1
    await quota.went("main", Family.WRITE, probe=False)
    ((breaker,), _) = await quota.breakers("main")
    assert breaker.wait is not None
    await quota.went("main", Family.WRITE, probe=True)
    assert await quota.breakers("main") == ((), False)


async def test_a_breaker_whose_probe_fails_stays_open_longer_each_time(quota: Quota, database: Database) -> None:
    waits = []
    for _ in range(8):
        waits.append((await quota.failed("main", Family.BULK, "500", None, 1)).wait or 0)
        await past(database)
    assert waits[:3] == pytest.approx([5, 10, 20], abs=0.1)
    assert waits[-1] == pytest.approx(600, abs=0.1)


async def test_one_success_between_failures_forgives_them(quota: Quota) -> None:
    await quota.failed("main", Family.READ, "503", None, 2)
    await quota.went("main", Family.READ, probe=False)
    assert (await quota.failed("main", Family.READ, "503", None, 2)).wait is None


async def test_a_wait_the_org_asks_for_is_kept_and_never_cut_short(quota: Quota) -> None:
    assert (await quota.failed("main", EVERYTHING, "429", 300, 5)).wait == pytest.approx(300, abs=0.1)
    assert (await quota.failed("main", EVERYTHING, "429", 5, 5)).wait == pytest.approx(300, abs=1)


async def test_closed_by_hand_tells_why(quota: Quota) -> None:
    await quota.failed("main", EVERYTHING, "invalid_grant", 120, 5)
    assert await quota.close("main", "the key was renewed") == 1
    assert await quota.close("main", "again") == 0
    (one,) = await quota.broken()
    assert (one.until, one.why, one.cause) == (None, "the key was renewed", "invalid_grant")
    assert await quota.breakers("main") == ((), False)


async def test_a_slowed_queue_is_remembered(quota: Quota) -> None:
    await quota.slowed("main", True)
    assert await quota.breakers("main") == ((), True)
    await quota.slowed("main", False)
    assert await quota.breakers("main") == ((), False)


async def past(database: Database) -> None:
    """Every open breaker's time is over."""
    async with database.statement() as connection:
        await connection.execute(text("UPDATE crm_breakers SET opened_until = now() - interval '1 ms'"))
