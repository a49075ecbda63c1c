"""The number: its digest, its differences, the match, and its split over tenders."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.order import Tender
from domain.refund import CreditLine, Difference, PolicyNote, differences, digest, match, plan_payout

LINES = (CreditLine("1", 2, 1000, {"DE19": 190}), CreditLine("2", 1, 500, {"DE7": 35}))
TOTAL = Money(1725, "EUR")
ORDER = ("card", "store_credit", "gift_card")


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def test_a_digest_names_exactly_one_number() -> None:
    first = digest("R-1", 1, LINES, TOTAL)
    assert first == digest("R-1", 1, LINES, TOTAL)
    others = {
        digest("R-2", 1, LINES, TOTAL),
        digest("R-1", 2, LINES, TOTAL),
        digest("R-1", 1, LINES[:1], TOTAL),
        digest("R-1", 1, LINES, eur(1726)),
        digest("R-1", 1, LINES, Money(1725, "USD")),
        digest("R-1", 1, (replace(LINES[0], net=999), LINES[1]), TOTAL),
        digest("R-1", 1, (replace(LINES[0], taxes={"DE7": 190}), LINES[1]), TOTAL),
    }
    assert first not in others
    assert len(others) == 7


def test_differences_are_named_by_line_and_component_whatever_the_order() -> None:
    assert differences(LINES, LINES[::-1]) == ()
    theirs = (replace(LINES[0], net=1001, taxes={"DE19": 190, "CITY": 1}),)
    assert differences(LINES, theirs) == (
        Difference("1 net", 1000, 1001),
        Difference("1 tax CITY", 0, 1),
        Difference("2 net", 500, 0),
        Difference("2 tax DE7", 35, 0),
    )


def test_one_line_told_in_two_parts_is_no_difference() -> None:
    parts = (CreditLine("1", 1, 400, {"DE19": 76}), CreditLine("1", 1, 600, {"DE19": 114}), LINES[1])
    assert differences(LINES, parts) == ()


def test_only_three_equal_numbers_match() -> None:
    assert match(TOTAL, TOTAL, TOTAL).matched
    assert [str(found) for found in match(TOTAL, eur(1724), TOTAL).differences] == [
        "credit memo: ours 1725, theirs 1724"
    ]
    assert not match(TOTAL, TOTAL, Money(1725, "USD")).matched


TENDERS = st.lists(
    st.builds(
        Tender,
        tender_id=st.uuids().map(str),
        kind=st.sampled_from([*ORDER, "cheque"]),
        gateway=st.just(""),
        captured=st.integers(0, 5000).map(eur),
        refunded=st.integers(0, 6000).map(eur),
    ),
    max_size=5,
).map(tuple)


@given(st.integers(0, 12_000), TENDERS)
def test_a_payout_never_exceeds_the_amount_or_any_tenders_room(minor: int, tenders: tuple[Tender, ...]) -> None:
    parts = plan_payout(eur(minor), tenders, ORDER)
    room = {t.tender_id: max(t.captured.minor - t.refunded.minor, 0) for t in tenders}
    assert all(0 < part.amount.minor <= room[part.tender_id] for part in parts)
    assert sum(part.amount.minor for part in parts) == min(minor, sum(room.values()))


def test_a_tender_may_be_named_by_its_gateway() -> None:
    tenders = (
        Tender("a", "card", "shopify_payments", eur(400), eur(0)),
        Tender("b", "card", "klarna", eur(400), eur(0)),
    )
    parts = plan_payout(eur(500), tenders, ("klarna", "card"))
    assert [(part.tender_id, part.amount.minor) for part in parts] == [("b", 400), ("a", 100)]


@pytest.mark.parametrize(
    ("order", "split"),
    [(("card", "gift_card"), [("c", 700), ("g", 300)]), (("gift_card", "card"), [("g", 400), ("c", 600)])],
)
def test_tenders_are_filled_in_the_policys_order(order: tuple[str, ...], split: list[tuple[str, int]]) -> None:
    tenders = (Tender("g", "gift_card", "", eur(400), eur(0)), Tender("c", "card", "", eur(800), eur(100)))
    parts = plan_payout(eur(1000), tenders, order)
    assert [(part.tender_id, part.amount.minor) for part in parts] == split


def test_a_digest_covers_the_policies_that_speak_in_the_quote() -> None:
    lines, total = (CreditLine("1", 1, 100, {}),), Money(100, "EUR")
    plain = digest("R-1", 1, lines, total)
    note = PolicyNote("promotion", "the goods kept no longer reach 80.00", -5)
    named = {
        digest("R-1", 1, lines, total, (one,)) for one in (note, replace(note, reason="?"), replace(note, amount=0))
    }
    assert len(named | {plain}) == 4
