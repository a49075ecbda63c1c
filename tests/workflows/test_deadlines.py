"""Reminders and deadlines, on a server that skips the waiting."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.inventory import Disposition, StockState
from domain.policy import ConsentDefault, LateArrival
from domain.returns import Stage
from domain.units import Verdict
from tests.workflows.harness import Rig
from workflows import messages as m

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAY = timedelta(days=1)


async def test_an_unconfirmed_quote_is_reminded_once_and_then_expires(rig: Rig) -> None:
    talk = await rig.start()
    quoted = await talk.snapshot()
    assert quoted.quote is not None
    assert quoted.next_deadline == quoted.quote.expires_at, "people see the deadline, not the moment of the reminder"
    await talk.skip(6 * DAY)
    await talk.until(lambda snap: rig.notices(talk) == ["quote_reminder"])
    await talk.skip(2 * DAY)
    end = await talk.end()
    assert end.stage is Stage.EXPIRED
    assert rig.notices(talk) == ["quote_reminder", "expired"]
    assert rig.world.authorizations == {end.authorization: "cancelled"}


async def test_an_expired_quote_frees_its_units_for_another_return(rig: Rig) -> None:
    first = await rig.start(key="click-1")
    await first.skip(8 * DAY)
    await first.end()
    again = await rig.start(key="click-2")
    assert again.answer.decision == "quoted"


async def test_goods_are_reminded_of_and_their_deadline_ends_the_return(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await talk.skip(11 * DAY)
    await talk.until(lambda snap: "goods_reminder" in rig.notices(talk))
    await talk.skip(20 * DAY)
    expired = await talk.at(Stage.EXPIRED)
    await talk.until(lambda snap: rig.world.crm[expired.return_id].next_step == "a late parcel")
    await talk.skip(31 * DAY)
    end = await talk.end()
    assert end.stage is Stage.EXPIRED
    assert rig.world.crm[end.return_id].next_step == "", "nobody waits for anything any more, and the CRM says so"
    assert rig.notices(talk) == ["confirmation", "goods_reminder", "expired"]
    assert set(rig.world.authorizations.values()) == {"cancelled"}
    assert rig.world.returns[end.storefront_return] == "cancelled"


async def test_a_late_parcel_is_accepted_where_the_policy_accepts(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await talk.skip(31 * DAY)
    await talk.at(Stage.EXPIRED)
    ack = await talk.receive()
    assert "after expiry" in ack.note
    await talk.at(Stage.PENDING_INSPECTION)
    await talk.inspect()
    assert (await talk.end()).stage is Stage.CLOSED


@pytest.mark.parametrize(("choice", "stage"), [("accept", Stage.CLOSED), ("send_back", Stage.EXPIRED)])
async def test_a_late_parcel_waits_for_support_where_the_policy_holds(rig: Rig, choice: str, stage: Stage) -> None:
    rig.policy = replace(rig.policy, late_arrival=LateArrival.HOLD)
    talk = await (await rig.start()).authorized()
    await talk.skip(31 * DAY)
    await talk.at(Stage.EXPIRED)
    await talk.receive()
    await talk.held("late_arrival")
    await talk.resolve(choice)
    if choice == "accept":
        await talk.at(Stage.PENDING_INSPECTION)
        await talk.inspect()
    end = await talk.end()
    assert end.stage is stage
    assert bool(rig.world.memos) is (stage is Stage.CLOSED)


async def test_what_did_not_come_by_the_deadline_is_missing_and_credited_without_it(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await talk.receive(2)
    await talk.inspect(Verdict("70011", 2, Disposition.RESTOCK, accepted=True))
    await talk.skip(31 * DAY)
    asked = await talk.at(Stage.AWAITING_CONSENT)
    assert asked.quote is not None
    assert str(asked.quote.total) == "7.93 EUR"
    await talk.say(m.UPDATE_CONSENT, m.Consent(talk.key(), "accept", asked.quote.digest))
    end = await talk.end()
    assert str(end.credited) == "7.93 EUR"
    assert rig.world.stock[("MUG-01", StockState.AVAILABLE)] == 2


async def test_an_overdue_inspection_is_held_for_the_warehouse_and_lifts_itself(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.skip(4 * DAY)
    held = await talk.held("inspection_overdue")
    refusal = await talk.refusal(m.UPDATE_RESOLVE, m.Resolve(talk.key(), held.holds[0].hold_id, "retry"))
    assert refusal == "bad_input: choice: 'retry' is not one of none: it lifts itself"
    await talk.inspect()
    end = await talk.end()
    assert end.stage is Stage.CLOSED
    assert end.holds == ()


@pytest.mark.parametrize(
    ("default", "credit"), [(ConsentDefault.ACCEPT, "7.93 EUR"), (ConsentDefault.SEND_BACK, "0.00 EUR")]
)
async def test_silence_on_a_lower_credit_is_reminded_and_then_the_shops_default(
    rig: Rig, default: ConsentDefault, credit: str
) -> None:
    rig.policy = replace(rig.policy, consent_default=default)
    talk = await (await rig.start()).authorized()
    await talk.receive()
    keep = 666_700 if default is ConsentDefault.ACCEPT else 500_000
    await talk.inspect(Verdict("70011", 3, Disposition.QUARANTINE, accepted=True, value=keep))
    asked = await talk.at(Stage.AWAITING_CONSENT)
    assert asked.next_deadline is not None
    assert asked.next_deadline - asked.changed_at > 6 * DAY
    await talk.skip(4 * DAY)
    await talk.until(lambda snap: "consent_reminder" in rig.notices(talk))
    await talk.skip(4 * DAY)
    end = await talk.end()
    assert str(end.credited) == credit
    told = rig.notices(talk)
    assert told[:3] == ["confirmation", "consent", "consent_reminder"]
    assert told.count("inspection") == 1
