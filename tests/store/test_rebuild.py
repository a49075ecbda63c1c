"""The ledger's pages: shown as they are kept, set right by the ERP's documents, under the locks of reservations."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest

from domain.basis import Basis
from domain.books import PostedCredit
from domain.errors import NotRemaining
from domain.invoice import Invoice
from domain.ledger import State
from domain.money import Money
from domain.reckoning import Asked
from domain.refund import CreditLine
from domain.units import FULL_VALUE
from store.port import ActSearch, LedgerBooks, LedgerMoved, Stores
from store.stores import open_ledger_books
from tests.store.samples import invoice, posted, shipping

MUGS = posted("mug", 3, 2997, US8875=266, US0=0)
CUP = posted("cup", 1, 500, DE19=95)
BOTH = invoice(MUGS, CUP, shipping(490))


@pytest.fixture
async def books(postgres_url: str) -> AsyncIterator[LedgerBooks]:
    async with open_ledger_books(postgres_url) as opened:
        yield opened


def ask(line_id: str, quantity: int) -> Asked:
    return Asked(line_id, quantity, quantity * FULL_VALUE)


async def reserved(stores: Stores, who: str, *asks: Asked, of: Invoice = BOTH) -> tuple[CreditLine, ...]:
    return (await stores.ledger.reserve(who, of, asks, Basis())).lines


def memo(key: str, *lines: CreditLine, document: str = "1010") -> PostedCredit:
    total = Money(sum(line.total for line in lines), "EUR")
    return PostedCredit(document, f"CM{document}", key, date(2026, 11, 20), total, total, lines)


async def test_an_order_nobody_returned_anything_of_has_no_page(books: LedgerBooks) -> None:
    assert await books.of_order("1") == ()
    page = await books.page(BOTH)
    assert (page.invoice_id, page.order_id, page.lines, page.entries) == ("inv-1", "1", (), ())


async def test_a_page_is_found_by_its_order_with_every_holder(stores: Stores, books: LedgerBooks) -> None:
    mine = await reserved(stores, "R-1-A", ask("mug", 2))
    await stores.ledger.reverse("R-1-A", mine)
    await reserved(stores, "R-1-B", ask("cup", 1))
    (page,) = await books.of_order("1")
    assert page == await books.page(BOTH)
    assert [(entry.holder, entry.line_id, entry.state) for entry in page.entries] == [
        ("R-1-A", "mug", State.REVERSED),
        ("R-1-B", "cup", State.RESERVED),
    ]
    assert {line.line_id: line.quantity for line in page.lines} == {"mug": 3, "cup": 1, "shipping": 1}


async def test_a_rebuilt_ledger_promises_no_more_than_a_memo_made_by_hand_left(
    stores: Stores, books: LedgerBooks
) -> None:
    await reserved(stores, "R-1-A", ask("mug", 1))
    by_hand = CreditLine("mug", 1, 999, {"US8875": 88})
    rebuilt = await books.rebuild(await books.page(BOTH), BOTH, (memo("", by_hand),))
    assert {one.document for one in rebuilt.corrections} == {"credit memo CM1010 (erp:1010)"}
    with pytest.raises(NotRemaining):
        await reserved(stores, "R-1-B", ask("mug", 2))
    (last,) = await reserved(stores, "R-1-B", ask("mug", 1))
    rows = {row.component: row.remaining for row in await stores.ledger.lines("inv-1") if row.line_id == "mug"}
    assert rows == {"net": 0, "tax US0": 0, "tax US8875": 0}
    assert last.net in (998, 999, 1000)


async def test_a_ledger_lost_altogether_comes_back_from_the_documents(stores: Stores, books: LedgerBooks) -> None:
    one = await reserved(stores, "R-1-A", ask("mug", 1))
    await stores.ledger.reverse("R-1-A", one)
    two = await reserved(stores, "R-1-B", ask("mug", 2), ask("cup", 1))
    await stores.ledger.reverse("R-1-B", two)
    before = await books.page(BOTH)
    other = replace(BOTH, invoice_id="inv-2")  # the same documents, of an invoice the ledger never saw
    memos = memo("credit:R-1-A", *one), memo("credit:R-1-B", *two, document="1011")
    await books.rebuild(await books.page(other), other, memos)
    assert (await books.page(other)).entries == before.entries
    assert {row.remaining for row in await stores.ledger.lines("inv-2")} == {0}


async def test_a_rebuilt_invoice_is_the_posted_one_and_taken_of_again(stores: Stores, books: LedgerBooks) -> None:
    await reserved(stores, "R-1-A", ask("cup", 1))
    dearer = invoice(MUGS, posted("cup", 1, 600, DE19=114), shipping(490))
    await books.rebuild(await books.page(dearer), dearer, ())
    # What open returns hold stays as it was promised; a new promise is made of the new figures.
    (mine,) = (entry for entry in (await books.page(dearer)).entries if entry.line_id == "cup")
    assert mine.parts == {"net": 500, "tax DE19": 95}
    assert (await reserved(stores, "R-1-B", ask("mug", 1), of=dearer))[0].net == 999
    again = await reserved(stores, "R-1-A", ask("cup", 1), of=dearer)
    assert again[0] == CreditLine("cup", 1, 600, {"DE19": 114})


async def test_what_moved_since_it_was_read_is_not_written_over(stores: Stores, books: LedgerBooks) -> None:
    mine = await reserved(stores, "R-1-A", ask("mug", 1))
    seen = await books.page(BOTH)
    await stores.ledger.reverse("R-1-A", mine)
    with pytest.raises(LedgerMoved, match="nothing was written"):
        await books.rebuild(seen, BOTH, ())
    assert (await books.page(BOTH)).entries[0].state is State.REVERSED


async def test_what_open_returns_were_promised_is_worked_out_again_before_it_posts(
    stores: Stores, books: LedgerBooks
) -> None:
    await reserved(stores, "R-1-A", ask("mug", 2))
    await books.rebuild(await books.page(BOTH), BOTH, (memo("", CreditLine("mug", 1, 1200, {"US8875": 88})),))
    assert not await stores.ledger.begin_posting("R-1-A")
    again = (await stores.ledger.reserve("R-1-A", BOTH, (ask("mug", 2),), Basis(), on_certain=True)).lines
    assert (again[0].net, again[0].taxes["US8875"]) == (2997 - 1200, 266 - 88)
    assert await stores.ledger.begin_posting("R-1-A")


async def test_rebuilding_twice_changes_nothing_the_second_time(stores: Stores, books: LedgerBooks) -> None:
    await reserved(stores, "R-1-A", ask("mug", 1))
    memos = (memo("", CreditLine("mug", 2, 1500, {"US8875": 100})),)
    await books.rebuild(await books.page(BOTH), BOTH, memos)
    page = await books.page(BOTH)
    assert (await books.rebuild(page, BOTH, memos)).corrections == ()
    assert await books.page(BOTH) == page
    (told,) = (await stores.audit.search(ActSearch(action="ledger:rebuild"))).entries
    assert (told.subject, told.before == told.after) == (f"invoice:{BOTH.invoice_id}", False)


async def test_rebuilding_and_reserving_at_once_never_promise_the_same_unit(stores: Stores, books: LedgerBooks) -> None:
    """Each round one more unit is credited by hand while returns want them all; nobody waits for ever."""
    for turn in range(8):
        of = replace(invoice(posted("mug", 3, 2997, US8875=266)), invoice_id=f"inv-{turn}")
        taken = CreditLine("mug", 1, 999, {"US8875": 88})

        async def rebuild(of: Invoice = of, taken: CreditLine = taken) -> None:
            while True:
                try:
                    await books.rebuild(await books.page(of), of, (memo("", taken),))
                except LedgerMoved:
                    continue
                return

        async def want(who: str, of: Invoice = of) -> bool:
            try:
                await reserved(stores, who, ask("mug", 1), of=of)
            except NotRemaining:
                return False
            return True

        wanted = asyncio.gather(*(want(f"R-{turn}-{number}") for number in range(5)))
        mine, _ = await asyncio.gather(wanted, rebuild())
        # Who came before the memo was known keeps the promise: then the page says by how much it is short.
        page = await books.page(of)
        assert sum(entry.quantity for entry in page.entries) == 1 + sum(mine)
        assert 2 <= sum(mine) <= 3
        with pytest.raises(NotRemaining):
            await reserved(stores, f"R-{turn}-late", ask("mug", 1), of=of)
