"""Nothing falls between: a cursor goes on after its effects, an expired one is followed by comparing everything."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from activities.crm_inbound import Listen
from adapters.crm.port import Change, ChangeKind
from adapters.errors import Retryable
from store.engine import Database
from tests.inbound.org import MATRIX
from tests.inbound.stage import CONTACT, RETURN, RETURN_ID, Setting, setting


async def test_an_org_heard_for_the_first_time_is_compared_as_a_whole(here: Setting) -> None:
    await here.record()
    here.org.make(RETURN, "a00", Ref=RETURN_ID, Stage="quoted", Reason="damaged", Refund=5)
    await here.settle()
    assert here.desk.requests == [("partial_refund", "5.00 EUR", "")]
    (position,) = await here.books.watching.positions("main")
    assert (position.comparing, position.cursor) == ("", "1")


async def test_after_an_expired_cursor_nothing_is_lost_and_nothing_asked_twice(here: Setting) -> None:
    record = await here.shown()
    here.org.edit(record, Refund=5)
    await here.settle()
    here.org.edit(record, Reason="defective")
    here.org.oldest = len(here.org.log)
    begun = here.org.begun
    heard = await here.listen()
    assert heard.comparing
    assert here.org.begun == begun + 1
    # Changed after the new cursor was begun and before its row is compared: told by both, asked once.
    here.org.edit(record, Cancel=True)
    await here.settle()
    assert sorted(kind for kind, _, _ in here.desk.requests) == ["cancellation", "partial_refund", "reason"]


async def test_a_comparing_that_was_cut_off_goes_on_where_it_was(here: Setting) -> None:
    here.org.page = 2
    for number in range(5):
        await here.record(f"R-{number}-A")
        here.org.make(RETURN, f"a0{number}", Ref=f"R-{number}-A", Stage="quoted", Reason="damaged")
    await here.listen()
    here.org.broken = []
    every, parts = here.org.every, 0

    async def breaking(watch: object, after: str = "") -> object:
        nonlocal parts
        parts += 1
        if parts == 2:
            raise Retryable("main", "every", "throttled")
        return await every(watch, after)  # type: ignore[arg-type]

    here.org.every = breaking  # type: ignore[method-assign,assignment]
    with pytest.raises(Exception, match="throttled"):
        await here.inbound.compare(_all())
    (position,) = await here.books.watching.positions("main")
    assert (position.after, bool(position.comparing)) == ("a01", True)
    await here.inbound.compare(_all())
    assert parts == 4
    assert len([one for one in range(5) if (await here.known(f"a0{one}")).key]) == 5


def _all() -> Listen:
    return Listen("main", RETURN, 60)


async def test_too_many_changes_to_be_told_are_found_by_comparing(here: Setting) -> None:
    record = await here.shown()
    change = here.org.edit(record, Refund=5)
    here.org.log[-1] = Change(RETURN, "", ChangeKind.OVERFLOW, change.at, "overflow-1")
    heard = await here.listen()
    assert "one by one" in heard.comparing
    await here.settle()
    assert here.desk.requests == [("partial_refund", "5.00 EUR", "")]


async def test_a_worker_that_dies_in_the_middle_of_a_page_loses_and_repeats_nothing(postgres_url: str) -> None:
    """Four times, after each request one more; each worker begins with what the last one had saved."""
    async with setting(postgres_url) as here:
        records = [await here.shown(f"R-{number}-A") for number in range(6)]
        for number, record in enumerate(records):
            here.org.edit(record, Refund=number + 1)
        real, dealt = here.books.agreements.decide, 0

        class Died(BaseException):
            """What a killed process looks like to its own code."""

        async def dying(decision: object) -> object:
            nonlocal dealt
            saved = await real(decision)  # type: ignore[arg-type]
            dealt += 1
            if dealt in (1, 2, 4, 5):
                raise Died
            return saved

        here.books.agreements.decide = dying  # type: ignore[method-assign,assignment]
        died = 0
        while True:
            try:
                await here.settle()
                break
            except Died:
                died += 1
        assert died == 4
        assert sorted(value for _, value, _ in here.desk.requests) == [f"{number + 1}.00 EUR" for number in range(6)]


async def test_two_listeners_at_once_ask_once(here: Setting) -> None:
    record = await here.shown()
    here.org.edit(record, Refund=5)
    await asyncio.gather(*(here.listen() for _ in range(4)))
    assert len(here.desk.asked) == 1
    assert len(await here.conflicts()) == 1


async def test_a_subscription_that_fell_silent_is_begun_anew_in_sight_of_people(
    here: Setting, postgres_url: str
) -> None:
    record = await here.shown()
    here.org.lives = False
    here.org.edit(record, Refund=5)
    lost = here.org.log.pop()
    await here.settle()
    assert here.desk.requests == []
    await _a_while_ago(postgres_url, timedelta(hours=2))
    await here.settle()
    assert here.desk.requests == [("partial_refund", "5.00 EUR", "")]
    assert await here.items() == [("silent", "")]
    # It is not begun anew all the time; and once it tells again, the item is over by itself.
    begun = here.org.begun
    await _a_while_ago(postgres_url, timedelta(minutes=20))
    await here.settle()
    assert here.org.begun == begun
    here.org.lives = True
    await _a_while_ago(postgres_url, timedelta(minutes=20))
    await here.settle()
    assert await here.items() == []
    assert lost.kind is ChangeKind.UPDATED


async def _a_while_ago(url: str, age: timedelta) -> None:
    database = Database(url, 1)
    async with database.statement() as connection:
        ago = "now() - CAST(:age AS interval)"
        await connection.execute(text(f"UPDATE crm_cursors SET probed_at = {ago}, restarted_at = {ago}"), {"age": age})
    await database.close()


async def test_another_version_of_the_mapping_listens_with_a_cursor_of_its_own(postgres_url: str) -> None:
    async with setting(postgres_url) as here:
        await here.shown()
        org = here.org
    async with setting(postgres_url, replace(MATRIX, version="2")) as here:
        here.org.records, here.org.log = org.records, org.log
        await here.settle()
        assert here.org.begun == 1
        assert here.org.enumerations == 1


async def test_merged_and_deleted_contacts_are_passed_to_the_cross_reference(here: Setting) -> None:
    for number in range(4):
        here.org.make(CONTACT, f"c{number}", Customer=f"80{number}")
    await here.settle(CONTACT)
    here.org.merge("c0", "c1")
    here.org.delete("c2")
    # A merge the stream did not tell is seen when everything is compared.
    stored = here.org.records["c3"]
    stored.deleted, stored.merged_into = True, "c1"
    await here.settle(CONTACT)
    here.org.oldest = len(here.org.log) + 1
    await here.settle(CONTACT)
    assert here.links.merges == [("c0", "c1"), ("c3", "c1")]
    assert here.links.lost == ["c2"]
    assert datetime.now(UTC) > (await here.books.watching.positions("main"))[0].saved_at


async def test_a_comparing_that_was_begun_anew_is_not_ended_by_the_one_before(here: Setting) -> None:
    await here.shown()
    watching = here.books.watching
    await watching.begun("main", RETURN, MATRIX.version, "1", "the first time")
    before = await watching.position("main", RETURN, MATRIX.version)
    assert before is not None
    await watching.begun("main", RETURN, MATRIX.version, "2", "the second time")
    await watching.compared(before, (), "a05")
    await watching.over(before)
    (position,) = await watching.positions("main")
    assert (position.comparing, position.after) == ("the second time", "")


async def test_once_a_day_what_is_old_is_forgotten_without_any_comparison(here: Setting, postgres_url: str) -> None:
    record = await here.shown()
    here.org.edit(record, Stage="paid")
    await here.settle()
    assert len(await here.conflicts()) == 1
    database = Database(postgres_url)
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE crm_conflicts SET decided_at = now() - interval '401 days'"))
    await here.listen()
    assert len(await here.conflicts()) == 1, "that was today"
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE crm_cursors SET probed_at = now() - interval '1 day'"))
    await here.listen()
    assert await here.conflicts() == []
    await database.close()


async def test_of_many_that_are_due_some_are_told_at_once_and_then_the_others(here: Setting) -> None:
    records = [await here.shown(f"R-{number}-A") for number in range(4)]
    for record in records:
        here.org.edit(record, Stage="paid")
    heard = await here.inbound.listen(Listen("main", RETURN, 0, ("R-0-A",)))
    assert heard.due == ("R-1-A", "R-2-A", "R-3-A"), "of the first the asker knows"
    assert await here.books.agreements.due("main", RETURN, ("R-0-A",), 2) == ("R-1-A", "R-2-A")
    assert sorted(await here.settle()) == [f"R-{number}-A" for number in range(4)]
