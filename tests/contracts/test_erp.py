"""What every ERP promises: the double of the workflow tests is held to the same as NetSuite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Protocol

import pytest

from adapters.erp.netsuite import Certificate, NetSuite, NetSuiteSettings
from adapters.erp.port import CancelAuthorization, CreditAsk, Erp, QuoteAsk, ReceiveGoods, Settle
from adapters.errors import Permanent
from domain.inventory import StockMove, StockState
from domain.invoice import PARTIAL_REFUND, PROMOTION, RESTOCKING_FEE, Invoice
from domain.money import zero
from domain.refund import AccountCredit, CreditLine, ErpCredit, Payout, TenderPayout
from domain.reversal import Taken, reverse
from domain.units import FULL_VALUE
from tests.doubles.world import FakeErp, FakeWorld
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

ORDERS = count(8_820_001)


class Books(Protocol):
    """An ERP with one invoiced order: three units on its first line."""

    door: Erp
    order_id: str

    def memos(self) -> int: ...

    def pending(self) -> int:
        """Units received and not yet moved by a verdict."""
        ...


class Remembered:
    order_id = "5001"

    def __init__(self) -> None:
        self.world = FakeWorld()
        self.door: Erp = FakeErp(self.world)

    def memos(self) -> int:
        return len(self.world.memos)

    def pending(self) -> int:
        came = sum(quantity for ask in self.world.receipts.values() for _, quantity in ask.goods)
        return came - sum(move.quantity for ask in self.world.settled.values() for move in ask.moves)


class OnNetSuite:
    def __init__(self, sandbox: Sandbox) -> None:
        known = sandbox.credentials["netsuite"]
        login = Certificate(known["client_id"], known["certificate_id"], known["private_key_pem"])
        url, ca_file = sandbox.url("netsuite"), str(sandbox.ca_file)
        self.netsuite = NetSuite(NetSuiteSettings(known["account"], url, login, ca_file))
        self.door: Erp = self.netsuite
        self.sandbox = sandbox
        self.order_id = str(next(ORDERS))
        sandbox.seed(order(int(self.order_id)))

    def memos(self) -> int:
        documents = self.sandbox.books("netsuite")["documents"]["creditMemo"]
        return sum(str(document["order"]) == self.order_id for document in documents)

    def pending(self) -> int:
        rows = self.sandbox.books("netsuite")["stock"]
        mine = (row for row in rows if row["sku"] == f"MUG-{self.order_id}" and row["status"] == "Inspection")
        return sum(row["quantity"] for row in mine)


@pytest.fixture(params=["double", "netsuite"])
async def books(request: pytest.FixtureRequest) -> AsyncIterator[Books]:
    if request.param == "double":
        yield Remembered()
        return
    real = OnNetSuite(request.getfixturevalue("sandbox"))
    yield real
    await real.netsuite.close()


class Walk:
    """The return of some units of the invoice's first line, asked of the door with the same words every time."""

    def __init__(self, invoice: Invoice, units: int = 2, name: str = "A") -> None:
        self.return_id, self.invoice, self.units = f"R-{invoice.order_id}-{name}", invoice, units
        self.line = invoice.lines[0]
        self.lines = (reverse(self.line, Taken(), units, units * FULL_VALUE),)
        self.quote = QuoteAsk(self.return_id, f"rma:{self.return_id}", invoice, self.lines)

    def receive(self, quoted: ErpCredit, units: int, parcel: int = 1) -> ReceiveGoods:
        goods = ((self.line.line_id, units),)
        return ReceiveGoods(f"receipt:{self.return_id}:{parcel}", quoted.document, goods)

    def credit(self, quoted: ErpCredit) -> CreditAsk:
        return CreditAsk(f"credit:{self.return_id}", quoted.document, self.invoice, self.lines)

    def half(self, quoted: ErpCredit) -> CreditAsk:
        """One of the units alone."""
        return replace(self.credit(quoted), lines=(reverse(self.line, Taken(), 1, FULL_VALUE),))

    def settle(self, quoted: ErpCredit, memo: ErpCredit, to: StockState = StockState.AVAILABLE) -> Settle:
        tenders = (TenderPayout("t-1", "card", memo.total),)
        paid = Payout("shop-refund-1", tenders, zero(memo.total.currency), datetime(2026, 11, 21, tzinfo=UTC))
        moves = (StockMove(self.line.line_id, self.line.sku, self.units, to),)
        return Settle(f"payout:{self.return_id}", quoted.document, memo.document, paid, moves)


