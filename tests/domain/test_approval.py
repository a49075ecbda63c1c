"""Who decides about money alone, and who may be the second person: every case of the table."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.approval import BY_HAND, above, apart, check_choice, check_word, same, second, worth
from domain.errors import BadInput, Forbidden, Refusal, WrongStage
from domain.money import Money
from domain.refund import CreditLine, Difference
from domain.returns import Hold, Owner, Proposal

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LIMITS = {"EUR": "100.00", "JPY": "15000"}
CHOICES = ("retry", "pay_rest_by_hand")


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


PROPOSED = Proposal("P1", "pay_rest_by_hand", eur(12000), "maria", "transfer 4711", NOW)


def hold(proposal: Proposal | None = None, asked_by: str = "", reason: str = "tender_cap") -> Hold:
    choices = CHOICES if reason == "tender_cap" else ("grant", "decline")
    needs = second(reason, choices, eur(12000), LIMITS, asked_by)
    return Hold("H1", reason, Owner.FINANCE, "", choices, NOW, eur(12000), needs, asked_by, proposal)


@pytest.mark.parametrize(
    ("amount", "needed"),
    [
        (eur(0), False),
        (eur(10000), False),
        (eur(10001), True),
        (eur(-10001), True),
        (Money(15000, "JPY"), False),
        (Money(15001, "JPY"), True),
        (Money(1, "SEK"), True),
        (Money(0, "SEK"), False),
    ],
)
def test_a_second_person_is_needed_above_the_limit_either_way_and_without_one_always(
    amount: Money, needed: bool
) -> None:
    assert above(amount, LIMITS) is needed
    assert second("tender_cap", CHOICES, amount, LIMITS, "") == (("pay_rest_by_hand",) if needed else ())


@pytest.mark.parametrize("reason", list(BY_HAND))
def test_what_nobody_can_put_a_number_on_needs_a_second_person(reason: str) -> None:
    assert second(reason, (BY_HAND[reason], "retry"), None, LIMITS, "kim") == (BY_HAND[reason],)
    assert second(reason, ("retry",), None, LIMITS, "kim") == ()


def test_trying_again_and_holds_that_are_not_about_money_need_one_person() -> None:
    assert second("payout_unknown", ("retry",), None, LIMITS, "") == ()
    assert second("eligibility_review", ("accept", "refuse"), None, LIMITS, "") == ()


@pytest.mark.parametrize(("asked_by", "needed"), [("kim", False), ("", True), ("  ", True)])
def test_a_part_that_nobody_knows_who_asked_for_needs_two_whatever_it_is(asked_by: str, needed: bool) -> None:
    assert bool(second("partial_refund", ("grant", "decline"), eur(1), LIMITS, asked_by)) is needed


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("maria", "maria", True),
        ("Maria ", " maria", True),
        ("person:maria", "maria", True),
        ("maria", "jo", False),
        ("person:maria", "person:jo", False),
        ("x" * 70, "x" * 64, True),
        ("0055g00000AbCdE", "maria", False),
    ],
)
def test_names_are_one_persons_whatever_the_front_door(one: str, other: str, are: bool) -> None:
    assert same(one, other) is same(other, one) is are


@pytest.mark.parametrize(
    ("on", "choice", "by", "note", "said"),
    [
        (hold(), "pay_rest_by_hand", "maria", "transfer 4711", None),
        (hold(), "retry", "", "", None),
        (hold(), "pay_rest_by_hand", " ", "why", (BadInput, "about 120.00 EUR that needs a second person; say who")),
        (hold(), "pay_rest_by_hand", "maria", " ", (BadInput, "say why, for whoever approves it")),
        (hold(PROPOSED), "pay_rest_by_hand", "jo", "mine", (WrongStage, "maria proposed pay_rest_by_hand as P1")),
        (hold(PROPOSED), "retry", "maria", "", None),
        (hold(None, "kim", "partial_refund"), "grant", "kim", "worn", (Forbidden, "kim asked for it")),
        (hold(None, "kim", "partial_refund"), "grant", "person:Kim", "worn", (Forbidden, "another person with")),
        (hold(None, "kim", "partial_refund"), "decline", "kim", "", None),
        (hold(None, "kim", "partial_refund"), "grant", "maria", "worn", None),
    ],
)  # fmt: skip
def test_who_may_choose_what(on: Hold, choice: str, by: str, note: str, said: tuple[type[Refusal], str] | None) -> None:
    if said is None:
        check_choice(on, choice, by, note)
        return
    with pytest.raises(said[0], match=re.escape(said[1])):
        check_choice(on, choice, by, note)


@pytest.mark.parametrize(
    ("on", "number", "word", "by", "said"),
    [
        (hold(PROPOSED), "P1", "approve", "jo", None),
        (hold(PROPOSED), "P1", "reject", "jo", None),
        (hold(PROPOSED), "P1", "take_back", "maria", None),
        (hold(PROPOSED), "P1", "approve", "person:Maria", (Forbidden, "another person with the role finance must")),
        (hold(PROPOSED), "P1", "reject", "maria", (Forbidden, "must reject it")),
        (hold(PROPOSED), "P1", "take_back", "jo", (Forbidden, "maria's to take back; you may reject it")),
        (hold(PROPOSED), "P1", "approve", "", (BadInput, "a second person has a name")),
        (hold(PROPOSED), "P1", "bless", "jo", (BadInput, "'bless' is not one of approve, reject, take_back")),
        (hold(PROPOSED), "P2", "approve", "jo", (WrongStage, "proposal P1 now, not P2")),
        (hold(), "P1", "approve", "jo", (WrongStage, "nothing is proposed on hold H1")),
        (hold(PROPOSED, "jo", "partial_refund"), "P1", "approve", "jo", (Forbidden, "jo asked for it")),
        (hold(PROPOSED, "jo", "partial_refund"), "P1", "reject", "jo", None),
    ],
)
def test_who_may_say_what_to_a_proposal(
    on: Hold, number: str, word: str, by: str, said: tuple[type[Refusal], str] | None
) -> None:
    if said is None:
        assert check_word(on, number, word, by) == word
        return
    with pytest.raises(said[0], match=re.escape(said[1])):
        check_word(on, number, word, by)


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9))))
def test_a_surplus_hides_no_lack(pairs: list[tuple[int, int]]) -> None:
    found = [Difference(str(place), ours, theirs) for place, (ours, theirs) in enumerate(pairs)]
    away = apart("EUR", found).minor
    assert away >= abs(sum(one.theirs for one in found) - sum(one.ours for one in found))
    assert (away == 0) == all(one.ours == one.theirs for one in found)
    assert apart("EUR", found, (Difference("more", 0, 500),)).minor == max(away, 500)


def test_lost_units_are_worth_their_share_and_a_part_of_a_cent_is_a_whole_one() -> None:
    lines = (CreditLine("1", 3, 1000, {"19": 0}), CreditLine("2", 1, 700), CreditLine("fee", 0, -100))
    assert worth(lines, {"1": 2, "2": 0}, "EUR") == eur(667)
    assert worth(lines, {"1": 9, "2": 1}, "EUR") == eur(1700)
    assert worth(lines, {}, "EUR") == eur(0)
