"""The credit memo, the payout and the match: equal to what was agreed, once, or held."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.errors import ClosedPeriod, Permanent, UnknownOutcome
from domain.inventory import StockState
from domain.money import Money
from domain.order import Tender
from domain.refund import ErpCredit, Payout
from domain.returns import Owner, Stage
from tests.doubles.world import mug_order
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


@pytest.mark.parametrize("call", ["post_credit", "pay_out", "settle", "release_goods"])
async def test_a_lost_answer_never_posts_pays_or_moves_twice(rig: Rig, call: str) -> None:
    rig.world.fail(call, UnknownOutcome("vendor", call, "connection lost"), times=2)
    talk = await inspected(rig)
    end = await talk.end()
    assert end.matched
    assert (len(rig.world.memos), len(rig.world.payouts), len(rig.world.settled)) == (1, 1, 1)
    assert rig.world.stock[("MUG-01", StockState.AVAILABLE)] == 3


async def test_the_payout_is_split_over_the_tenders_each_capped(rig: Rig) -> None:
    card = Tender("t1", "card", "shopify_payments", Money(1000, "EUR"), Money(300, "EUR"))
    gift = Tender("t2", "gift_card", "gift_card", Money(3420, "EUR"), Money(0, "EUR"))
    rig.world.orders["5001"] = mug_order(tenders=(gift, card))
    end = await (await inspected(rig)).end()
    assert end.payout is not None
    assert [(part.tender_id, part.amount.minor) for part in end.payout.tenders] == [("t1", 700), ("t2", 490)]


async def test_tenders_that_can_take_too_little_are_held_and_looked_at_again_on_retry(rig: Rig) -> None:
    card = Tender("t1", "card", "shopify_payments", Money(4420, "EUR"), Money(4000, "EUR"))
    rig.world.orders["5001"] = mug_order(tenders=(card,))
    talk = await inspected(rig)
    held = await talk.held("tender_cap")
    assert held.holds[0].detail == "the order's tenders can take 7.70 EUR less than the credit memo"
    rig.world.orders["5001"] = mug_order()
    await talk.resolve("retry")
    assert (await talk.end()).matched


async def test_a_purchase_on_account_leaves_the_credit_open_on_the_account(rig: Rig) -> None:
    rig.world.orders["5001"] = mug_order(tenders=(Tender("t1", "account", "", Money(0, "EUR"), Money(0, "EUR")),))
    end = await (await inspected(rig)).end()
    assert end.payout is not None
    assert (end.payout.tenders, str(end.payout.on_account)) == ((), "11.90 EUR")
    assert next(iter(rig.world.settled.values())).keep_open
    assert end.matched


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
