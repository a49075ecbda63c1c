"""Parcels: several, partial, too many, wrong, unknown, lost; booked once, never sellable before a verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.errors import Permanent
from domain.inventory import Disposition, StockState
from domain.returns import Reason, RequestedLine, Stage
from domain.units import FULL_VALUE, Reception, Verdict, count
from tests.doubles.world import mug_order
from tests.workflows.harness import MUGS, Rig
from workflows import messages as m

pytestmark = pytest.mark.asyncio(loop_scope="session")

PENDING = ("MUG-01", StockState.PENDING_INSPECTION)
SELLABLE = ("MUG-01", StockState.AVAILABLE)


async def test_several_parcels_are_booked_each_and_inspected_as_they_come(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await talk.receive(1, "P1")
    await talk.inspect(Verdict("70011", 1, Disposition.RESTOCK, accepted=True))
    await talk.receive(2, "P2")
    await talk.inspect(Verdict("70011", 2, Disposition.QUARANTINE, accepted=True))
    end = await talk.end()
    assert end.stage is Stage.CLOSED
    assert len(rig.world.receipts) == 2
    assert rig.world.stock == {PENDING: 0, SELLABLE: 1, ("MUG-01", StockState.QUARANTINED): 2}


async def test_goods_are_on_hand_but_not_sellable_until_the_money_moved(rig: Rig) -> None:
    rig.world.fail("pay_out", Permanent("shop", "refund", "gateway says no"))
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.inspect()
    await talk.held("payout_refused")
    assert rig.world.stock == {PENDING: 3}
    await talk.resolve("retry")
    await talk.end()
    assert rig.world.stock == {PENDING: 0, SELLABLE: 3}


async def test_the_same_receipt_again_changes_nothing(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await talk.receive(2, "P1")
    again = await talk.receive(2, "P1")
    assert again.note == "already received"
    snap = await talk.until(lambda _: rig.world.stock.get(PENDING) == 2)
    assert count(snap.lots, reception=Reception.RECEIVED) == 2
    assert snap.unexpected == ()


async def test_the_same_inspection_again_changes_nothing(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await talk.receive()
    message = m.Inspection("I1", (Verdict("70011", 1, Disposition.RESTOCK, accepted=True),))
    await talk.say(m.UPDATE_INSPECT, message)
    assert (await talk.say(m.UPDATE_INSPECT, message)).note == "already inspected"
    assert not (await talk.snapshot()).stage.startswith("inspected")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (m.ReceiptLine(5, "70011"), "over_receipt"),
        (m.ReceiptLine(2, sku="TEA-99"), "wrong_item"),
        (m.ReceiptLine(2, "70011", sku="TEA-99"), "wrong_item"),
        (m.ReceiptLine(2, "70011", serial="S-9"), "unknown_serial"),
    ],
)
async def test_unexpected_goods_are_never_credited_and_must_be_decided_on(
    rig: Rig, line: m.ReceiptLine, kind: str
) -> None:
    mugs, pot = mug_order().lines
    rig.world.orders["5001"] = mug_order(lines=(replace(mugs, serials=("S-1", "S-2", "S-3")), pot))
    talk = await (await rig.start()).authorized()
    await talk.say(m.UPDATE_RECEIVE, m.Receipt("P1", (line,)))
    if kind != "over_receipt":
        await talk.receive(3, "P2")
    snap = await talk.snapshot()
    assert [(odd.kind, odd.quantity) for odd in snap.unexpected] == [(kind, 2)]
    await talk.inspect()
    await talk.held("unexpected_goods")
    assert rig.world.memos == {}
    await talk.resolve("send_back")
    end = await talk.end()
    assert str(end.credited) == "11.90 EUR"
    assert [odd.decision for odd in end.unexpected] == ["send_back"]
    assert rig.world.stock == {PENDING: 0, SELLABLE: 3}


async def test_goods_known_by_article_fill_all_lines_of_it(rig: Rig) -> None:
    mugs, pot = mug_order().lines
    rig.world.orders["5001"] = mug_order(lines=(mugs, replace(pot, sku="MUG-01")))
    lines = (*MUGS, RequestedLine("70012", 1, Reason.STYLE))
    talk = await (await rig.start(lines)).authorized()
    await talk.say(m.UPDATE_RECEIVE, m.Receipt("P1", (m.ReceiptLine(4, sku="MUG-01"),)))
    snap = await talk.snapshot()
    assert snap.unexpected == ()
    assert count(snap.lots, "70012", Reception.RECEIVED) == 1


@pytest.mark.parametrize(("choice", "credited"), [("credit", "11.90 EUR"), ("no_credit", "0.00 EUR")])
async def test_a_lost_parcel_is_somebodys_loss(rig: Rig, choice: str, credited: str) -> None:
    talk = await (await rig.start()).authorized()
    await talk.say(m.UPDATE_REPORT_LOST, m.ReportLost(talk.key(), "DHL-1"))
    await talk.held("parcel_lost")
    await talk.resolve(choice)
    if choice == "no_credit":
        asked = await talk.at(Stage.AWAITING_CONSENT)
        assert asked.quote is not None
        await talk.say(m.UPDATE_CONSENT, m.Consent(talk.key(), "accept", asked.quote.digest))
    end = await talk.end()
    assert end.stage is Stage.CLOSED
    assert str(end.credited) == credited
    assert rig.world.stock == {}


async def test_a_lost_parcel_that_turns_up_while_support_decides_is_booked_and_inspected(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await talk.say(m.UPDATE_REPORT_LOST, m.ReportLost(talk.key()))
    await talk.held("parcel_lost")
    await talk.receive()
    await talk.inspect()
    await talk.resolve("no_credit")
    end = await talk.end()
    assert end.stage is Stage.CLOSED
    assert len(rig.world.receipts) == 1
    assert rig.world.stock == {PENDING: 0, SELLABLE: 3}


async def test_a_receipt_the_erp_refuses_is_held_for_the_warehouse(rig: Rig) -> None:
    rig.world.fail("receive", Permanent("erp", "itemReceipt", "location is closed"))
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.held("receipt_refused")
    await talk.resolve("retry")
    await talk.inspect()
    assert (await talk.end()).stage is Stage.CLOSED


@pytest.mark.parametrize(
    ("receipt", "sentence"),
    [
        (m.Receipt("P9", ()), "bad_input: lines: a receipt has at least one line"),
        (m.Receipt("P9", (m.ReceiptLine(0, "70011"),)), "bad_input: lines.quantity: must be at least 1"),
        (m.Receipt("P9", (m.ReceiptLine(1),)), "bad_input: lines: give line_id or sku"),
    ],
)
async def test_a_bad_receipt_is_refused_with_the_field(rig: Rig, receipt: m.Receipt, sentence: str) -> None:
    talk = await (await rig.start()).authorized()
    assert await talk.refusal(m.UPDATE_RECEIVE, receipt) == sentence


async def test_messages_of_another_stage_are_refused_and_nothing_is_booked(rig: Rig) -> None:
    talk = await rig.start()
    parcel = m.Receipt("P1", (m.ReceiptLine(1, "70011"),))
    verdicts = m.Inspection("I1", (Verdict("70011", 1, Disposition.RESTOCK, accepted=True),))
    assert await talk.refusal(m.UPDATE_RECEIVE, parcel) == (
        "wrong_stage: a return that is quoted takes no goods; nothing was booked"
    )
    assert await talk.refusal(m.UPDATE_INSPECT, verdicts) == (
        "wrong_stage: a return that is quoted has nothing to inspect"
    )
    assert await talk.refusal(m.UPDATE_REPORT_LOST, m.ReportLost("k")) == (
        "wrong_stage: a return that is quoted awaits no parcel"
    )
    assert rig.world.stock == {}


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        (
            Verdict("70011", 4, Disposition.RESTOCK, True),
            "quantity: line 70011 has 3 received, uninspected units, not 4",
        ),
        (Verdict("70011", 0, Disposition.RESTOCK, True), "quantity: a verdict is on at least one unit"),
        (Verdict("70011", 1, Disposition.RESTOCK, True, FULL_VALUE + 1), "value_fraction: must be from 0 to 1"),
        (
            Verdict("70011", 1, Disposition.MISSING, True),
            "disposition: a unit that is missing cannot be accepted for credit",
        ),
    ],
)
async def test_a_bad_verdict_is_refused_with_the_field(rig: Rig, verdict: Verdict, sentence: str) -> None:
    talk = await (await rig.start()).authorized()
    await talk.receive()
    said = await talk.refusal(m.UPDATE_INSPECT, m.Inspection("I1", (verdict,)))
    assert said == f"bad_input: {sentence}"
