"""The table of stages: every one is reached, every path ends, and nothing leaves an end."""

from __future__ import annotations

from domain.inventory import Disposition, StockState, goes_to
from domain.returns import STAGE_MOVES, TAKES, CustomerStage, Stage, customer_stage

ENDS = {Stage.CLOSED, Stage.REFUSED, Stage.WITHDRAWN}


def reached(start: Stage) -> set[Stage]:
    seen, todo = {start}, [start]
    while todo:
        fresh = STAGE_MOVES[todo.pop()] - seen
        seen |= fresh
        todo += fresh
    return seen


def test_every_stage_has_its_moves_and_is_reached_from_the_request() -> None:
    assert set(STAGE_MOVES) == set(Stage)
    assert reached(Stage.REQUESTED) == set(Stage)


def test_every_stage_leads_to_an_end_and_ends_lead_nowhere() -> None:
    assert {stage for stage, moves in STAGE_MOVES.items() if not moves} == ENDS
    assert all(reached(stage) & ENDS for stage in Stage)


def test_from_the_posted_credit_on_only_closing_is_left() -> None:
    assert reached(Stage.CREDITED) == {Stage.CREDITED, Stage.PAID, Stage.CLOSED}


def test_money_moves_only_after_inspection_and_a_return_is_paid_only_after_its_credit() -> None:
    assert {at for at, to in STAGE_MOVES.items() if Stage.CREDITED in to} == {Stage.INSPECTED}
    assert {at for at, to in STAGE_MOVES.items() if Stage.PAID in to} == {Stage.CREDITED}


def test_the_customer_sees_three_stages_and_an_end() -> None:
    assert {customer_stage(stage) for stage in Stage} == set(CustomerStage)
    assert {stage for stage in Stage if customer_stage(stage) is CustomerStage.DONE} == ENDS | {Stage.EXPIRED}


def test_only_a_restock_makes_goods_sellable_and_nothing_returns_to_inspection() -> None:
    sellable = {word for word in Disposition if goes_to(word) is StockState.AVAILABLE}
    assert sellable == {Disposition.RESTOCK}
    assert StockState.PENDING_INSPECTION not in {goes_to(word) for word in Disposition}


def test_what_a_stage_takes_is_told_for_each_and_fits_its_moves() -> None:
    assert set(TAKES) == set(Stage)
    assert {at for at, verbs in TAKES.items() if "withdraw" in verbs} == {
        at for at, to in STAGE_MOVES.items() if Stage.WITHDRAWN in to
    }
    assert {at for at, verbs in TAKES.items() if "confirm" in verbs} == {
        at for at, to in STAGE_MOVES.items() if Stage.CONFIRMED in to
    }
    assert all(not TAKES[at] for at in ENDS)
