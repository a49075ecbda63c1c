"""What stays of a return whose person is erased, and when an answer is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain import erasure
from domain.money import Money
from domain.refund import BY_HAND, ByHand, Payout, TenderPayout
from domain.returns import Stage, customer_stage
from tests.store.samples import NOW, full_snapshot, snapshot

EUR = Money(2675, "EUR")
TYPED = "typed by somebody"


def test_money_and_documents_stay_and_what_was_typed_goes() -> None:
    by_hand = (ByHand("accept_by_hand", EUR, "ours 1, theirs 2", "fin", TYPED, NOW),)
    payout = Payout("p1", (TenderPayout("t1", BY_HAND, EUR, TYPED), TenderPayout("t2", "card", EUR, "r2")), EUR, NOW)
    holds = tuple(replace(hold, detail=TYPED) for hold in full_snapshot().holds)
    before = replace(full_snapshot(), by_hand=by_hand, payout=payout, holds=holds)
    after = erasure.erased(before)
    assert TYPED not in repr(after)
    assert (after.customer_id, after.tracking) == ("", ())
    assert after.payout is not None
    assert [tender.amount for tender in after.payout.tenders] == [EUR, EUR]
    assert after.payout.tenders[1].reference == "r2"
    assert [one.amount for one in after.by_hand] == [EUR]
    for name in ("quote", "credited", "credit_memo", "authorization", "lines", "memo_lines", "order_id", "version"):
        assert getattr(after, name) == getattr(before, name), name
    assert erasure.erased(after) == after


@pytest.mark.parametrize("kind", ["resolved", "paid_by_hand", "inspected", "tracking", "lost", "of_a_later_release"])
def test_an_event_whose_words_may_be_typed_keeps_its_kind_only(kind: str) -> None:
    assert erasure.event_text(kind, TYPED) == erasure.GONE
    assert erasure.event_detail({"photos": TYPED, "by": TYPED, "memo": "CM-1"}) == {"memo": "CM-1"}


def test_an_event_of_our_own_words_stays_as_it_is() -> None:
    assert erasure.event_text("credited", "credit memo CM-1 over 26.75 EUR") == "credit memo CM-1 over 26.75 EUR"


@pytest.mark.parametrize("stage", list(Stage))
def test_a_return_is_open_until_its_customer_is_done_with_it(stage: Stage) -> None:
    over = stage in (Stage.CLOSED, Stage.REFUSED, Stage.EXPIRED, Stage.WITHDRAWN)
    assert erasure.is_open(snapshot(stage=stage, customer_stage=customer_stage(stage))) is not over


@pytest.mark.parametrize(
    ("asked", "due"),
    [((2026, 11, 22), (2026, 12, 22)), ((2026, 12, 31), (2027, 1, 31)), ((2027, 1, 31), (2027, 2, 28))],
)
def test_an_answer_is_due_after_a_month(asked: tuple[int, int, int], due: tuple[int, int, int]) -> None:
    assert erasure.answer_due(datetime(*asked, 9, tzinfo=UTC)) == datetime(*due, 9, tzinfo=UTC)
