"""The ledger as it follows from the ERP's documents: every difference named, nothing of it guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.books import PostedCredit
from domain.errors import Refusal
from domain.invoice import PROMOTION, Invoice, InvoiceLine
from domain.ledger import Entry, LedgerPage, Shortage, State, posted_lines
from domain.money import Money, half_up
from domain.rebuilding import Correction, Unplaced, rebuild
from domain.refund import CreditLine
from domain.reversal import Taken, reverse
from domain.units import FULL_VALUE

MUGS = InvoiceLine("mug", "1", "MUG", 3, 1000, {"DE19": 190})
POT = InvoiceLine("pot", "2", "POT", 1, 2550, {"DE7": 179})


def invoice(*lines: InvoiceLine) -> Invoice:
    total = Money(sum(line.total for line in lines), "EUR")
    return Invoice("1002", "INV1002", "5001", "EUR", date(2026, 11, 14), "2026-11", lines, total)


def memo(*lines: CreditLine, key: str = "", document: str = "1010") -> PostedCredit:
    total = Money(sum(line.total for line in lines), "EUR")
    return PostedCredit(document, f"CM{document}", key, date(2026, 11, 20), total, Money(0, "EUR"), lines)


def page(*entries: Entry, of: Invoice) -> LedgerPage:
    return LedgerPage(of.invoice_id, of.order_id, of.currency, posted_lines(of), entries)


def entry(holder: str, line: CreditLine, state: State, value: int | None = None) -> Entry:
    worth = line.quantity * FULL_VALUE if value is None else value
    parts = {"net": line.net, **{f"tax {code}": tax for code, tax in line.taxes.items()}}
    return Entry(holder, line.line_id, line.quantity, worth, parts, state)


ONE_MUG = CreditLine("mug", 1, 333, {"DE19": 64})
BOTH = invoice(MUGS, POT)


def test_books_that_agree_need_nothing() -> None:
    kept = page(entry("R-5001-A", ONE_MUG, State.REVERSED), of=BOTH)
    rebuilt = rebuild(kept, BOTH, (memo(ONE_MUG, key="credit:R-5001-A"),))
    assert rebuilt.page == kept
    assert (rebuilt.corrections, rebuilt.shortages, rebuilt.unplaced) == ((), (), ())


def test_a_memo_made_by_hand_becomes_an_entry_of_its_own() -> None:
    rebuilt = rebuild(page(of=BOTH), BOTH, (memo(ONE_MUG),))
    assert rebuilt.page.entries == (entry("erp:1010", ONE_MUG, State.REVERSED),)
    assert rebuilt.corrections == tuple(
        Correction("mug", component, 0, theirs, "credit memo CM1010 (erp:1010)")
        for component, theirs in (("units", 1), ("net", 333), ("tax DE19", 64))
    )


def test_an_external_id_that_only_looks_like_ours_is_not_a_return() -> None:
    for key in ("credit:", "credit:r-5001 a", "rma:R-5001-A", "CREDIT:R-5001-A"):
        assert memo(ONE_MUG, key=key).holder == "erp:1010"


def test_a_memo_posted_otherwise_than_we_reversed_is_named_by_component() -> None:
    kept = page(entry("R-5001-A", ONE_MUG, State.REVERSED), of=BOTH)
    rebuilt = rebuild(kept, BOTH, (memo(replace(ONE_MUG, taxes={"DE19": 63}), key="credit:R-5001-A"),))
    assert rebuilt.corrections == (Correction("mug", "tax DE19", 64, 63, "credit memo CM1010 (R-5001-A)"),)
    (after,) = rebuilt.page.entries
    assert (after.value, after.parts) == (FULL_VALUE, {"net": 333, "tax DE19": 63})


def test_a_reservation_whose_memo_is_posted_is_reversed_and_others_stay() -> None:
    mine, other = entry("R-5001-A", ONE_MUG, State.RESERVED), entry("R-5001-B", ONE_MUG, State.RESERVED)
    rebuilt = rebuild(page(mine, other, of=BOTH), BOTH, (memo(ONE_MUG, key="credit:R-5001-A"),))
    assert set(_told(rebuilt.page)) == {("R-5001-A", "reversed"), ("R-5001-B", "reserved")}
    assert [one.ours for one in rebuilt.corrections] == [0, 0, 0]


def test_a_memo_that_is_gone_takes_nothing_any_more() -> None:
    kept = page(entry("R-5001-A", ONE_MUG, State.REVERSED), of=BOTH)
    rebuilt = rebuild(kept, BOTH, ())
    assert list(_told(rebuilt.page)) == [("R-5001-A", "released")]
    assert rebuilt.corrections[1] == Correction("mug", "net", 333, 0, "no credit memo (R-5001-A)")
    assert rebuild(rebuilt.page, BOTH, ()).corrections == ()


def test_an_invoice_posted_otherwise_by_now_is_taken_as_it_is() -> None:
    dearer = invoice(replace(MUGS, net=1200, taxes={"DE19": 228}), POT)
    rebuilt = rebuild(page(of=BOTH), dearer, ())
    assert rebuilt.corrections == (
        Correction("mug", "net", 1000, 1200, "invoice INV1002"),
        Correction("mug", "tax DE19", 190, 228, "invoice INV1002"),
    )
    assert rebuilt.page.lines == posted_lines(dearer)


def test_a_line_the_invoice_lost_is_named_too() -> None:
    rebuilt = rebuild(page(of=BOTH), invoice(MUGS), ())
    assert {one.line_id for one in rebuilt.corrections} == {"pot"}
    assert [line.line_id for line in rebuilt.page.lines] == ["mug"]


def test_returns_that_no_longer_fit_are_said_to_be_short() -> None:
    two = reverse(MUGS, Taken(), 2, 2 * FULL_VALUE)
    kept = page(entry("R-5001-A", two, State.RESERVED), of=BOTH)
    by_hand = reverse(MUGS, Taken(), 2, 2 * FULL_VALUE)
    rebuilt = rebuild(kept, BOTH, (memo(by_hand),))
    assert rebuilt.shortages == (
        Shortage("mug", "units", 1, (("R-5001-A", 2),)),
        Shortage("mug", "net", 2 * two.net - 1000, (("R-5001-A", two.net),)),
        Shortage("mug", "tax DE19", 2 * two.taxes["DE19"] - 190, (("R-5001-A", two.taxes["DE19"]),)),
    )
    assert set(_told(rebuilt.page)) == {("R-5001-A", "reserved"), ("erp:1010", "reversed")}


def test_memos_that_credit_more_than_was_invoiced_are_named_without_a_return() -> None:
    over = CreditLine("pot", 1, 2560, {"DE7": 179})
    assert rebuild(page(of=BOTH), BOTH, (memo(over),)).shortages == (Shortage("pot", "net", 10),)


def test_what_a_memo_credits_beside_the_invoice_takes_nothing_of_it() -> None:
    rebuilt = rebuild(page(of=BOTH), BOTH, (memo(CreditLine("erp-1", 1, 500), ONE_MUG),))
    assert rebuilt.unplaced == (Unplaced("CM1010", "erp-1", 500),)
    assert [one.line_id for one in rebuilt.page.entries] == ["mug"]


def test_corrections_of_our_own_memo_are_kept_under_their_names() -> None:
    rebuilt = rebuild(page(of=BOTH), BOTH, (memo(ONE_MUG, CreditLine(PROMOTION, 1, -150), key="credit:R-5001-A"),))
    assert rebuilt.page.entries[1] == Entry("R-5001-A", PROMOTION, 0, 0, {"net": -150}, State.REVERSED)
    assert rebuilt.unplaced == ()


def test_amounts_of_two_currencies_are_not_compared() -> None:
    kept = replace(page(of=BOTH), currency="USD")
    with pytest.raises(Refusal, match="in USD, the ERP has it in EUR"):
        rebuild(kept, BOTH, ())


@given(st.integers(1, 9), st.integers(0, 5000), st.integers(0, 900), st.data())
def test_whole_units_credited_by_hand_leave_the_rest_to_the_cent(
    units: int, net: int, tax: int, data: st.DataObject
) -> None:
    """Whatever the hand-made memo's share of a cent: what follows sums to the posting."""
    line = InvoiceLine("mug", "1", "MUG", units, net, {"DE19": tax})
    taken = data.draw(st.integers(0, units))
    by_hand = reverse(line, Taken(), taken, taken * FULL_VALUE)
    (held,) = rebuild(page(of=invoice(line)), invoice(line), (memo(by_hand),)).page.entries
    assert held.value == taken * FULL_VALUE
    before = Taken(held.quantity, held.value, by_hand.net, by_hand.taxes)
    rest = reverse(line, before, units - taken, (units - taken) * FULL_VALUE)
    assert by_hand.total + rest.total == line.total


@given(st.integers(2, 9), st.integers(100, 5000), st.integers(1, 99))
def test_a_unit_credited_in_part_by_hand_gives_the_next_return_no_more_than_its_own(
    units: int, net: int, percent: int
) -> None:
    line = InvoiceLine("mug", "1", "MUG", units, net, {})
    part = CreditLine("mug", 1, half_up(net * percent, units * 100))
    (held,) = rebuild(page(of=invoice(line)), invoice(line), (memo(part),)).page.entries
    after = reverse(line, Taken(1, held.value, part.net), 1, FULL_VALUE)
    assert after.net <= half_up(net, units) + 1


def _told(of: LedgerPage) -> list[tuple[str, str]]:
    return [(one.holder, str(one.state)) for one in of.entries]