@pytest.fixture
async def walk(books: Books) -> Walk:
    return Walk(await books.door.invoice(books.order_id))


async def test_an_invoice_is_read_the_same_twice_and_adds_up(books: Books) -> None:
    invoice = await books.door.invoice(books.order_id)
    assert await books.door.invoice(books.order_id) == invoice
    assert invoice.order_id == books.order_id
    assert sum(line.total for line in invoice.lines) == invoice.total.minor


async def test_what_was_never_invoiced_is_permanent(books: Books) -> None:
    with pytest.raises(Permanent):
        await books.door.invoice("404404")


async def test_the_quote_is_what_was_asked_and_posts_nothing(books: Books, walk: Walk) -> None:
    quoted = await books.door.quote(walk.quote)
    assert quoted.lines == walk.lines
    assert quoted.total.minor == sum(line.total for line in walk.lines)
    assert quoted.document
    assert quoted.number
    assert await books.door.quote(walk.quote) == quoted
    assert books.memos() == 0


async def test_two_quotes_never_promise_more_than_was_invoiced(books: Books, walk: Walk) -> None:
    quoted = await books.door.quote(walk.quote)
    other = Walk(walk.invoice, name="B")
    with pytest.raises(Permanent):
        await books.door.quote(other.quote)
    await books.door.cancel(CancelAuthorization(quoted.document))
    assert (await books.door.quote(other.quote)).lines == other.lines


async def test_authorizing_may_be_repeated_but_not_after_the_end(books: Books, walk: Walk) -> None:
    quoted = await books.door.quote(walk.quote)
    for _ in range(2):
        await books.door.authorize(quoted.document)
    await books.door.cancel(CancelAuthorization(quoted.document))
    with pytest.raises(Permanent):
        await books.door.authorize(quoted.document)


async def test_an_unknown_authorization_is_permanent(books: Books, walk: Walk) -> None:
    with pytest.raises(Permanent):
        await books.door.authorize("404404")
    with pytest.raises(Permanent):
        await books.door.receive(ReceiveGoods("receipt:nobody", "404404", ((walk.line.line_id, 1),)))


async def test_a_receipt_is_booked_once_and_waits_for_inspection(books: Books, walk: Walk) -> None:
    quoted = await books.door.quote(walk.quote)
    await books.door.authorize(quoted.document)
    first = await books.door.receive(walk.receive(quoted, 1))
    assert await books.door.receive(walk.receive(quoted, 1)) == first
    assert books.pending() == 1
    assert await books.door.receive(walk.receive(quoted, 1, parcel=2)) != first
    assert books.pending() == 2


async def test_what_is_not_on_the_authorization_is_not_received(books: Books, walk: Walk) -> None:
    quoted = await books.door.quote(walk.quote)
    await books.door.authorize(quoted.document)
    with pytest.raises(Permanent):
        await books.door.receive(replace(walk.receive(quoted, 1), goods=(("404404", 1),)))
    assert books.pending() == 0


async def test_a_preview_is_the_number_and_posts_nothing(books: Books, walk: Walk) -> None:
    quoted = await books.door.quote(walk.quote)
    await books.door.authorize(quoted.document)
    for _ in range(2):
        preview = await books.door.preview_credit(walk.credit(quoted))
        assert (preview.document, preview.lines, preview.total) == ("", quoted.lines, quoted.total)
    assert books.memos() == 0


