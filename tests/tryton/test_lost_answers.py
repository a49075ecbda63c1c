"""Tryton answers into the void, refuses for the moment, or is asked twice at once: every document is there once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from typing import TypeVar

import pytest

from adapters.erp.tryton import Tryton, TrytonSettings
from adapters.errors import Permanent, Retryable, UnknownOutcome
from domain.inventory import StockState
from tests.stack.orders import line, order
from tests.stack.tryton import RealTryton
from tests.tryton.books import OrderBooks, door
from tests.tryton.case import Case, Return
from tests.tryton.flaky import Flaky, flaky

pytestmark = pytest.mark.timeout(600)
ORDERS = count(9_120_001)
T = TypeVar("T")
WRITES = (
    "model.sale.sale.create",
    "model.account.invoice.create",
    "model.account.invoice.write",
    "model.sale.sale.quote",
    "model.stock.shipment.out.return.create",
    "model.stock.shipment.out.return.receive",
    "model.account.invoice.post",
    "wizard.account.invoice.pay.create",
    "wizard.account.invoice.pay.execute",
    "wizard.account.invoice.pay.delete",
    "model.stock.shipment.out.return.write",
    "model.stock.shipment.out.return.do",
    "model.stock.move.create",
    "model.stock.move.do",
    "model.sale.sale.confirm",
)

# What changes nothing.
READS = {"search_read", "read", "login", "get_preferences", "fields_get", "on_change_product", "today"}


@pytest.fixture
async def way(tryton: RealTryton) -> AsyncIterator[Flaky]:
    async with flaky(tryton.url) as proxy:
        yield proxy


@pytest.fixture
async def erp(tryton: RealTryton, way: Flaky) -> AsyncIterator[Tryton]:
    opened = door(tryton, url=way.url)
    yield opened
    await opened.close()


async def case_of(real: RealTryton, erp: Tryton, quantity: int) -> Case:
    number = next(ORDERS)
    vat = [{"code": "VAT20", "rate": "20"}]
    sold = line(number * 10, f"CUP-{number}", quantity, "9.99", taxes=vat)
    return await Case.of(real, erp, order(number, sold, shipping={"price": "0", "taxes": []}))


async def insisting(act: Callable[[], Awaitable[T]]) -> T:
    """As Temporal does: again after whatever may be tried again."""
    for _ in range(20):
        try:
            return await act()
        except (Retryable, UnknownOutcome):
            continue
    raise AssertionError("it never went through")


async def insistently(back: Return) -> None:
    """A whole return, sent back at the end, so that every kind of write is made."""
    await insisting(back.quoted)
    await insisting(lambda: back.erp.authorize(back.authorization))
    await insisting(lambda: back.erp.receive(back.receipt))
    memo = await insisting(lambda: back.erp.post_credit(back.credit()))
    await insisting(lambda: back.erp.settle(back.settlement(memo, StockState.SENT_BACK)))


def check_once(books: OrderBooks, returns: int, sku: str) -> None:
    """Per return one sale that is over, one credit note that is paid, one parcel; nothing left in between."""
    sales = books.returns()
    assert [sale["state"] for sale in sales] == ["done"] * returns
    assert [len(sale["invoices"]) for sale in sales] == [1] * returns
    assert [len(sale["shipment_returns"]) for sale in sales] == [1] * returns
    assert [note["state"] for note in books.credit_notes()] == ["paid"] * returns
    stock = books.stock(sku)
    assert (stock["IN"], stock["SCR"]) == (0, 0)


@pytest.mark.parametrize("how", ["after", "before"])
async def test_a_lost_answer_leaves_every_document_once(tryton: RealTryton, erp: Tryton, way: Flaky, how: str) -> None:
    case = await case_of(tryton, erp, len(WRITES))
    sold = case.invoice.lines[0]
    for method in WRITES:
        way.break_next(method, how)
        await insistently(case.begin(*case.lines((sold.line_id, 1))))
    # A tax is corrected only where Tryton would round otherwise: not in every return.
    assert way.pending <= {"model.account.invoice.write"}
    made = {method for method in way.seen if method.rpartition(".")[2] not in READS}
    assert made <= set(WRITES), "a write whose answer was never lost"
    check_once(case.books, len(WRITES), sold.sku)
    assert sum(credit.total.minor for credit in await erp.credits(case.invoice)) == case.invoice.total.minor


async def test_two_at_once_make_one_document(tryton: RealTryton, erp: Tryton) -> None:
    case = await case_of(tryton, erp, 3)
    sold = case.invoice.lines[0]
    back = case.begin(*case.lines((sold.line_id, 1)))
    await asyncio.gather(*(insisting(back.quoted) for _ in range(3)))
    await asyncio.gather(*(insisting(lambda: erp.authorize(back.authorization)) for _ in range(3)))
    await asyncio.gather(*(insisting(lambda: erp.receive(back.receipt)) for _ in range(3)))
    memos = await asyncio.gather(*(insisting(lambda: erp.post_credit(back.credit())) for _ in range(3)))
    await asyncio.gather(*(insisting(lambda: erp.settle(back.settlement(memos[0]))) for _ in range(2)))
    assert len({memo.document for memo in memos}) == 1
    check_once(case.books, 1, sold.sku)


async def test_an_ended_session_is_opened_anew(tryton: RealTryton, erp: Tryton, way: Flaky) -> None:
    case = await case_of(tryton, erp, 1)
    way.break_next("model.account.invoice.search_read", 401)
    before = way.seen.count("common.db.login")
    assert await erp.invoice(case.books.order_id) == case.invoice
    assert way.seen.count("common.db.login") == before + 1


async def test_a_wrong_password_is_permanent_and_not_repeated(tryton: RealTryton) -> None:
    stranger = door(tryton, password="not-this-one")
    try:
        with pytest.raises(Permanent, match="login refused"):
            await stranger.invoice("1")
    finally:
        await stranger.close()


async def test_a_lock_of_the_database_is_retryable(tryton: RealTryton, erp: Tryton, way: Flaky) -> None:
    case = await case_of(tryton, erp, 1)
    back = case.begin(*case.lines((case.invoice.lines[0].line_id, 1)))
    await back.authorized()
    way.break_next("model.account.invoice.post", 503)
    with pytest.raises(Retryable):
        await erp.post_credit(back.credit())
    assert case.books.posted() == []
    await erp.post_credit(back.credit())
    assert len(case.books.posted()) == 1


async def test_nobody_there_is_retryable() -> None:
    away = Tryton(TrytonSettings("http://127.0.0.1:1", "erp", "user", "password"))
    try:
        with pytest.raises(Retryable):
            await away.invoice("1")
    finally:
        await away.close()
