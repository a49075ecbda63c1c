"""The shop knows a stock change's key for a day: after that nothing is repeated before somebody has looked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.errors import UnknownOutcome
from domain.inventory import StockState
from domain.returns import Owner, Stage
from tests.workflows.harness import Rig, Talk
from workflows import messages as m

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOST = UnknownOutcome("shop", "inventory", "connection lost")
PENDING, AVAILABLE = ("MUG-01", StockState.PENDING_INSPECTION), ("MUG-01", StockState.AVAILABLE)


async def held_a_day(rig: Rig, call: str, reason: str) -> Talk:
    """The answers to one kind of stock change stay lost for a day; then the warehouse says `retry`."""
    rig.policy = replace(rig.policy, vendor_patience=1)
    rig.world.fail(call, LOST, times=10_000)
    talk = await (await rig.start()).authorized()
    await talk.receive()
    if call == "release_goods":
        await talk.inspect()
    await talk.held(reason)
    rig.world.heal(call)
    await talk.skip(timedelta(hours=24))
    await talk.resolve("retry")
    held = await talk.held("stock_unknown")
    (hold,) = (hold for hold in held.holds if hold.reason == "stock_unknown")
    assert (hold.owner, hold.choices) == (Owner.WAREHOUSE, ("done", "not_done"))
    return talk


async def test_within_a_day_a_retry_is_simply_made(rig: Rig) -> None:
    rig.policy = replace(rig.policy, vendor_patience=1)
    rig.world.fail("stage_goods", LOST, times=10_000)
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.held("stock_refused")
    rig.world.heal("stage_goods")
    await talk.skip(timedelta(hours=12))
    await talk.resolve("retry")
    await talk.until(lambda snap: not snap.holds)
    await talk.inspect()
    assert (await talk.end()).stage is Stage.CLOSED
    assert (rig.world.stock[PENDING], rig.world.stock[AVAILABLE]) == (0, 3)


async def test_goods_found_staged_after_a_day_are_not_staged_again(rig: Rig) -> None:
    talk = await held_a_day(rig, "stage_goods", "stock_refused")
    rig.world.shift("MUG-01", StockState.PENDING_INSPECTION, 3)
    tried = rig.world.calls.count("stage_goods")
    await talk.resolve("done")
    await talk.until(lambda snap: not snap.holds)
    await talk.inspect()
    assert (await talk.end()).stage is Stage.CLOSED
    assert rig.world.calls.count("stage_goods") == tried
    assert (rig.world.stock[PENDING], rig.world.stock[AVAILABLE]) == (0, 3)


async def test_goods_not_found_staged_after_a_day_are_staged(rig: Rig) -> None:
    talk = await held_a_day(rig, "stage_goods", "stock_refused")
    await talk.resolve("not_done")
    await talk.until(lambda snap: rig.world.stock.get(PENDING) == 3)
    await talk.inspect()
    assert (await talk.end()).stage is Stage.CLOSED
    assert (rig.world.stock[PENDING], rig.world.stock[AVAILABLE]) == (0, 3)


@pytest.mark.parametrize(("choice", "moved"), [("done", 0), ("not_done", 3)])
async def test_released_stock_is_looked_for_after_a_day_and_the_shops_return_closed_all_the_same(
    rig: Rig, choice: str, moved: int
) -> None:
    talk = await held_a_day(rig, "release_goods", "release_refused")
    await talk.resolve(choice)
    end = await talk.end()
    assert end.stage is Stage.CLOSED
    assert rig.world.stock.get(AVAILABLE, 0) == moved
    assert rig.world.returns[end.storefront_return] == "closed"


async def test_a_withdrawn_returns_stock_is_looked_for_after_a_day_too(rig: Rig) -> None:
    rig.policy = replace(rig.policy, vendor_patience=1)
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.until(lambda snap: rig.world.stock.get(PENDING) == 3)
    rig.world.fail("release_goods", LOST, times=10_000)
    await talk.say(m.UPDATE_WITHDRAW, m.Withdraw(talk.key()))
    await talk.held("undo_refused")
    rig.world.heal("release_goods")
    await talk.skip(timedelta(hours=24))
    await talk.resolve("retry")
    await talk.held("stock_unknown")
    await talk.resolve("not_done")
    end = await talk.end()
    assert (end.stage, rig.world.stock[PENDING]) == (Stage.WITHDRAWN, 0)
    assert rig.world.returns[end.storefront_return] == "cancelled"


@pytest.mark.parametrize(("choice", "there"), [("done", 3), ("not_done", 0)])
async def test_a_withdrawal_while_the_warehouse_is_to_look_still_has_it_look(rig: Rig, choice: str, there: int) -> None:
    talk = await held_a_day(rig, "stage_goods", "stock_refused")
    rig.world.shift("MUG-01", StockState.PENDING_INSPECTION, there)
    await talk.say(m.UPDATE_WITHDRAW, m.Withdraw(talk.key()))
    await talk.until(lambda snap: [hold.hold_id for hold in snap.holds] == ["H3"])
    await talk.resolve(choice)
    end = await talk.end()
    assert (end.stage, rig.world.stock[PENDING]) == (Stage.WITHDRAWN, 0)
    assert rig.world.stock[("MUG-01", StockState.SENT_BACK)] == 3
