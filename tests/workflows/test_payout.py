"""The money: over the tenders as they are when it is paid, on account, or the rest of it by finance's own means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.errors import Permanent
from domain import ids
from domain.money import Money
from domain.order import Tender
from domain.policy import OnAccount, TenderSplit
from domain.refund import AccountCredit, Payout, TenderPayout
from domain.returns import Stage
from tests.doubles.world import NOW, mug_order
from tests.workflows.harness import Rig, Talk
from workflows import messages as m

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def inspected(rig: Rig) -> Talk:
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.inspect()
    return talk


def tender(name: str, kind: str, captured: int, refunded: int = 0) -> Tender:
    return Tender(name, kind, kind, Money(captured, "EUR"), Money(refunded, "EUR"))


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
    (settled,) = rig.world.settled.values()
    assert (settled.account, settled.invoice) == (AccountCredit.KEEP_OPEN, "inv-5001")
    assert end.matched


async def test_a_payout_may_be_split_by_what_each_tender_captured(rig: Rig) -> None:
    rig.policy = replace(rig.policy, tender_split=TenderSplit.PRO_RATA)
    rig.world.orders["5001"] = mug_order(tenders=(tender("t1", "card", 3000), tender("t2", "gift_card", 1420)))
    end = await (await inspected(rig)).end()
    assert end.payout is not None
    assert [(part.tender_id, part.amount.minor) for part in end.payout.tenders] == [("t1", 808), ("t2", 382)]


async def test_what_others_refunded_meanwhile_is_seen_before_money_moves_and_the_plan_is_made_anew(rig: Rig) -> None:
    card, gift = tender("t1", "card", 3000), tender("t2", "gift_card", 1420)
    rig.world.orders["5001"] = mug_order(tenders=(card, gift))
    talk = await rig.start()
    rig.world.orders["5001"] = mug_order(tenders=(replace(card, refunded=Money(2900, "EUR")), gift))
    await talk.authorized()
    await talk.receive()
    await talk.inspect()
    end = await talk.end()
    assert end.payout is not None
    assert [(part.tender_id, part.amount.minor) for part in end.payout.tenders] == [("t1", 100), ("t2", 1090)]
    assert "held" not in {event.kind for event in await rig.stores.returns.timeline(end.return_id)}


async def test_what_no_tender_can_take_finance_pays_by_hand_as_a_line_of_its_own(rig: Rig) -> None:
    rig.world.orders["5001"] = mug_order(tenders=(tender("t1", "card", 4420, 4000),))
    talk = await inspected(rig)
    held = await talk.held("tender_cap")
    said = m.Resolve("k", held.holds[0].hold_id, "pay_rest_by_hand", "maria")
    assert "say by whom, and by which payment" in await talk.refusal(m.UPDATE_RESOLVE, said)
    said = m.Resolve("k", held.holds[0].hold_id, "pay_rest_by_hand", note="transfer 4711")
    assert "say by whom" in await talk.refusal(m.UPDATE_RESOLVE, said)
    await talk.resolve("pay_rest_by_hand", "transfer 4711")
    end = await talk.end()
    assert end.payout is not None
    parts = [(part.kind, part.amount.minor, part.reference) for part in end.payout.tenders]
    assert parts == [("card", 420, ""), ("by_hand", 770, "transfer 4711")]
    assert (end.payout.total, end.matched) == (Money(1190, "EUR"), True)
    assert [(said.what, said.by, said.amount.minor) for said in end.by_hand] == [("pay_rest_by_hand", "tester", 770)]
    (settled,) = rig.world.settled.values()
    assert settled.payout == end.payout, "the ERP books the whole memo as refunded"
    (asked,) = rig.world.paid.values()
    assert [part.kind for part in asked.tenders] == ["card"], "the shop is asked for its part only"


async def test_what_was_paid_by_hand_stays_paid_when_the_shop_refuses_the_rest(rig: Rig) -> None:
    rig.world.orders["5001"] = mug_order(tenders=(tender("t1", "card", 4420, 4000),))
    rig.world.fail("pay_out", Permanent("shop", "pay", "the gateway is closed"))
    talk = await inspected(rig)
    await talk.held("tender_cap")
    await talk.resolve("pay_rest_by_hand", "transfer 4711")
    await talk.held("payout_refused")
    rig.world.orders["5001"] = mug_order()
    await talk.resolve("retry")
    end = await talk.end()
    assert end.payout is not None
    assert [(part.kind, part.amount.minor) for part in end.payout.tenders] == [("card", 420), ("by_hand", 770)]


async def test_what_finance_refunded_on_the_return_is_its_payout_though_nothing_more_can_be_taken(rig: Rig) -> None:
    card = tender("t1", "card", 1190)
    rig.world.orders["5001"] = mug_order(tenders=(card,))
    rig.world.fail("pay_out", Permanent("shop", "returnProcess", "processed in the shop, nothing was refunded there"))
    talk = await inspected(rig)
    await talk.held("payout_refused")
    by_finance = TenderPayout("t1", "card", Money(1190, "EUR"))
    key = ids.payout_key(talk.answer.return_id)
    rig.world.payouts[key] = Payout("refund-by-finance", (by_finance,), Money(0, "EUR"), NOW)
    rig.world.orders["5001"] = mug_order(tenders=(replace(card, refunded=card.captured),))
    await talk.resolve("retry")
    end = await talk.end()
    assert end.payout is not None
    assert (end.payout.reference, end.payout.total, end.matched) == ("refund-by-finance", Money(1190, "EUR"), True)


@pytest.mark.parametrize("choice", [OnAccount.KEEP_OPEN, OnAccount.APPLY, OnAccount.REFUND])
@pytest.mark.parametrize("asked", [False, True])
async def test_what_becomes_of_a_credit_on_account_is_the_policys_word_or_finances(
    rig: Rig, choice: OnAccount, asked: bool
) -> None:
    rig.policy = replace(rig.policy, account_credit=OnAccount.ASK if asked else choice)
    rig.world.orders["5001"] = mug_order(tenders=(tender("t1", "account", 0),))
    talk = await inspected(rig)
    if asked:
        held = await talk.held("account_credit")
        assert (held.stage, held.holds[0].detail) == (Stage.PAID, "11.90 EUR are the customer's on account")
        await talk.resolve(str(choice))
    end = await talk.end()
    (settled,) = rig.world.settled.values()
    assert settled.account is AccountCredit(choice)
    assert end.matched
    timeline = await rig.stores.returns.timeline(end.return_id)
    assert [event.detail["choice"] for event in timeline if event.kind == "account_credit"] == [str(choice)]
