"""The credit memo, the payout and the match: equal to what was agreed, once, or held."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.errors import ClosedPeriod, Permanent, Retryable, UnknownOutcome
from domain.inventory import StockState
from domain.money import Base, Money
from domain.policy import OnClosedPeriod
from domain.refund import ErpCredit, Payout
from domain.returns import Owner, Stage
from tests.doubles.world import mug_invoice
from tests.workflows.harness import Rig, Talk
from workflows import messages as m

pytestmark = pytest.mark.asyncio(loop_scope="session")


def three_cents_less(credit: ErpCredit) -> ErpCredit:
    line = replace(credit.lines[0], net=credit.lines[0].net - 3)
    return replace(credit, lines=(line, *credit.lines[1:]), total=Money(credit.total.minor - 3, credit.total.currency))


async def inspected(rig: Rig) -> Talk:
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.inspect()
    return talk


async def test_a_computed_credit_that_differs_is_held_and_nothing_posts(rig: Rig) -> None:
    rig.world.skew = three_cents_less
    talk = await inspected(rig)
    held = await talk.held("credit_differs")
    assert held.holds[0].owner is Owner.FINANCE
    assert held.holds[0].detail == "computed, not posted by the ERP: 70011 net: ours 1000, theirs 997"
    assert held.differences[0].theirs == 997
    assert rig.world.memos == {}
    rig.world.skew = lambda credit: credit
    await talk.resolve("retry")
    end = await talk.end()
    assert end.matched
    assert end.differences == ()


async def test_a_posted_memo_that_differs_stays_said_to_be_posted(rig: Rig) -> None:
    rig.world.skew_memo = three_cents_less
    talk = await inspected(rig)
    for hold_id in ("H1", "H2"):
        held = await talk.until(lambda snap, wanted=hold_id: [hold.hold_id for hold in snap.holds] == [wanted])
        assert held.holds[0].detail == "posted by the ERP: 70011 net: ours 1000, theirs 997"
        await talk.resolve("retry")
    assert len(rig.world.memos) == 1
    assert rig.world.payouts == {}


@pytest.mark.parametrize(("choice", "period"), [("retry", "original"), ("post_in_next_open_period", "next_open")])
async def test_a_closed_period_is_finances_choice(rig: Rig, choice: str, period: str) -> None:
    rig.world.fail("post_credit", ClosedPeriod("erp", "creditMemo", "period Nov 2026 is closed"))
    talk = await inspected(rig)
    await talk.held("period_closed")
    await talk.resolve(choice)
    end = await talk.end()
    assert end.stage is Stage.CLOSED
    timeline = await rig.stores.returns.timeline(end.return_id)
    assert [event.detail["period"] for event in timeline if event.kind == "credited"] == [period]


async def test_a_refused_credit_is_held_and_resumed(rig: Rig) -> None:
    rig.world.fail("post_credit", Permanent("erp", "creditMemo", "customer is on hold"))
    talk = await inspected(rig)
    await talk.held("credit_refused")
    await talk.resolve("retry")
    assert (await talk.end()).stage is Stage.CLOSED


async def test_a_crm_shows_whom_a_return_waits_for_during_a_hold_and_after_it(rig: Rig) -> None:
    rig.world.fail("post_credit", Permanent("erp", "creditMemo", "customer is on hold"))
    talk = await inspected(rig)
    held = await talk.held("credit_refused")
    await talk.until(lambda snap: rig.world.crm[held.return_id].next_step == "finance: credit_refused")
    rig.world.fail("post_credit", Retryable("erp", "creditMemo", "busy", retry_after=0.05), times=10_000)
    await talk.resolve("retry")
    await talk.until(lambda snap: rig.world.crm[held.return_id].next_step == "the ERP's credit memo")
    rig.world.heal("post_credit")
    end = await talk.end()
    assert (end.stage, rig.world.crm[end.return_id].next_step) == (Stage.CLOSED, "")


@pytest.mark.parametrize("call", ["post_credit", "pay_out", "settle", "release_goods"])
async def test_a_lost_answer_never_posts_pays_or_moves_twice(rig: Rig, call: str) -> None:
    rig.world.fail(call, UnknownOutcome("vendor", call, "connection lost"), times=2)
    talk = await inspected(rig)
    end = await talk.end()
    assert end.matched
    assert (len(rig.world.memos), len(rig.world.payouts), len(rig.world.settled)) == (1, 1, 1)
    assert rig.world.stock[("MUG-01", StockState.AVAILABLE)] == 3


async def test_a_payout_that_differs_from_the_memo_closes_only_when_it_was_put_right(rig: Rig) -> None:
    def short(payout: Payout) -> Payout:
        (part,) = payout.tenders
        return replace(payout, tenders=(replace(part, amount=Money(part.amount.minor - 1, "EUR")),))

    rig.world.skew_payout = short
    talk = await inspected(rig)
    held = await talk.held("match_failed")
    assert (held.stage, held.matched) == (Stage.PAID, False)
    assert held.holds[0].detail == "payout: ours 1190, theirs 1189"
    await talk.resolve("retry")
    await talk.until(lambda snap: [hold.hold_id for hold in snap.holds] not in ([], [held.holds[0].hold_id]))
    rig.world.skew_payout = lambda payout: payout
    await talk.resolve("retry")
    end = await talk.end()
    assert (end.stage, end.matched, end.differences) == (Stage.CLOSED, True, ())
    (settled,) = rig.world.settled.values()
    assert settled.payout == end.payout, "the ERP books what was paid in the end"


async def test_what_was_paid_too_much_is_accepted_and_booked_up_to_the_memo(rig: Rig) -> None:
    rig.world.skew_payout = lambda payout: replace(
        payout, tenders=(replace(payout.tenders[0], amount=Money(1200, "EUR")),)
    )
    talk = await inspected(rig)
    await talk.held("match_failed")
    await talk.resolve("accept_by_hand", "goodwill, case 4712")
    end = await talk.end()
    assert end.payout is not None
    assert (end.payout.total, end.matched) == (Money(1200, "EUR"), False)
    (settled,) = rig.world.settled.values()
    assert settled.payout.total == Money(1190, "EUR")


async def test_a_difference_that_finance_accepts_stays_on_the_closed_return_and_is_never_called_a_match(
    rig: Rig,
) -> None:
    rig.world.skew_payout = lambda payout: replace(
        payout, tenders=(replace(payout.tenders[0], amount=Money(1180, "EUR")),)
    )
    talk = await inspected(rig)
    held = await talk.held("match_failed")
    refusal = await talk.refusal(m.UPDATE_RESOLVE, m.Resolve("k", held.holds[0].hold_id, "accept_by_hand", "maria"))
    assert refusal.startswith("bad_input: note: accept_by_hand is a decision about money")
    await talk.resolve("accept_by_hand", "0.10 written off, case 4711")
    end = await talk.end()
    assert (end.stage, end.matched) == (Stage.CLOSED, False)
    assert [str(difference) for difference in end.differences] == ["payout: ours 1190, theirs 1180"]
    (said,) = end.by_hand
    assert (said.what, said.amount, said.by) == ("accept_by_hand", Money(-10, "EUR"), "tester")
    assert (said.note, said.detail) == ("0.10 written off, case 4711", "payout: ours 1190, theirs 1180")
    timeline = await rig.stores.returns.timeline(end.return_id)
    assert timeline[-1].text == "quote 11.90 EUR / credit memo 11.90 EUR / payout 11.80 EUR"


async def test_a_posted_memo_above_what_was_agreed_may_stand_by_finances_word(rig: Rig) -> None:
    def three_cents_more(credit: ErpCredit) -> ErpCredit:
        line = replace(credit.lines[0], net=credit.lines[0].net + 3)
        return replace(credit, lines=(line,), total=Money(credit.total.minor + 3, "EUR"))

    rig.world.skew_memo = three_cents_more
    talk = await inspected(rig)
    held = await talk.held("credit_differs")
    assert held.holds[0].choices == ("retry", "accept_posted")
    refusal = await talk.refusal(m.UPDATE_RESOLVE, m.Resolve("k", held.holds[0].hold_id, "accept_posted", "maria"))
    assert "note: accept_posted" in refusal
    await talk.resolve("accept_posted", "rounded by the tax engine")
    end = await talk.end()
    assert end.quote is not None
    assert end.payout is not None
    assert (end.quote.revision, end.quote.total, end.agreed) == (2, Money(1193, "EUR"), Money(1193, "EUR"))
    assert (end.credited, end.payout.total, end.matched) == (Money(1193, "EUR"), Money(1193, "EUR"), True)
    assert [(said.what, said.amount.minor, said.note) for said in end.by_hand] == [
        ("accept_posted", 3, "rounded by the tax engine")
    ]
    assert len(rig.world.memos) == 1
    (net, _) = [line for line in await rig.stores.ledger.lines("inv-5001") if line.line_id == "70011"]
    assert (net.component, net.reversed, net.reserved) == ("net", 1003, 0)


async def test_a_closed_period_moves_by_itself_where_the_policy_says_so_and_is_told(rig: Rig) -> None:
    rig.policy = replace(rig.policy, on_closed_period=OnClosedPeriod.NEXT_OPEN)
    rig.world.fail("post_credit", ClosedPeriod("erp", "creditMemo", "period Nov 2026 is closed"))
    end = await (await inspected(rig)).end()
    timeline = await rig.stores.returns.timeline(end.return_id)
    (moved,) = [event for event in timeline if event.kind == "period_moved"]
    day = moved.at.date()
    assert moved.detail == {"closed": f"{day:%Y-%m}", "period": "2026-11", "tax_point": day.isoformat()}
    assert [event.kind for event in timeline if event.kind == "held"] == []
    (ask,) = rig.world.credits
    assert (ask.period, ask.tax_point) == ("next_open", day)


async def test_a_period_that_stays_closed_is_finances_choice_whatever_the_policy(rig: Rig) -> None:
    rig.policy = replace(rig.policy, on_closed_period=OnClosedPeriod.NEXT_OPEN)
    rig.world.fail("post_credit", ClosedPeriod("erp", "creditMemo", "every period is closed"), times=2)
    talk = await inspected(rig)
    await talk.held("period_closed")
    await talk.resolve("retry")
    assert (await talk.end()).matched


@pytest.mark.parametrize(("call", "reason"), [("settle", "settlement_refused"), ("release_goods", "release_refused")])
async def test_books_or_stock_that_refuse_are_held_and_resumed(rig: Rig, call: str, reason: str) -> None:
    rig.world.fail(call, Permanent("vendor", call, "no"))
    talk = await inspected(rig)
    await talk.held(reason)
    await talk.resolve("retry")
    assert (await talk.end()).stage is Stage.CLOSED


async def test_a_choice_that_is_not_offered_or_a_hold_that_is_not_open_is_refused(rig: Rig) -> None:
    rig.world.skew = three_cents_less
    talk = await inspected(rig)
    await talk.held("credit_differs")
    said = await talk.refusal(m.UPDATE_RESOLVE, m.Resolve("k", "H1", "plug_it"))
    assert said == "bad_input: choice: 'plug_it' is not one of retry"
    said = await talk.refusal(m.UPDATE_RESOLVE, m.Resolve("k", "H7", "retry"))
    assert said == "bad_input: hold_id: 'H7' is not open on this return"


async def test_a_credit_in_a_foreign_currency_records_the_rate_its_invoice_was_posted_at(rig: Rig) -> None:
    base = Base(Money(3978, "USD"), "0.9")
    rig.world.invoices["5001"] = mug_invoice(base=base)
    end = await (await inspected(rig)).end()
    assert end.matched
    assert end.credited == Money(1190, "EUR")
    timeline = await rig.stores.returns.timeline(end.return_id)
    (credited,) = [event for event in timeline if event.kind == "credited"]
    assert (credited.detail["rate"], credited.detail["base"]) == ("0.9", "10.71 USD")
