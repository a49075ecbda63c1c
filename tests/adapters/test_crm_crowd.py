"""Calls at once: as many as go well, half as many after an objection, and live status goes in first."""

import asyncio

import pytest

from adapters.crm.crowd import Crowd
from adapters.crm.spending import Priority


async def test_who_waits_goes_in_by_purpose_and_no_more_than_there_is_room_for() -> None:
    crowd, order = Crowd(2), list[Priority]()

    async def call(purpose: Priority) -> None:
        await crowd.enter(purpose)
        order.append(purpose)
        assert crowd.inside <= 2
        crowd.leave()

    for _ in range(2):
        await crowd.enter(Priority.LIVE)
    waiting = [asyncio.create_task(call(one)) for one in (Priority.BACKFILL, Priority.RECONCILE, Priority.LIVE)]
    await asyncio.sleep(0)
    assert order == []
    crowd.leave()
    crowd.leave()
    await asyncio.gather(*waiting)
    assert order == [Priority.LIVE, Priority.RECONCILE, Priority.BACKFILL]
    assert crowd.inside == 0


async def test_room_halves_at_an_objection_and_grows_by_about_one_a_round() -> None:
    crowd = Crowd(52)
    crowd.objected()
    crowd.objected()
    assert crowd.room == 2
    for _ in range(2):
        crowd.went_well()
    assert crowd.room == pytest.approx(2.9, abs=0.1)
    for _ in range(5000):
        crowd.went_well()
    assert crowd.room == 52


async def test_room_never_falls_below_one() -> None:
    crowd = Crowd(4)
    for _ in range(10):
        crowd.objected()
    await crowd.enter(Priority.LIVE)
    assert crowd.room == 1


async def test_who_gives_up_waiting_takes_no_room() -> None:
    crowd = Crowd(1)
    await crowd.enter(Priority.LIVE)
    waiting = asyncio.create_task(crowd.enter(Priority.LIVE))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    crowd.leave()
    assert crowd.inside == 0
    await crowd.enter(Priority.BACKFILL)
    assert crowd.inside == 1
