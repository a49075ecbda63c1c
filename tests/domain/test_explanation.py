"""Why the numbers are what they are: who said what, wherever two of them differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from domain.explanation import explain
from domain.invoice import PROMOTION, SHIPPING_LINE
from domain.ledger import Entry, LedgerPage, PostedLine, State
from domain.money import Money
from domain.refund import ByHand, CreditLine, Difference, Payout, PolicyNote, Quote, TenderPayout
from domain.returns import CustomerStage, Reason, Snapshot, SnapshotLine, Stage
from domain.units import FULL_VALUE

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MUGS = CreditLine("70011", 2, 666, {"DE19": 127})
SHIPPING = CreditLine(SHIPPING_LINE, 1, 421, {"DE19": 80})
OFF = CreditLine(PROMOTION, 0, -100, {"DE19": -19})
NOTES = (
    PolicyNote(SHIPPING_LINE, "everything is back", 501),
    PolicyNote(PROMOTION, "the goods kept no longer reach 80.00", -119),
)
PAGE = LedgerPage(
    "inv-1", "5001", "EUR",
    (
        PostedLine("70011", 3, {"net": 1000, "tax DE19": 190}),
        PostedLine(SHIPPING_LINE, 1, {"net": 421, "tax DE19": 80}),
    ),
    (
        Entry("R-OTHER", "70011", 1, FULL_VALUE // 2, {"net": 334, "tax DE19": 63}, State.REVERSED),
        Entry("R-GONE", "70011", 1, FULL_VALUE, {"net": 333, "tax DE19": 63}, State.RELEASED),
        Entry("R-1", "70011", 2, 3 * FULL_VALUE // 2, {"net": 666, "tax DE19": 127}, State.RESERVED),
    ),
)  # fmt: skip


def quote(*lines: CreditLine, **more: Any) -> Quote:
    total = Money(sum(line.total for line in lines), "EUR")
    issued = Quote(1, "901", "RA-1", lines, total, NOW, None, "digest", "INV-1", NOTES)
    return replace(issued, **more)


def snapshot(**more: Any) -> Snapshot:
    asked = (SnapshotLine("70011", "MUG-01", "Mug", 2, Reason.STYLE),)
    found = Snapshot(
        "R-1", "5001", 1, Stage.QUOTED, CustomerStage.CONFIRMATION, NOW, NOW, currency="EUR", lines=asked,
        quote=quote(MUGS, SHIPPING, OFF),
    )  # fmt: skip
    return replace(found, **more)


def test_goods_come_first_then_shipping_then_what_policies_take_off_each_with_its_reason() -> None:
    told = explain(snapshot(), (PAGE,))
    assert [line.line_id for line in told.lines] == ["70011", SHIPPING_LINE, PROMOTION]
    assert [line.reason for line in told.lines] == [
        "2 of 3 units, 1 with other returns, at 75.00 % of their value", "everything is back",
        "the goods kept no longer reach 80.00",
    ]  # fmt: skip
    net = told.lines[0].figures[0]
    assert (net.posted, net.others, net.quoted, net.credited, net.difference) == (1000, 334, 666, None, 0)
    assert told.policies == (
        "everything is back: 5.01 EUR", "the goods kept no longer reach 80.00: -1.19 EUR",
    )  # fmt: skip


def test_every_tax_code_is_summed_over_the_lines() -> None:
    told = explain(snapshot(memo_lines=(MUGS, SHIPPING, OFF)), (PAGE,))
    sums = {figure.component: (figure.posted, figure.quoted, figure.credited) for figure in told.taxes}
    assert sums == {"net": (1421, 987, 987), "tax DE19": (270, 188, 188)}


def test_a_memo_that_is_not_the_quote_is_told_by_line_and_component() -> None:
    memo = (replace(MUGS, net=667), OFF)
    told = explain(snapshot(memo_lines=memo), (PAGE,))
    assert told.remarks == (
        "70011 net: the quote says 6.66, the ERP posted 6.67",
        "shipping net: the quote says 4.21, the ERP posted 0.00",
        "shipping tax DE19: the quote says 0.80, the ERP posted 0.00",
    )


def test_what_people_let_stand_is_told_with_who_and_why() -> None:
    taken = ByHand("accept_posted", Money(1, "EUR"), "70011 net", "kim", "a cent", NOW)
    differs = (Difference("70011 net", 666, 667),)
    paid = Payout("ref", (TenderPayout("t1", "card", Money(700, "EUR")),), Money(99, "EUR"), NOW)
    told = explain(
        snapshot(
            quote=quote(MUGS, differences=differs, leans=True), by_hand=(taken,), payout=paid,
            differences=(Difference("payout", 793, 799),),
        ),
        (PAGE,),
    )  # fmt: skip
    assert told.remarks == (
        "70011 net: we worked out 6.66, the ERP quoted 6.67",
        "payout: ours 7.93, theirs 7.99",
        "accept_posted by kim, 0.01 EUR: 70011 net (a cent)",
        "a part of the quote is due only if other open returns of the order are credited too",
    )
    assert told.tenders == (("card t1", Money(700, "EUR")), ("on account", Money(99, "EUR")))


def test_a_return_the_ledger_does_not_know_is_explained_by_its_snapshot() -> None:
    told = explain(snapshot(quote=None), ())
    assert (told.lines, told.quote, told.remarks) == ((), None, ())
