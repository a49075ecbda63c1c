"""An org's allowance in one process, over real books: what is refused, for how long, and what a broken org costs."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from adapters.crm.allowance import FINE, Kind, Leave, Trouble
from adapters.crm.spending import Priority, spending
from adapters.errors import Retryable
from domain.allowance import Family, Terms
from runtime.allowance import Metered
from store.engine import Database
from store.quota import PostgresQuota

DAY = Terms(window=86_400, most=100, reserve=20)
AWAY = "postgresql://nobody@127.0.0.1:1/none"
BROKEN = Trouble(Kind.FAILING, "503")


class Queue:
    """Remembers what the engine was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def slow(self, why: str) -> bool:
        self.told.append(why)
        return True

    async def restore(self) -> bool:
        self.told.append("restored")
        return True


class Counting(PostgresQuota):
    """Counts what is asked of the books."""

    asked = 0

    async def lease(self, *args: object, **more: object):  # type: ignore[no-untyped-def]
        self.asked += 1
        return await super().lease(*args, **more)  # type: ignore[arg-type]

    async def breakers(self, org: str):  # type: ignore[no-untyped-def]
        self.asked += 1
        return await super().breakers(org)


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    opened = Database(postgres_url)
    yield opened
    await opened.close()


def metered(database: Database, terms: Terms = DAY, queue: Queue | None = None) -> Metered:
    return Metered("main", terms, PostgresQuota(database), queue)


async def spend(allowance: Metered, calls: int, purpose: Priority = Priority.LIVE) -> int:
    """How many of so many calls were let through, each of which went well."""
    made = 0
    with spending(purpose):
        for _ in range(calls):
            try:
                leave = await allowance.take("publish", Family.WRITE)
            except Retryable:
                break
            await allowance.ended(leave, FINE)
            made += 1
    return made


async def fail(allowance: Metered, times: int, trouble: Trouble = BROKEN) -> None:
    for _ in range(times):
        await allowance.ended(await allowance.take("publish", Family.WRITE), trouble)


async def refused(allowance: Metered, family: Family = Family.WRITE) -> Retryable:
    with pytest.raises(Retryable) as error:
        await allowance.take("publish", family)
    return error.value


async def over(database: Database) -> None:
    async with database.statement() as connection:
        await connection.execute(text("UPDATE crm_breakers SET opened_until = now() - interval '1 ms'"))


async def test_a_thousand_calls_cost_the_books_a_few_questions(database: Database) -> None:
    quota = Counting(database)
    allowance = Metered("main", Terms(window=86_400, most=10_000), quota)
    began = time.monotonic()
    assert await spend(allowance, 1000) == 1000
    # Leases of 40, 80 and then 100, and a look at the breakers once a second.
    assert quota.asked <= 14 + 2 * (time.monotonic() - began)


async def test_a_backfill_leaves_the_reserve_to_live_status(database: Database) -> None:
    backfill, live = metered(database), metered(database)
    assert await spend(backfill, 200, Priority.BACKFILL) == 80
    with spending(Priority.BACKFILL):
        assert "kept for live status" in str(await refused(backfill))
    assert await spend(live, 200) == 20
    assert "used up" in str(await refused(live))


async def test_an_exhausted_window_is_waited_for_and_not_tried_against(database: Database) -> None:
    allowance = metered(database, Terms(window=3600, most=5))
    assert await spend(allowance, 10) == 5
    async with database.statement() as connection:
        standing = await connection.execute(text("SELECT extract(epoch FROM ends - now()) FROM crm_quota"))
        left = float(standing.scalar_one())
    with spending(Priority.RECONCILE):
        wait = (await refused(metered(database, Terms(window=3600, most=5)))).retry_after or 0
    assert wait <= 60.0 * 1.1
    async with database.statement() as connection:
        opened = await connection.execute(text("SELECT extract(epoch FROM opened_until - now()) FROM crm_breakers"))
        assert float(opened.scalar_one()) == pytest.approx(left, abs=2)


async def test_after_the_window_turned_calls_are_made_again(database: Database) -> None:
    allowance = metered(database, Terms(window=1, most=3))
    assert await spend(allowance, 10) <= 6
    wait = (await refused(allowance)).retry_after or 0
    assert 0 < wait <= 2.2
    await asyncio.sleep(wait)
    assert await spend(allowance, 1) == 1


async def test_what_others_use_stops_us_at_once(database: Database) -> None:
    allowance = metered(database)
    assert await spend(allowance, 1) == 1
    assert await spend(allowance, 1, Priority.BACKFILL) == 1
    allowance.told(left=25, most=100)
    # Each has leased more than is left.
    assert await spend(allowance, 200, Priority.BACKFILL) == 0
    assert await spend(allowance, 200) == 25


async def test_stopping_gives_back_what_is_in_hand(database: Database) -> None:
    first = metered(database)
    assert await spend(first, 1) == 1
    await first.aclose()
    assert await spend(metered(database), 200) == 99


async def test_a_quiet_process_tells_what_it_spent_and_gives_back_the_rest_by_itself(database: Database) -> None:
    allowance, quota = metered(database, Terms(window=1, most=100)), PostgresQuota(database)
    assert await spend(allowance, 3) == 3
    # Nothing is asked of it meanwhile; a lease of this window ends within a second.
    while [(one.ours, one.leased) for one in await quota.standings()] != [(3, 0)]:
        pass