async def test_a_credit_posts_once_and_every_repeat_tells_the_same(books: Books, walk: Walk) -> None:
    quoted = await books.door.quote(walk.quote)
    await books.door.authorize(quoted.document)
    memo = await books.door.post_credit(walk.credit(quoted))
    assert await books.door.post_credit(walk.credit(quoted)) == memo
    assert (memo.lines, memo.total) == (quoted.lines, quoted.total)
    assert memo.document
    assert memo.number
    assert books.memos() == 1


async def test_a_preview_after_the_posting_tells_what_was_posted(books: Books, walk: Walk) -> None:
    quoted = await books.door.quote(walk.quote)
    await books.door.authorize(quoted.document)
    memo = await books.door.post_credit(walk.credit(quoted))
    assert await books.door.preview_credit(walk.credit(quoted)) == memo


async def test_a_part_of_what_was_quoted_posts_alone_and_is_told_again(books: Books, walk: Walk) -> None:
    quoted = await books.door.quote(walk.quote)
    await books.door.authorize(quoted.document)
    part = walk.half(quoted)
    memo = await books.door.post_credit(part)
    assert memo.lines == part.lines
    assert await books.door.preview_credit(part) == memo
    assert await books.door.post_credit(part) == memo
    assert books.memos() == 1


FEE = CreditLine(RESTOCKING_FEE, 0, -150, {"DE19": -29})
PART = CreditLine(PARTIAL_REFUND, 0, -70, {"DE19": -13})
PRICE = CreditLine(PROMOTION, 0, -50, {"DE19": -10})


async def test_what_policies_take_off_is_quoted_and_posted_on_lines_of_its_own(books: Books, walk: Walk) -> None:
    lines = (*walk.lines, FEE, PRICE)
    quoted = await books.door.quote(replace(walk.quote, lines=lines))
    assert (quoted.lines, quoted.total.minor) == (lines, sum(line.total for line in lines))
    await books.door.authorize(quoted.document)
    await books.door.receive(walk.receive(quoted, 2))
    assert books.pending() == 2
    ask = replace(walk.credit(quoted), lines=lines)
    preview = await books.door.preview_credit(ask)
    assert (preview.lines, preview.total) == (quoted.lines, quoted.total)
    memo = await books.door.post_credit(ask)
    assert (memo.lines, memo.total) == (quoted.lines, quoted.total)
    await books.door.settle(walk.settle(quoted, memo))
    assert books.pending() == 0


@pytest.mark.parametrize(("before", "after"), [((FEE,), (PRICE,)), ((), (FEE, PRICE)), ((FEE, PRICE), ())])
async def test_what_policies_take_off_may_change_until_the_memo_posts(
    books: Books, walk: Walk, before: tuple[CreditLine, ...], after: tuple[CreditLine, ...]
) -> None:
    quoted = await books.door.quote(replace(walk.quote, lines=(*walk.lines, *before)))
    await books.door.authorize(quoted.document)
    ask = replace(walk.credit(quoted), lines=(*walk.lines, *after))
    assert (await books.door.preview_credit(ask)).lines == ask.lines
    memo = await books.door.post_credit(ask)
    assert (memo.lines, memo.total.minor) == (ask.lines, sum(line.total for line in ask.lines))
    assert await books.door.post_credit(ask) == memo


async def test_a_quote_nobody_confirmed_makes_room_for_another_and_only_that_one_posts(
    books: Books, walk: Walk
) -> None:
    first = await books.door.quote(walk.quote)
    for _ in range(2):
        await books.door.cancel(CancelAuthorization(first.document))
    lines = (*walk.lines, PART)
    anew = replace(walk.quote, key=f"{walk.quote.key}:2", lines=lines)
    second = await books.door.quote(anew)
    assert second.document != first.document
    assert (second.lines, second.total.minor) == (lines, sum(line.total for line in lines))
    assert await books.door.quote(anew) == second
    await books.door.authorize(second.document)
    memo = await books.door.post_credit(replace(walk.credit(second), lines=lines))
    assert (memo.lines, memo.total) == (second.lines, second.total)
    assert books.memos() == 1
    with pytest.raises(Permanent):
        await books.door.authorize(first.document)


