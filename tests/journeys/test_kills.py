"""Every process of the installation dies while returns are under way: no cent, no notice and no unit twice or never."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from domain import ids
from domain.returns import Stage
from runtime.embedded.part import PARTS
from runtime.embedded.sandbox import SENDER
from stories import ending
from stories.play import Theatre
from stories.scene import Scene
from tests.journeys.customers import FullReturn, again, until
from tests.stack.installation import Installation

pytestmark = pytest.mark.timeout(300)
RETURNS = 8
# Of these the request is made in the shop, and comes by webhook.
IN_SHOP = 2
NOTICES = ("confirmation", "inspection", "financial_posting")


@pytest.fixture
async def theatre(installation: Installation) -> AsyncIterator[Theatre]:
    async with installation.theatre() as theatre:
        yield theatre


@pytest.mark.parametrize("part", PARTS)
async def test_a_part_killed_twice_loses_and_doubles_nothing(theatre: Theatre, part: str) -> None:
    """Once while the returns begin, once while their credit is posted and paid."""
    first = int(time.time() * 10)
    scene = Scene(theatre.returns, theatre.crms, theatre.control, theatre.crew, theatre.office, first)
    customers = [FullReturn(scene, first + place, in_shop=place < IN_SHOP) for place in range(RETURNS)]
    await asyncio.gather(*(customer.order() for customer in customers))
    under_way = asyncio.gather(*(customer.go() for customer in customers))
    try:
        for step, many in (("quoted", 2), ("judged", 3)):
            await _reached(customers, step, many, under_way)
            await theatre.crew.kill(part)
            await theatre.crew.start()
        await under_way
    finally:
        under_way.cancel()
    for customer in customers:
        await customer.at(Stage.CLOSED)
        await theatre.client.get_workflow_handle(ids.workflow_id(customer.return_id)).result()
    for telling in scene.told:
        await ending.closed(telling)
        books = await ending.vendor_books(scene, telling.basket)
        assert (books.memos, books.refunds, books.pending_inspection) == (1, 1, 0)
    await ending.books_agree(scene)
    await _nothing_waits_in_the_erp(scene)
    await _told_once(scene, customers)


async def _reached(customers: list[FullReturn], step: str, many: int, under_way: asyncio.Future[list[None]]) -> None:
    """So many are there, or a customer's way ended in an error, which is shown."""

    async def look() -> bool:
        if under_way.done():
            under_way.result()
        return sum(step in customer.reached for customer in customers) >= many

    await until(look, f"{many} returns to be {step}")


async def _nothing_waits_in_the_erp(scene: Scene) -> None:
    ours = {line["sku"] for telling in scene.told for line in telling.basket["lines"]}
    stock = (await scene.books("netsuite"))["stock"]
    waiting = [row for row in stock if row["sku"] in ours and row["status"] == "Inspection" and row["quantity"]]
    assert waiting == []


async def _told_once(scene: Scene, customers: list[FullReturn]) -> None:
    """A mail may have been handed over twice around a crash, but only under one Message-ID, and none is missing."""
    answer = await again(lambda: scene.control.get("/mail"))
    ours = {customer.basket["customer"]["email"] for customer in customers}
    mails = {(mail["to"][0], mail["subject"], mail["message_id"]) for mail in answer.json() if mail["to"][0] in ours}
    told = Counter((to, message_id) for to, _, message_id in mails)
    expected = {
        (customer.basket["customer"]["email"], _message_id(customer.return_id, notice))
        for customer in customers
        for notice in NOTICES
    }
    assert told == dict.fromkeys(expected, 1)


def _message_id(return_id: str, notice: str) -> str:
    digest = hashlib.sha256(f"{return_id}.{notice}".encode()).hexdigest()[:32]
    return f"<{digest}@{SENDER.rpartition('@')[2]}>"
