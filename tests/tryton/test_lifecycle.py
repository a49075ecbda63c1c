"""The main stories of a return, told with a real Tryton as the ERP: each ends in a three-way match with its books."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import count

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.inventory import Disposition
from domain.returns import Stage as At
from stories import baskets, ending
from tests.stack.sandbox import Sandbox
from tests.stack.tryton import RealTryton
from tests.tryton.books import month_closed
from tests.tryton.stage import Stage, check_posted, staged

pytestmark = pytest.mark.timeout(600)
NUMBERS = count(9_130_001)


@pytest.fixture
async def stage(
    tryton: RealTryton, sandbox: Sandbox, postgres_url: str, temporal_env: WorkflowEnvironment
) -> AsyncIterator[Stage]:
    async with staged(tryton, sandbox, postgres_url, temporal_env, next(NUMBERS)) as stage:
        yield stage


async def test_everything_comes_back_and_nothing_is_left_of_the_invoice(stage: Stage) -> None:
    basket = await stage.place(baskets.household(stage.scene.number))
    telling = await stage.scene.begin(basket, (0, 3), (1, 2), (2, 1))
    await telling.confirm()
    await telling.receive((0, 3), (1, 2), (2, 1))
    for place, quantity in ((0, 3), (1, 2), (2, 1)):
        await telling.judge(place, quantity, Disposition.RESTOCK)
    snapshot = await ending.closed(telling)
    books = stage.books(basket)
    check_posted(books, snapshot)
    assert snapshot.credited is not None
    assert Decimal(snapshot.credited.decimal()) == books.seeded.total
    assert set(books.sums().values()) == {Decimal(0)}
    assert [sale["state"] for sale in books.returns()] == ["done"]
    assert books.stock(basket["lines"][0]["sku"])["IN"] == 0


async def test_a_part_and_later_the_rest_sum_to_the_invoice(stage: Stage) -> None:
    basket = await stage.place(baskets.household(stage.scene.number))
    snapshots = []
    for key, units in (("one", [(0, 1)]), ("two", [(0, 1), (2, 1)]), ("rest", [(0, 1), (1, 2)])):
        telling = await stage.scene.begin(basket, *units, key=key)
        await telling.confirm()
        await telling.receive(*units)
        for place, quantity in units:
            await telling.judge(place, quantity, Disposition.RESTOCK)
        snapshots.append(await ending.closed(telling))
    books = stage.books(basket)
    check_posted(books, *snapshots)
    assert -sum(note["total_amount"] for note in books.posted()) == books.seeded.total
    assert set(books.sums().values()) == {Decimal(0)}


async def test_a_verdict_lowers_the_credit_and_the_rest_goes_where_it_says(stage: Stage) -> None:
    """Three mugs: one as new, one credited by half and kept apart, one refused and sent back."""
    basket = await stage.place(baskets.household(stage.scene.number))
    telling = await stage.scene.begin(basket, (0, 3))
    await telling.confirm()
    await telling.receive((0, 3))
    await telling.judge(0, 1, Disposition.RESTOCK)
    await telling.judge(0, 1, Disposition.QUARANTINE, value=500_000)
    await telling.judge(0, 1, Disposition.SEND_BACK, accepted=False)
    await telling.consent("accept")
    snapshot = await ending.closed(telling, credit="5.95")
    books = stage.books(basket)
    check_posted(books, snapshot)
    stock = books.stock(basket["lines"][0]["sku"])
    assert (stock["IN"], stock["QUA"], stock["SCR"]) == (0, 1, 0)


async def test_a_return_withdrawn_after_its_goods_came_leaves_nothing_behind(stage: Stage) -> None:
    basket = await stage.place(baskets.household(stage.scene.number))
    telling = await stage.scene.begin(basket, (0, 2))
    await telling.confirm()
    await telling.receive((0, 1))
    await telling.withdraw("changed my mind")
    await ending.ended(telling, At.WITHDRAWN)
    books = stage.books(basket)
    assert [sale["state"] for sale in books.returns()] == ["cancelled"]
    assert books.credit_notes() == []
    assert books.stock(basket["lines"][0]["sku"])["IN"] == 0
    # What was given back can be asked for again.
    again = await stage.scene.begin(basket, (0, 3), key="again")
    assert again.answer.decision == "quoted"


async def test_a_business_customers_credit_stays_open_on_the_account(stage: Stage) -> None:
    basket = await stage.place(baskets.wholesale(stage.scene.number))
    telling = await stage.scene.begin(basket, (0, 10))
    await telling.confirm()
    await telling.receive((0, 10))
    await telling.judge(0, 10, Disposition.RESTOCK)
    snapshot = await ending.closed(telling, on_account=True)
    books = stage.books(basket)
    check_posted(books, snapshot)
    (note,) = books.posted()
    assert note["state"] == "posted"
    assert note["amount_to_pay"] == note["total_amount"]
    assert books.invoice()["amount_to_pay"] == books.seeded.total


async def test_a_closed_month_is_held_and_posted_into_the_next_one(stage: Stage) -> None:
    basket = await stage.place(baskets.household(stage.scene.number))
    telling = await stage.scene.begin(basket, (2, 1))
    await telling.confirm()
    await telling.receive((2, 1))
    books = stage.books(basket)
    with month_closed(stage.real) as month:
        await telling.judge(2, 1, Disposition.RESTOCK)
        await telling.held("period_closed")
        assert books.posted() == []
        await telling.resolve("period_closed", "post_in_next_open_period")
        snapshot = await ending.closed(telling)
    check_posted(books, snapshot)
    (note,) = books.posted()
    assert note["invoice_date"] <= month.ends
    assert note["accounting_date"] > month.ends