async def test_a_promotion_given_back_is_credited(books: Books, walk: Walk) -> None:
    back = replace(PRICE, net=50, taxes={"DE19": 10})
    quoted = await books.door.quote(replace(walk.quote, lines=(*walk.lines, back)))
    assert quoted.lines[-1] == back
    assert quoted.total.minor == walk.lines[0].total + 60


@pytest.mark.parametrize("to", [state for state in StockState if state is not StockState.PENDING_INSPECTION])
async def test_settling_empties_pending_inspection_once(books: Books, walk: Walk, to: StockState) -> None:
    quoted = await books.door.quote(walk.quote)
    await books.door.authorize(quoted.document)
    await books.door.receive(walk.receive(quoted, 2))
    memo = await books.door.post_credit(walk.credit(quoted))
    for _ in range(2):
        await books.door.settle(walk.settle(quoted, memo, to))
    assert books.pending() == 0
    assert books.memos() == 1


async def test_a_customer_who_keeps_the_goods_is_credited_and_no_stock_moves(books: Books, walk: Walk) -> None:
    quoted = await books.door.quote(walk.quote)
    await books.door.authorize(quoted.document)
    memo = await books.door.post_credit(walk.credit(quoted))
    assert (memo.lines, memo.total) == (quoted.lines, quoted.total)
    for _ in range(2):
        await books.door.settle(replace(walk.settle(quoted, memo), moves=()))
    assert (books.pending(), books.memos()) == (0, 1)


@pytest.mark.parametrize("account", AccountCredit)
async def test_what_is_left_on_account_is_settled_once_as_finance_chose(
    books: Books, walk: Walk, account: AccountCredit
) -> None:
    """What a choice does to the books is each ERP's own test. Here: it is taken, repeated, and posts nothing more."""
    quoted = await books.door.quote(walk.quote)
    await books.door.authorize(quoted.document)
    await books.door.receive(walk.receive(quoted, 2))
    memo = await books.door.post_credit(walk.credit(quoted))
    asked = walk.settle(quoted, memo)
    left = replace(asked.payout, tenders=(), on_account=memo.total)
    for _ in range(2):
        await books.door.settle(replace(asked, payout=left, account=account, invoice=walk.invoice.invoice_id))
    assert (books.pending(), books.memos()) == (0, 1)
    assert await books.door.post_credit(walk.credit(quoted)) == memo


async def test_cancelling_takes_receipts_back_and_may_be_repeated(books: Books, walk: Walk) -> None:
    quoted = await books.door.quote(walk.quote)
    await books.door.authorize(quoted.document)
    await books.door.receive(walk.receive(quoted, 2))
    for _ in range(2):
        await books.door.cancel(CancelAuthorization(quoted.document, (walk.receive(quoted, 2).key,)))
    assert books.pending() == 0
    assert books.memos() == 0


async def test_nothing_is_credited_on_a_cancelled_authorization(books: Books, walk: Walk) -> None:
    quoted = await books.door.quote(walk.quote)
    await books.door.authorize(quoted.document)
    await books.door.cancel(CancelAuthorization(quoted.document))
    with pytest.raises(Permanent):
        await books.door.post_credit(walk.credit(quoted))
    assert books.memos() == 0


async def test_nothing_is_received_or_credited_before_it_is_authorized(books: Books, walk: Walk) -> None:
    quoted = await books.door.quote(walk.quote)
    with pytest.raises(Permanent):
        await books.door.receive(walk.receive(quoted, 1))
    for credit in (books.door.preview_credit, books.door.post_credit):
        with pytest.raises(Permanent):
            await credit(walk.credit(quoted))
    assert (books.pending(), books.memos()) == (0, 0)
