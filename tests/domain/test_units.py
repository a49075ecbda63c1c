"""Units on two axes: never made, never lost, and only along the tables of moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import units
from domain.errors import BadInput, Refusal
from domain.inventory import Disposition, goes_to
from domain.units import (
    ACCEPTANCE_MOVES,
    FULL_VALUE,
    RECEPTION_MOVES,
    Acceptance,
    Lot,
    Lots,
    Reception,
    Verdict,
    awaiting,
)

LINES = ("a", "b")
ASKED = {"a": 5, "b": 3}

STEPS = st.one_of(
    st.tuples(st.just("receive"), st.sampled_from(LINES), st.integers(0, 6)),
    st.tuples(st.just("give_up"), st.sampled_from([Reception.MISSING, Reception.LOST, Reception.CANCELLED])),
    st.tuples(st.just("decide_lost"), st.booleans()),
    st.tuples(
        st.just("inspect"),
        st.builds(
            Verdict,
            line_id=st.sampled_from(LINES),
            quantity=st.integers(0, 4),
            disposition=st.sampled_from(list(Disposition)),
            accepted=st.booleans(),
            value=st.integers(-1, FULL_VALUE + 1),
        ),
    ),
    st.tuples(st.sampled_from(["overrule", "send_back", "keep"])),
)


def walk(lots: Lots, step: tuple[object, ...]) -> Lots:
    match step:
        case ("receive", str(line_id), int(quantity)):
            return units.receive(lots, line_id, quantity)[0]
        case ("give_up", Reception() as reception):
            return units.give_up(lots, reception)
        case ("decide_lost", bool(credit)):
            return units.decide_lost(lots, credit)
        case ("inspect", Verdict() as verdict):
            try:
                return units.inspect(lots, verdict)
            except Refusal:
                return lots
        case ("overrule",):
            return units.overrule(lots)
        case ("keep",):
            return units.keep(lots)
        case _:
            return units.send_back(lots)


def by_state(lots: Lots, line_id: str) -> dict[Reception, int]:
    return {reception: units.count(lots, line_id, reception) for reception in Reception}


@given(st.lists(STEPS, max_size=15))
def test_units_are_never_made_or_lost(steps: list[tuple[object, ...]]) -> None:
    lots = awaiting(ASKED.items())
    for step in steps:
        lots = walk(lots, step)
        assert {line_id: units.count(lots, line_id) for line_id in LINES} == ASKED
        assert all(lot.quantity > 0 for lot in lots)
        assert len(set(lots)) == len(lots), "lots of one fate are one lot"


@given(st.lists(STEPS, max_size=15))
def test_no_unit_makes_an_illegal_move(steps: list[tuple[object, ...]]) -> None:
    lots = awaiting(ASKED.items())
    for step in steps:
        before, lots = lots, walk(lots, step)
        for line_id in LINES:
            old, new = by_state(before, line_id), by_state(lots, line_id)
            left = {reception for reception in Reception if new[reception] < old[reception]}
            entered = {reception for reception in Reception if new[reception] > old[reception]}
            for to in entered:
                assert any(to in RECEPTION_MOVES[at] for at in left), f"{left} -> {to}"
            assert all(RECEPTION_MOVES[at] & entered for at in left)


@given(st.lists(STEPS, max_size=15))
def test_never_more_is_credited_than_was_asked_and_never_for_what_is_pending(steps: list[tuple[object, ...]]) -> None:
    lots = awaiting(ASKED.items())
    for step in steps:
        lots = walk(lots, step)
        for line_id, (quantity, value) in units.credited(lots).items():
            assert 0 < quantity <= ASKED[line_id]
            assert 0 <= value <= quantity * FULL_VALUE
        assert all(lot.reception is not Reception.AWAITING for lot in lots if lot.acceptance is not Acceptance.PENDING)


@given(st.integers(0, 9))
def test_what_is_over_is_said_to_be_over(quantity: int) -> None:
    lots, over = units.receive(awaiting([("a", 5)]), "a", quantity)
    assert over == max(quantity - 5, 0)
    assert units.count(lots, "a", Reception.RECEIVED) == min(quantity, 5)


def test_a_lost_unit_that_turns_up_waits_for_its_own_verdict() -> None:
    lots = units.decide_lost(units.give_up(awaiting([("a", 1)]), Reception.LOST), credit=True)
    assert units.credited(lots) == {"a": (1, FULL_VALUE)}
    lots, _ = units.receive(lots, "a", 1)
    assert units.credited(lots) == {}
    assert not units.all_received_inspected(lots)


def test_an_upheld_dispute_credits_in_full_and_what_was_to_go_back_is_kept_apart() -> None:
    lots, _ = units.receive(awaiting([("a", 2)]), "a", 2)
    lots = units.inspect(lots, Verdict("a", 1, Disposition.SEND_BACK, accepted=False))
    lots = units.inspect(lots, Verdict("a", 1, Disposition.SCRAP, accepted=True, value=500_000))
    lots = units.overrule(lots)
    assert units.credited(lots) == {"a": (2, 2 * FULL_VALUE)}
    assert {lot.disposition for lot in lots} == {Disposition.QUARANTINE, Disposition.SCRAP}


def test_what_was_never_there_is_not_sent_back() -> None:
    lots, _ = units.receive(awaiting([("a", 2)]), "a", 2)
    lots = units.inspect(lots, Verdict("a", 1, Disposition.MISSING, accepted=False))
    lots = units.inspect(lots, Verdict("a", 1, Disposition.SCRAP, accepted=True, value=500_000))
    assert {lot.disposition for lot in units.send_back(lots)} == {Disposition.MISSING, Disposition.SEND_BACK}


@pytest.mark.parametrize("disposition", [Disposition.MISSING, Disposition.WRONG_ITEM, Disposition.SEND_BACK])
def test_what_is_not_kept_is_not_credited(disposition: Disposition) -> None:
    lots, _ = units.receive(awaiting([("a", 1)]), "a", 1)
    with pytest.raises(BadInput, match="cannot be accepted"):
        units.inspect(lots, Verdict("a", 1, disposition, accepted=True))


def test_what_the_customer_keeps_is_credited_in_full_goes_nowhere_and_cannot_arrive_any_more() -> None:
    lots = units.keep(awaiting([("a", 2)]))
    assert lots == (Lot("a", 2, Reception.KEPT, Acceptance.ACCEPTED, Disposition.KEPT),)
    assert units.credited(lots) == {"a": (2, 2 * FULL_VALUE)}
    assert goes_to(Disposition.KEPT) is None
    assert units.receive(lots, "a", 1) == (lots, 1)
    assert units.overrule(lots) == units.send_back(lots) == lots


@pytest.mark.parametrize("accepted", [True, False])
def test_no_inspection_leaves_a_unit_with_the_customer(accepted: bool) -> None:
    lots, _ = units.receive(awaiting([("a", 1)]), "a", 1)
    with pytest.raises(BadInput, match="not kept"):
        units.inspect(lots, Verdict("a", 1, Disposition.KEPT, accepted))


def test_received_cancelled_and_kept_are_the_ends_of_reception_and_no_verdict_returns_to_pending() -> None:
    ends = {at for at, to in RECEPTION_MOVES.items() if not to}
    assert ends == {Reception.RECEIVED, Reception.CANCELLED, Reception.KEPT}
    assert all(Acceptance.PENDING not in to for to in ACCEPTANCE_MOVES.values())
    assert set(RECEPTION_MOVES) == set(Reception)
    assert set(ACCEPTANCE_MOVES) == set(Acceptance)


def test_equal_lots_are_one() -> None:
    lots, _ = units.receive(awaiting([("a", 3)]), "a", 1)
    lots, _ = units.receive(lots, "a", 2)
    assert lots == (Lot("a", 3, Reception.RECEIVED),)
