"""A payout over tenders: by order or as captured, never more than each can take, also over many refunds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.order import Tender
from domain.policy import TenderSplit
from domain.tenders import split


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def tender(name: str, captured: int, refunded: int = 0, kind: str = "card") -> Tender:
    return Tender(name, kind, "", eur(captured), eur(refunded))


def paid(amount: int, tenders: tuple[Tender, ...], order: tuple[str, ...], how: TenderSplit) -> dict[str, int]:
    return {one.tender_id: part.minor for one, part in split(eur(amount), tenders, order, how)}


def refunded(tenders: tuple[Tender, ...], parts: dict[str, int]) -> tuple[Tender, ...]:
    return tuple(replace(one, refunded=one.refunded + eur(parts.get(one.tender_id, 0))) for one in tenders)


@given(
    st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 9000)), max_size=4),
    st.lists(st.integers(0, 4000), max_size=6),
    st.sampled_from(TenderSplit),
)
def test_refunds_sum_to_what_is_asked_and_never_exceed_what_was_captured(
    captured: list[tuple[int, int]], amounts: list[int], how: TenderSplit
) -> None:
    tenders = tuple(tender(str(place), most, given) for place, (most, given) in enumerate(captured))
    for amount in amounts:
        room = {one.tender_id: max(one.captured.minor - one.refunded.minor, 0) for one in tenders}
        parts = paid(amount, tenders, ("1",), how)
        assert all(0 < part <= room[name] for name, part in parts.items())
        assert sum(parts.values()) == min(amount, sum(room.values()))
        tenders = refunded(tenders, parts)


@given(st.lists(st.integers(1, 9000), min_size=1, max_size=4), st.lists(st.integers(0, 36_000), max_size=6))
def test_pro_rata_over_many_refunds_stays_within_cents_of_what_each_captured(
    captured: list[int], cuts: list[int]
) -> None:
    tenders = tuple(tender(str(place), most) for place, most in enumerate(captured))
    whole, back = sum(captured), 0
    for reached in [*sorted(cut for cut in cuts if cut < whole), whole]:
        amount = reached - back
        tenders = refunded(tenders, paid(amount, tenders, (), TenderSplit.PRO_RATA))
        back += amount
        for one in tenders:
            assert abs(one.refunded.minor * whole - one.captured.minor * back) <= whole * (len(captured) - 1)
    assert all(one.refunded == one.captured for one in tenders)


def test_an_order_may_name_a_tender_by_its_id_or_its_kind_and_the_others_come_last_as_they_stand() -> None:
    tenders = (tender("x", 100, kind="cheque"), tender("y", 100), tender("z", 100, kind="gift_card"), tender("w", 100))
    found = split(eur(400), tenders, ("gift_card", "w"))
    assert [one.tender_id for one, _ in found] == ["z", "w", "x", "y"]


@pytest.mark.parametrize(
    ("how", "parts"), [(TenderSplit.IN_ORDER, {"g": 400, "c": 600}), (TenderSplit.PRO_RATA, {"g": 250, "c": 750})]
)
def test_in_order_or_by_what_each_captured(how: TenderSplit, parts: dict[str, int]) -> None:
    tenders = (tender("c", 1200), tender("g", 400, kind="gift_card"))
    assert paid(1000, tenders, ("gift_card",), how) == parts


def test_what_others_refunded_counts_as_given_back() -> None:
    tenders = (tender("c", 1000, refunded=500), tender("g", 1000))
    assert paid(600, tenders, (), TenderSplit.PRO_RATA) == {"c": 50, "g": 550}
