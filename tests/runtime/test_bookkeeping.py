"""Comparing and rebuilding while an order's returns move: tried again, and in the end said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest

from domain.books import PostedCredit
from domain.invoice import Invoice, InvoiceLine
from domain.ledger import Entry, LedgerPage, State, posted_lines
from domain.money import Money
from domain.rebuilding import Rebuilt, rebuild
from domain.refund import CreditLine
from runtime.bookkeeping import Bookkeeping
from store.port import LedgerMoved

MUGS = InvoiceLine("mug", "1", "MUG", 3, 1000, {"DE19": 190})
INVOICE = Invoice("1002", "INV1002", "5001", "EUR", date(2026, 11, 14), "2026-11", (MUGS,), Money(1190, "EUR"))
ONE_MUG = CreditLine("mug", 1, 333, {"DE19": 64})
MEMO = PostedCredit("1010", "CM1010", "", date(2026, 11, 20), Money(397, "EUR"), Money(0, "EUR"), (ONE_MUG,))


@dataclass
class Erp:
    asked: list[str] = field(default_factory=list)

    async def invoice(self, order_id: str) -> Invoice:
        self.asked.append("invoice")
        return INVOICE

    async def credits(self, invoice: Invoice) -> tuple[PostedCredit, ...]:
        self.asked.append("credits")
        return (MEMO,)


@dataclass
class Ledger:
    """A page that moves so many times between reading and writing."""

    asked: list[str]
    moves: int = 0
    kept: LedgerPage = field(default_factory=lambda: LedgerPage("1002", "5001", "EUR", posted_lines(INVOICE)))

    async def of_order(self, order_id: str) -> tuple[LedgerPage, ...]:
        return (self.kept,) if order_id == "5001" else ()

    async def page(self, invoice: Invoice) -> LedgerPage:
        self.asked.append("page")
        return self.kept

    async def rebuild(self, seen: LedgerPage, invoice: Invoice, posted: tuple[PostedCredit, ...]) -> Rebuilt:
        if self.moves:
            self.moves -= 1
            raise LedgerMoved("it moved")
        rebuilt = rebuild(seen, invoice, posted)
        self.kept = rebuilt.page
        return rebuilt


async def test_the_ledger_is_read_before_the_erps_memos() -> None:
    erp = Erp()
    await Bookkeeping(erp, Ledger(erp.asked)).rebuild("5001", write=True)
    assert erp.asked == ["invoice", "page", "credits"]


async def test_a_comparison_writes_nothing() -> None:
    erp = Erp()
    ledger = Ledger(erp.asked)
    compared = await Bookkeeping(erp, ledger).rebuild("5001", write=False)
    assert not compared.written
    assert len(compared.rebuilt.corrections) == 3
    assert ledger.kept.entries == ()


async def test_what_moves_is_read_and_tried_again() -> None:
    erp = Erp()
    ledger = Ledger(erp.asked, moves=2)
    compared = await Bookkeeping(erp, ledger).rebuild("5001", write=True)
    assert compared.written
    assert [entry.holder for entry in ledger.kept.entries] == ["erp:1010"]
    assert erp.asked.count("credits") == 3


async def test_what_never_stands_still_is_said() -> None:
    erp = Erp()
    with pytest.raises(LedgerMoved):
        await Bookkeeping(erp, Ledger(erp.asked, moves=9)).rebuild("5001", write=True)


async def test_a_page_is_shown_with_what_is_short() -> None:
    erp = Erp()
    four = Entry("R-5001-A", "mug", 4, 4_000_000, {"net": 1333}, State.RESERVED)
    ledger = Ledger(erp.asked, kept=LedgerPage("1002", "5001", "EUR", posted_lines(INVOICE), (four,)))
    ((page, short),) = await Bookkeeping(erp, ledger).show("5001")
    assert page == ledger.kept
    assert [(one.component, one.missing) for one in short] == [("units", 1), ("net", 333)]
    assert erp.asked == []
