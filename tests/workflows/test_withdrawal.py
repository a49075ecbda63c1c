"""Taken back at every stage: what was done is undone, and once the credit posts it is too late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.errors import ClosedPeriod, Permanent, Retryable, UnknownOutcome, VendorError
from domain.inventory import Disposition, StockState
from domain.returns import Stage
from domain.units import Verdict
from tests.doubles.world import NOW, mug_order
from tests.workflows.harness import Rig, Talk
from workflows import messages as m

pytestmark = pytest.mark.asyncio(loop_scope="session")

PENDING = ("MUG-01", StockState.PENDING_INSPECTION)
BACK = ("MUG-01", StockState.SENT_BACK)
REFUSAL = Permanent("vendor", "call", "no")


async def in_review(rig: Rig) -> Talk:
    rig.world.orders["5001"] = mug_order(delivered_at=NOW - timedelta(days=35))
    return await rig.start()


async def quoted(rig: Rig) -> Talk:
    return await rig.start()


async def confirmed(rig: Rig) -> Talk:
    rig.world.fail("authorize", REFUSAL)
    talk = await rig.start()
    await talk.confirm()
    await talk.held("authorization_refused")
    return talk


async def awaiting_goods(rig: Rig) -> Talk:
    return await (await rig.start()).authorized()


async def lost(rig: Rig) -> Talk:
    talk = await awaiting_goods(rig)
    await talk.say(m.UPDATE_REPORT_LOST, m.ReportLost(talk.key()))
    await talk.held("parcel_lost")
    return talk


async def partly_received(rig: Rig) -> Talk:
    talk = await awaiting_goods(rig)
    await talk.receive(2)
    await talk.until(lambda _: rig.world.stock.get(PENDING) == 2)
    return talk


async def received(rig: Rig) -> Talk:
    talk = await awaiting_goods(rig)
    await talk.receive()
    await talk.until(lambda _: rig.world.stock.get(PENDING) == 3)
    return talk


async def asked_for_consent(rig: Rig) -> Talk:
    talk = await received(rig)
    await talk.inspect(Verdict("70011", 3, Disposition.QUARANTINE, accepted=True, value=500_000))
    await talk.at(Stage.AWAITING_CONSENT)
    return talk


async def disputed(rig: Rig) -> Talk:
    talk = await asked_for_consent(rig)
    quote = (await talk.snapshot()).quote
    assert quote is not None
    await talk.say(m.UPDATE_CONSENT, m.Consent(talk.key(), "dispute", quote.digest))
    await talk.held("disputed")
    return talk


async def inspected(rig: Rig) -> Talk:
    talk = await received(rig)
    await talk.say(m.UPDATE_RECEIVE, m.Receipt("P2", (m.ReceiptLine(1, sku="TEA-99"),)))
    await talk.inspect()
    await talk.held("unexpected_goods")
    return talk


@pytest.mark.parametrize(
    ("reach", "stage", "back"),
    [
        (in_review, Stage.REQUESTED, 0),
        (quoted, Stage.QUOTED, 0),
        (confirmed, Stage.CONFIRMED, 0),
        (awaiting_goods, Stage.AWAITING_GOODS, 0),
        (lost, Stage.AWAITING_GOODS, 0),
        (partly_received, Stage.PENDING_INSPECTION, 2),
        (received, Stage.PENDING_INSPECTION, 3),
        (asked_for_consent, Stage.AWAITING_CONSENT, 3),
        (disputed, Stage.AWAITING_CONSENT, 3),
        (inspected, Stage.INSPECTED, 3),
    ],
)
async def test_a_withdrawal_undoes_what_was_done_at_every_stage_before_posting(
    rig: Rig, reach: Callable[[Rig], Awaitable[Talk]], stage: Stage, back: int
) -> None:
    talk = await reach(rig)
    assert (await talk.snapshot()).stage is stage
    ack = await talk.say(m.UPDATE_WITHDRAW, m.Withdraw(talk.key(), "found the receipt"))
    assert ack.note == "what was done is being undone"
    end = await talk.end()
    assert (end.stage, end.holds, end.credited) == (Stage.WITHDRAWN, (), None)
    assert set(rig.world.authorizations.values()) <= {"cancelled"}
    assert set(rig.world.returns.values()) <= {"cancelled"}
    assert rig.world.receipts == {}
    assert rig.world.stock.get(BACK, 0) == back
    assert rig.world.stock.get(PENDING, 0) == 0
    assert (rig.world.memos, rig.world.payouts) == ({}, {})
    assert rig.notices(talk)[-1] == "withdrawn"
    rig.world.orders["5001"] = mug_order()
    assert (await rig.start(key="another")).answer.decision == "quoted", "the units are free again"


CLOSED_PERIOD: VendorError = ClosedPeriod("erp", "creditMemo", "closed")


@pytest.mark.parametrize(
    ("call", "error", "reason"),
    [
        ("post_credit", CLOSED_PERIOD, "period_closed"),
        ("post_credit", REFUSAL, "credit_refused"),
        ("pay_out", REFUSAL, "payout_refused"),
        ("settle", REFUSAL, "settlement_refused"),
    ],
)
async def test_a_withdrawal_is_refused_once_the_credit_is_being_posted(
    rig: Rig, call: str, error: VendorError, reason: str
) -> None:
    rig.world.fail(call, error)
    talk = await received(rig)
    await talk.inspect()
    await talk.held(reason)
    said = await talk.refusal(m.UPDATE_WITHDRAW, m.Withdraw("k"))
    assert said == "wrong_stage: the credit is being posted or is posted; it can no longer be withdrawn"
    await talk.resolve("retry")
    assert (await talk.end()).stage is Stage.CLOSED


async def test_nothing_more_is_taken_while_a_return_is_being_undone(rig: Rig) -> None:
    rig.world.fail("cancel", REFUSAL)
    talk = await awaiting_goods(rig)
    await talk.say(m.UPDATE_WITHDRAW, m.Withdraw(talk.key()))
    await talk.held("undo_refused")
    parcel = m.Receipt("P1", (m.ReceiptLine(3, "70011"),))
    undone = "undoing: the return is being undone (awaiting_goods); nothing more is taken"
    assert await talk.refusal(m.UPDATE_RECEIVE, parcel) == undone
    assert await talk.refusal(m.UPDATE_REPORT_LOST, m.ReportLost("k")) == undone
    again = await talk.refusal(m.UPDATE_WITHDRAW, m.Withdraw("k"))
    assert again == "undoing: the return is being undone already"
    await talk.resolve("retry")
    assert (await talk.end()).stage is Stage.WITHDRAWN


async def test_what_may_have_been_done_though_its_answer_was_lost_is_undone_too(rig: Rig) -> None:
    rig.policy = replace(rig.policy, vendor_patience=1)
    talk = await rig.start()
    rig.world.fail("open_return", UnknownOutcome("shop", "returnCreate", "connection lost"), times=10_000)
    await talk.confirm()
    await talk.held("storefront_return_refused")
    rig.world.heal("open_return")
    await talk.say(m.UPDATE_WITHDRAW, m.Withdraw(talk.key()))
    end = await talk.end()
    assert rig.world.returns == {end.storefront_return: "cancelled"}


async def test_a_withdrawal_before_the_order_is_known_ends_without_a_message(rig: Rig) -> None:
    rig.policy = replace(rig.policy, vendor_patience=1)
    rig.world.fail("order", Retryable("shop", "order", "away", retry_after=0.01), times=3)
    talk = await rig.start(order_id="5001")
    await talk.say(m.UPDATE_WITHDRAW, m.Withdraw(talk.key()))
    assert (await talk.end()).stage is Stage.WITHDRAWN


async def test_a_return_that_is_over_says_so(rig: Rig) -> None:
    talk = await awaiting_goods(rig)
    await talk.skip(timedelta(days=31))
    await talk.at(Stage.EXPIRED)
    said = await talk.refusal(m.UPDATE_WITHDRAW, m.Withdraw("k"))
    assert said == "wrong_stage: a return that is expired cannot be withdrawn any more"
