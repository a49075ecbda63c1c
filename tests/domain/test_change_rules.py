"""What may be asked of a return, kind by kind and stage by stage; and money only by a quote or a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.change_request import (
    ChangeRequest,
    RequestKind,
    RequestState,
    RequestStatus,
    newest_of,
    worth_knowing,
)
from domain.change_rules import Outcome, Situation, judge, plain
from domain.invoice import PARTIAL_REFUND
from domain.money import Money
from domain.policy import PartialRefunds, Policy
from domain.reckoning import Asked, SaleTerms, reckon
from domain.returns import Reason, RequestedLine, Stage
from domain.units import FULL_VALUE
from tests.domain.invoices import Sale, sales_coming_back
from tests.doubles.books import mug_invoice, mug_order

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_SIGNS = "0123456789."
MUGS = (RequestedLine("70011", 3, Reason.STYLE),)
AGREED = frozenset(
    {
        Stage.AWAITING_GOODS,
        Stage.PENDING_INSPECTION,
        Stage.AWAITING_CONSENT,
        Stage.INSPECTED,
        Stage.CREDITED,
        Stage.PAID,
    }
)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def at(stage: Stage, **more: object) -> Situation:
    quoted = None if stage in (Stage.REQUESTED, Stage.REFUSED) else eur(1190)
    found = Situation(
        stage, False, False, False, MUGS, quoted, eur(1190) if stage in AGREED else None, NOW, Policy()
    )  # fmt: skip
    return replace(found, **more)  # type: ignore[arg-type]


def wish(kind: RequestKind, value: str = "", source: str = "crm:main", name: str = "q1") -> ChangeRequest:
    return ChangeRequest(name, kind, value, source, "005xx", NOW)


YES, NO, PERSON = Outcome.ACCEPT, Outcome.REFUSE, Outcome.DECIDE
# reason, partial refund, cancellation, note
TABLE = {
    Stage.REQUESTED: (YES, NO, YES, YES),
    Stage.QUOTED: (YES, PERSON, YES, YES),
    Stage.CONFIRMED: (YES, PERSON, YES, YES),
    Stage.AWAITING_GOODS: (YES, PERSON, YES, YES),
    Stage.PENDING_INSPECTION: (YES, PERSON, YES, YES),
    Stage.AWAITING_CONSENT: (YES, PERSON, YES, YES),
    Stage.INSPECTED: (YES, PERSON, YES, YES),
    Stage.CREDITED: (NO, NO, NO, YES),
    Stage.PAID: (NO, NO, NO, YES),
    Stage.CLOSED: (NO, NO, NO, YES),
    Stage.REFUSED: (NO, NO, NO, YES),
    Stage.EXPIRED: (NO, NO, NO, YES),
    Stage.WITHDRAWN: (NO, NO, YES, YES),
}


def asked() -> tuple[ChangeRequest, ...]:
    return (
        wish(RequestKind.REASON, "damaged"),
        wish(RequestKind.PARTIAL_REFUND, "8.00 EUR"),
        wish(RequestKind.CANCELLATION),
        wish(RequestKind.NOTE),
    )


@pytest.mark.parametrize("stage", Stage)
def test_every_kind_has_its_answer_at_every_stage(stage: Stage) -> None:
    assert tuple(judge(request, at(stage)).outcome for request in asked()) == TABLE[stage]


@pytest.mark.parametrize("stage", Stage)
def test_a_refusal_says_why_in_a_sentence_without_what_was_typed(stage: Stage) -> None:
    for request in asked():
        ruling = judge(request, at(stage))
        assert len(ruling.sentence) > 10
        assert "005xx" not in ruling.sentence


@pytest.mark.parametrize("how", ["posting", "undoing"])
def test_once_the_credit_posts_or_the_return_is_undone_only_notes_are_taken(how: str) -> None:
    now = at(Stage.INSPECTED, **{how: True})
    reason, part, cancel, note = (judge(request, now) for request in asked())
    assert (reason.outcome, part.outcome, note.outcome) == (NO, NO, YES)
    assert cancel.outcome is (NO if how == "posting" else YES)
    assert cancel.as_it_is is (how == "undoing")


@pytest.mark.parametrize("stage", [Stage.EXPIRED, Stage.REFUSED])
def test_what_ended_otherwise_was_not_taken_back_by_anybody(stage: Stage) -> None:
    assert judge(wish(RequestKind.CANCELLATION), at(stage, undoing=True)).outcome is NO


@pytest.mark.parametrize("stage", Stage)
def test_the_same_reason_again_is_accepted_as_it_is_at_any_stage(stage: Stage) -> None:
    ruling = judge(wish(RequestKind.REASON, "Style"), at(stage))
    assert (ruling.outcome, ruling.as_it_is) == (YES, True)


def test_an_unknown_reason_is_refused_naming_the_known_ones() -> None:
    sentence = judge(wish(RequestKind.REASON, "bad vibes"), at(Stage.QUOTED)).sentence
    assert all(str(reason) in sentence for reason in Reason)
    assert "vibes" not in sentence


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("8.00 USD", "the return is in EUR"),
        ("8.005 EUR", "more decimals than EUR allows"),
        ("11.91 EUR", "the most that is credited is 11.90 EUR"),
        ("0.00 EUR", "more than nothing"),
        ("", "no amount"),
        ("8.00", "no amount"),
        ("1.2.3 EUR", "not an amount"),
    ],
)
def test_an_amount_that_will_not_do_is_refused_with_what_would(value: str, says: str) -> None:
    ruling = judge(wish(RequestKind.PARTIAL_REFUND, value), at(Stage.AWAITING_GOODS))
    assert ruling.outcome is NO
    assert says in ruling.sentence


def test_what_is_quoted_already_needs_nobody() -> None:
    ruling = judge(wish(RequestKind.PARTIAL_REFUND, "11.90 eur"), at(Stage.QUOTED))
    assert (ruling.outcome, ruling.as_it_is) == (YES, True)


def test_a_shop_may_make_no_partial_refunds_and_a_person_is_asked_once_at_a_time() -> None:
    part = wish(RequestKind.PARTIAL_REFUND, "8.00 EUR")
    never = at(Stage.QUOTED, policy=Policy(partial_refunds=PartialRefunds.NEVER))
    assert judge(part, never).sentence == "this shop makes no partial refunds"
    assert "another partial refund" in judge(part, at(Stage.QUOTED, deciding=True)).sentence


def test_a_reason_with_which_the_goods_could_not_come_back_is_refused_and_a_doubtful_one_looked_at() -> None:
    order = mug_order()
    final = replace(order, lines=tuple(replace(line, final_sale=True) for line in order.lines))
    now = at(Stage.AWAITING_GOODS, order=final, invoice=mug_invoice(), opened_at=datetime.now(UTC))
    defect = replace(now, lines=(RequestedLine("70011", 3, Reason.DEFECTIVE),))
    refused = judge(wish(RequestKind.REASON, "style"), defect)
    assert refused.outcome is NO
    assert "final_sale: MUG-01 was sold as final sale" in refused.sentence
    assert judge(wish(RequestKind.REASON, "damaged"), now).outcome is PERSON
    assert judge(wish(RequestKind.REASON, "damaged"), defect).outcome is YES


def test_whether_a_reason_will_do_is_judged_as_of_the_day_the_return_was_asked_for() -> None:
    """A return that lasts longer than the window is not too late because of it."""
    order = mug_order()
    assert order.delivered_at is not None
    now = at(Stage.QUOTED, order=order, invoice=mug_invoice(), opened_at=order.delivered_at + timedelta(days=1))
    assert judge(wish(RequestKind.REASON, "damaged"), now).outcome is YES
    late = replace(now, opened_at=order.delivered_at + timedelta(days=99))
    assert judge(wish(RequestKind.REASON, "damaged"), late).outcome is PERSON


@given(st.sampled_from(list(RequestKind)), st.text(max_size=80))
def test_no_more_of_what_was_typed_is_kept_than_a_rule_can_use(kind: RequestKind, typed: str) -> None:
    kept = plain(wish(kind, typed)).value
    assert (
        kept == ""
        or kept in list(Reason)
        or (kind is RequestKind.PARTIAL_REFUND and kept in typed and kept[0] in _SIGNS)
    )


def test_what_a_rule_can_use_is_kept_as_it_is_used() -> None:
    assert plain(wish(RequestKind.REASON, " Not as-described ")).value == "not_as_described"
    assert plain(wish(RequestKind.REASON, "Anna Vogel")).value == ""
    assert plain(wish(RequestKind.PARTIAL_REFUND, " 8.00 eur ")).value == "8.00 eur"
    assert plain(wish(RequestKind.PARTIAL_REFUND, "8.00 EUR for Anna")).value == ""
    assert plain(wish(RequestKind.NOTE, "Anna Vogel")).value == ""


@given(
    st.sampled_from(list(RequestKind)),
    st.sampled_from([*Reason, "8.00 EUR", "1 EUR", "999 EUR", "x", ""]),
    st.sampled_from(list(Stage)),
    st.booleans(),
    st.booleans(),
)
def test_no_request_gives_money_by_itself(
    kind: RequestKind, value: str, stage: Stage, posting: bool, undoing: bool
) -> None:
    """Accepted at once is only what needs no other amount, or what the ERP quotes anew; an amount needs a person."""
    now = at(stage, posting=posting, undoing=undoing)
    ruling = judge(wish(kind, value), now)
    if ruling.amount is not None:
        assert ruling.outcome is PERSON or (ruling.as_it_is and ruling.amount == now.quoted)
        assert now.quoted is not None
        assert not now.quoted < ruling.amount
    if posting and ruling.outcome is not NO:
        assert ruling.as_it_is


@given(sales_coming_back(), st.integers(1, 50_000))
def test_content_with_a_part_the_credit_is_exactly_that_and_never_more_than_it_was(
    drawn: tuple[Sale, list[tuple[Asked, ...]]], part: int
) -> None:
    sale, returns = drawn
    asks = returns[0]
    whole = reckon(sale.invoice, {}, asks, sale.policy, sale.terms)
    found = reckon(sale.invoice, {}, asks, sale.policy, sale.terms, content_with=part)
    assert found.total == min(whole.total, part)
    assert found.lines[: len(whole.lines)] == whole.lines
    left = [line for line in found.lines if line.line_id == PARTIAL_REFUND]
    assert len(left) == (part < whole.total)
    for line in left:
        noted = [note.amount for note in found.notes if note.name == PARTIAL_REFUND]
        assert noted == [line.total]


def test_a_part_takes_its_share_of_every_tax() -> None:
    found = reckon(mug_invoice(), {}, (Asked("70011", 3, 3 * FULL_VALUE),), Policy(), SaleTerms(), content_with=595)
    assert [(line.net, line.taxes) for line in found.lines] == [(1000, {"DE19": 190}), (-500, {"DE19": -95})]


def test_of_what_was_asked_the_pending_and_the_newest_of_every_source_are_worth_knowing() -> None:
    def state(name: str, source: str, status: RequestStatus = RequestStatus.ACCEPTED) -> RequestState:
        return RequestState(wish(RequestKind.NOTE, "", source, name), status, "said")

    every = (
        state("a", "crm:one", RequestStatus.PENDING),
        state("b", "crm:one"),
        state("c", "crm:two"),
        state("d", "crm:one"),
    )
    kept = worth_knowing(every)
    assert [one.request.request_id for one in kept] == ["a", "c", "d"]
    named = {source: newest_of(kept, source) for source in ("crm:one", "crm:two", "crm:three")}
    assert {source: one.request.request_id for source, one in named.items() if one} == {
        "crm:one": "d", "crm:two": "c", "crm:three": "d",
    }  # fmt: skip
    assert newest_of((), "crm:one") is None
