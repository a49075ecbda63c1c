"""Fifty returns of real baskets, as real workflows: partial ones, discounts, two tax rates, a real Tryton's numbers."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.inventory import Disposition
from domain.returns import Snapshot
from sandbox.money import minor
from sandbox.posting import post
from stories import ending
from stories.scene import Scene
from tests.stack.sandbox import Sandbox
from tests.stack.tryton import RealTryton
from tests.tryton.real_baskets import Units, Wanted, wanted
from tests.tryton.stage import Stage, check_posted, staged

pytestmark = pytest.mark.timeout(1500)
RETURNS = 50
_ORDERS = 36
_AT_ONCE = 6
_FIRST = 9_140_001


async def test_fifty_returns_close_with_trytons_number_as_ours(
    tryton: RealTryton, sandbox: Sandbox, postgres_url: str, temporal_env: WorkflowEnvironment
) -> None:
    plan = wanted(_ORDERS, _FIRST, seed=20111209)
    async with staged(tryton, sandbox, postgres_url, temporal_env, _FIRST) as stage:
        await asyncio.gather(*(stage.scene.place(wish.basket) for wish in plan))
        await asyncio.to_thread(stage.place_all, [wish.basket for wish in plan])
        plan = [_payable(stage, wish) for wish in plan]
        room = asyncio.Semaphore(_AT_ONCE)

        async def one(wish: Wanted) -> list[Snapshot]:
            async with room:
                return [await _closed(stage.scene, wish, units, place) for place, units in enumerate(wish.returns)]

        closed = await asyncio.gather(*(one(wish) for wish in plan))
    complete = 0
    for wish, snapshots in zip(plan, closed, strict=True):
        books = stage.books(wish.basket)
        check_posted(books, *snapshots)
        if wish.complete:
            complete += 1
            assert -sum(note["total_amount"] for note in books.posted()) == books.seeded.total
            assert not any(books.sums().values())
    assert sum(len(snapshots) for snapshots in closed) >= RETURNS
    assert complete >= 5


async def _closed(scene: Scene, wish: Wanted, units: Units, place: int) -> Snapshot:
    telling = await scene.begin(wish.basket, *units, key=f"return-{place}")
    await telling.confirm()
    await telling.receive(*units)
    for line, quantity in units:
        await telling.judge(line, quantity, Disposition.RESTOCK)
    return await ending.closed(telling)


def _payable(stage: Stage, wish: Wanted) -> Wanted:
    """Tryton taxes the sum of an invoice, the shop each line. Where a cent lies between what the two say was sold, the
    whole order is not asked back: its last cent was never paid, or is left with the shop."""
    total = stage.books(wish.basket).seeded.total
    assert total is not None
    same = minor(str(total), "GBP") == post(wish.basket).total
    return wish if same or not wish.complete else replace(wish, returns=wish.returns[:-1])