async def test_failures_in_a_row_stop_every_process_until_one_probe_went_through(database: Database) -> None:
    queue = Queue()
    one, other = metered(database, queue=queue), metered(database, queue=Queue())
    await fail(one, 4)
    await one.ended(await one.take("publish", Family.WRITE), FINE)
    await fail(one, 5)
    assert "write is broken: 503" in str(await refused(one))
    assert "write is broken: 503" in str(await refused(other))
    await one.take("look", Family.READ)
    assert queue.told == [], "over before a slowed queue would notice"
    await over(database)
    await fail(metered(database, queue=queue), 1)
    assert queue.told == ["write: 503"]
    await over(database)
    fresh = [metered(database, queue=queue) for _ in range(4)]
    answers = await asyncio.gather(*(each.take("publish", Family.WRITE) for each in fresh), return_exceptions=True)
    (probe,) = [answer for answer in answers if isinstance(answer, Leave)]
    assert probe.probes == ("write",)
    await fresh[answers.index(probe)].ended(probe, FINE)
    assert queue.told == ["write: 503", "restored"]
    assert await spend(metered(database), 1) == 1


async def test_a_probe_that_fails_closes_nothing_and_nobody_else_tries(database: Database) -> None:
    one = metered(database)
    await fail(one, 5)
    await over(database)
    probing = metered(database)
    leave = await probing.take("publish", Family.WRITE)
    assert "broken" in str(await refused(metered(database)))
    await probing.ended(leave, BROKEN)
    assert (await refused(metered(database))).retry_after == pytest.approx(10, rel=0.15)


@pytest.mark.parametrize("family", Family)
async def test_the_queue_is_slowed_for_what_stops_publications_and_for_nothing_else(
    database: Database, family: Family
) -> None:
    queue = Queue()
    allowance = metered(database, queue=queue)
    for _ in range(5):
        await allowance.ended(await allowance.take("call", family), BROKEN)
    await over(database)
    probing = metered(database, queue=queue)
    await probing.ended(await probing.take("call", family), BROKEN)
    assert (queue.told != []) == (family in (Family.WRITE, Family.READ))


async def test_a_queue_that_was_slowed_by_a_dead_worker_is_restored_by_the_next(database: Database) -> None:
    await fail(metered(database, queue=Queue()), 5)
    await over(database)
    await fail(metered(database, queue=Queue()), 1)
    await PostgresQuota(database).close("main", "mended")
    queue = Queue()
    assert await spend(metered(database, queue=queue), 1) == 1
    assert queue.told == ["restored"]


async def test_what_throttles_us_is_not_pushed(database: Database) -> None:
    allowance = metered(database, queue=(queue := Queue()))
    await fail(allowance, 1, Trouble(Kind.THROTTLED, "0x80072322", 5))
    for family in Family:
        assert (await refused(allowance, family)).retry_after == pytest.approx(5, rel=0.2)
    # Over before a slowed queue would notice.
    assert queue.told == []


async def test_refused_credentials_stop_everything_at_once(database: Database) -> None:
    await fail(metered(database), 1, Trouble(Kind.SHUT_OUT, "invalid_grant"))
    assert "the org is broken: invalid_grant" in str(await refused(metered(database), Family.BULK))


@pytest.mark.parametrize(("left", "waits"), [(2, 900), (60, 5)], ids=["the day", "too many long calls"])
async def test_used_up_means_the_day_only_when_the_org_s_own_numbers_say_so(
    database: Database, left: int, waits: float
) -> None:
    allowance = metered(database, Terms(window=86_400), queue=(queue := Queue()))
    assert await spend(allowance, 1) == 1
    leave = await allowance.take("publish", Family.WRITE)
    allowance.told(left, 100)
    await allowance.ended(leave, Trouble(Kind.EXHAUSTED, "REQUEST_LIMIT_EXCEEDED"))
    assert "the org is broken: REQUEST_LIMIT_EXCEEDED" in str(await refused(metered(database), Family.FEED))
    async with database.statement() as connection:
        opened = await connection.execute(text("SELECT extract(epoch FROM opened_until - now()) FROM crm_breakers"))
        assert float(opened.scalar_one()) == pytest.approx(min(waits, seconds_left_today()), abs=2)
    assert (queue.told != []) == (left == 2)


def seconds_left_today() -> float:
    return 86_400 - time.time() % 86_400


async def test_closing_by_hand_forgets_what_the_org_told_and_asks_anew(database: Database) -> None:
    allowance = metered(database, Terms(window=86_400))
    assert await spend(allowance, 1) == 1
    allowance.told(0, 100)
    assert await spend(allowance, 1) == 0
    await PostgresQuota(database).close("main", "more were bought")
    assert await spend(metered(database, Terms(window=86_400)), 1) == 1


async def test_without_the_books_no_call_is_made(database: Database) -> None:
    away = Database(AWAY)
    error = await refused(Metered("main", DAY, PostgresQuota(away)))
    assert (error.code, "allowance is not known" in str(error)) == ("ALLOWANCE", True)
    assert error.retry_after == pytest.approx(5, rel=0.2)
    await away.close()


async def test_how_a_call_ended_is_never_an_error_of_the_call(database: Database) -> None:
    away = Database(AWAY)
    await Metered("main", DAY, PostgresQuota(away)).ended(Leave(Family.WRITE), BROKEN)
    await away.close()
