"""Amounts by hand that one person does not decide: proposed, waiting, and approved or not by somebody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.change_request import RequestKind
from domain.inventory import Disposition
from domain.policy import OnAccount
from domain.returns import Hold, Snapshot, Stage
from domain.units import Verdict
from tests.doubles.world import mug_order
from tests.workflows.harness import Rig, Talk
from tests.workflows.test_changes import ask
from tests.workflows.test_payout import inspected, tender
from workflows import messages as m

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(autouse=True)
def two_persons(rig: Rig) -> None:
    rig.policy = replace(rig.policy, second_person_above={"EUR": "5.00"})


async def short(rig: Rig) -> Talk:
    """The payments take 7.70 EUR less than the credit memo."""
    rig.world.orders["5001"] = mug_order(tenders=(tender("t1", "card", 4420, 4000),))
    talk = await inspected(rig)
    await talk.held("tender_cap")
    return talk


async def propose(talk: Talk, choice: str = "pay_rest_by_hand", by: str = "maria") -> m.Ack:
    said = m.Resolve(talk.key(), hold_of(await talk.snapshot()).hold_id, choice, by, "transfer 4711")
    return await talk.say(m.UPDATE_RESOLVE, said)


def word(talk: Talk, snap: Snapshot, what: str, by: str, number: str = "") -> m.SecondWord:
    hold = hold_of(snap)
    seen = number or (hold.proposal.number if hold.proposal else "P1")
    return m.SecondWord(talk.key(), hold.hold_id, seen, what, by, "")


def hold_of(snap: Snapshot) -> Hold:
    return snap.holds[0]


async def kinds(rig: Rig, talk: Talk) -> list[str]:
    said = {"held", "resolved", "proposed", "approved", "rejected", "taken_back", "proposal_fell"}
    return [event.kind for event in await rig.stores.returns.timeline(talk.answer.return_id) if event.kind in said]


async def test_what_one_proposes_waits_and_is_done_when_another_approves(rig: Rig) -> None:
    talk = await short(rig)
    ack = await propose(talk)
    assert (ack.proposal, ack.note) == ("P1", "proposed as P1; it waits for a second person in finance")
    snap = await talk.snapshot()
    assert snap.stage is Stage.CREDITED
    assert not rig.world.paid, "nothing moves on one person's word"
    assert snap.waiting_for == "a second person in finance: tender_cap"
    proposal = hold_of(snap).proposal
    assert proposal is not None
    assert (proposal.choice, str(proposal.amount), proposal.by, proposal.note) == (
        "pay_rest_by_hand", "7.70 EUR", "maria", "transfer 4711",
    )  # fmt: skip
    own = await talk.refusal(m.UPDATE_SECOND_WORD, word(talk, snap, "approve", "person:Maria"))
    assert own == "forbidden: person:Maria proposed P1: another person with the role finance must approve it"
    await talk.say(m.UPDATE_SECOND_WORD, word(talk, snap, "approve", "jo"))
    end = await talk.end()
    (hand,) = end.by_hand
    assert (hand.what, hand.by, hand.approved_by, hand.note) == ("pay_rest_by_hand", "maria", "jo", "transfer 4711")
    assert end.matched
    assert await kinds(rig, talk) == ["held", "proposed", "approved"]
    told = {event.kind: event for event in await rig.stores.returns.timeline(end.return_id)}
    assert told["proposed"].actor == "maria"
    assert told["proposed"].detail["amount"] == "7.70 EUR"
    assert (told["approved"].actor, told["approved"].detail["proposed_by"]) == ("jo", "maria")


async def test_one_proposal_stands_at_a_time_until_it_is_rejected_or_taken_back(rig: Rig) -> None:
    talk = await short(rig)
    assert "nothing is proposed" in await talk.refusal(
        m.UPDATE_SECOND_WORD, word(talk, await talk.snapshot(), "approve", "jo")
    )
    await propose(talk)
    snap = await talk.snapshot()
    again = m.Resolve(talk.key(), "H1", "pay_rest_by_hand", "jo", "transfer 4712")
    assert (await talk.refusal(m.UPDATE_RESOLVE, again)).startswith("wrong_stage: hold H1 waits for a second person")
    await talk.say(m.UPDATE_SECOND_WORD, word(talk, snap, "reject", "jo"))
    snap = await talk.snapshot()
    assert (hold_of(snap).proposal, snap.waiting_for) == (None, "finance: tender_cap")
    assert (await propose(talk)).proposal == "P2"
    snap = await talk.snapshot()
    assert "has proposal P2 now, not P1" in await talk.refusal(
        m.UPDATE_SECOND_WORD, word(talk, snap, "approve", "jo", "P1")
    )
    await talk.say(m.UPDATE_SECOND_WORD, word(talk, snap, "take_back", "maria"))
    await propose(talk, by="jo")
    await talk.say(m.UPDATE_SECOND_WORD, word(talk, await talk.snapshot(), "approve", "maria"))
    end = await talk.end()
    assert (end.by_hand[0].by, end.by_hand[0].approved_by) == ("jo", "maria")
    assert await kinds(rig, talk) == [
        "held", "proposed", "rejected", "proposed", "taken_back", "proposed", "approved",
    ]  # fmt: skip


async def test_trying_again_needs_one_person_and_the_proposal_falls(rig: Rig) -> None:
    talk = await short(rig)
    await propose(talk)
    rig.world.orders["5001"] = mug_order()
    await talk.resolve("retry")
    end = await talk.end()
    assert (end.by_hand, end.matched) == ((), True)
    assert await kinds(rig, talk) == ["held", "proposed", "resolved", "proposal_fell"]


async def test_who_asked_for_a_part_does_not_grant_it_whatever_the_amount(rig: Rig) -> None:
    rig.policy = replace(rig.policy, second_person_above={"EUR": "1000.00"})
    talk = await rig.start()
    await ask(talk, RequestKind.PARTIAL_REFUND, "11.80 EUR")
    snap = await talk.held("partial_refund")
    hold = hold_of(snap)
    assert (hold.asked_by, hold.second) == ("005xx", ())
    said = m.Resolve("k", hold.hold_id, "grant", "005XX", "worn")
    assert await talk.refusal(m.UPDATE_RESOLVE, said) == (
        "forbidden: 005XX asked for it: another person with the role finance must grant it"
    )
    await talk.resolve("grant", "worn")
    granted = await talk.until(lambda snap: bool(snap.by_hand))
    assert granted.by_hand[0].approved_by == ""


async def test_a_part_above_the_limit_is_proposed_and_falls_when_the_return_is_taken_back(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await ask(talk, RequestKind.PARTIAL_REFUND, "2.00 EUR")
    snap = await talk.held("partial_refund")
    assert (str(hold_of(snap).amount), hold_of(snap).second) == ("9.90 EUR", ("grant",))
    await propose(talk, "grant")
    await talk.say(m.UPDATE_WITHDRAW, m.Withdraw(talk.key()))
    end = await talk.end()
    assert (end.stage, end.holds, end.by_hand) == (Stage.WITHDRAWN, (), ())
    assert await kinds(rig, talk) == ["held", "proposed", "proposal_fell"]


async def test_a_part_above_the_limit_is_granted_by_two(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await ask(talk, RequestKind.PARTIAL_REFUND, "2.00 EUR")
    await talk.held("partial_refund")
    await propose(talk, "grant")
    await talk.say(m.UPDATE_SECOND_WORD, word(talk, await talk.snapshot(), "approve", "jo"))
    granted = await talk.until(lambda snap: bool(snap.by_hand))
    assert (granted.by_hand[0].by, granted.by_hand[0].approved_by, str(granted.agreed)) == ("maria", "jo", "2.00 EUR")


@pytest.mark.parametrize(("limit", "alone"), [("11.90", True), ("11.89", False)])
async def test_a_lost_parcel_is_credited_by_one_person_up_to_the_limit(rig: Rig, limit: str, alone: bool) -> None:
    rig.policy = replace(rig.policy, second_person_above={"EUR": limit})
    talk = await (await rig.start()).authorized()
    await talk.say(m.UPDATE_REPORT_LOST, m.ReportLost(talk.key(), "DHL-1"))
    snap = await talk.held("parcel_lost")
    assert str(hold_of(snap).amount) == "11.90 EUR"
    said = await propose(talk, "credit")
    assert bool(said.proposal) is not alone


async def test_a_dispute_is_overruled_by_one_person_up_to_the_limit(rig: Rig) -> None:
    rig.policy = replace(rig.policy, second_person_above={"EUR": "0.50"})
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.inspect(Verdict("70011", 3, Disposition.QUARANTINE, accepted=True, value=500_000))
    asked = await talk.at(Stage.AWAITING_CONSENT)
    assert asked.quote is not None
    await talk.say(m.UPDATE_CONSENT, m.Consent(talk.key(), "dispute", asked.quote.digest))
    hold = hold_of(await talk.held("disputed"))
    assert (str(hold.amount), hold.second) == (
        str(asked.agreed - asked.quote.total) if asked.agreed else "",
        ("overrule",),
    )
    assert not (await propose(talk, "uphold")).proposal


async def test_a_credit_on_account_is_booked_as_refunded_by_two(rig: Rig) -> None:
    rig.policy = replace(rig.policy, account_credit=OnAccount.ASK)
    rig.world.orders["5001"] = mug_order(tenders=(tender("t1", "account", 0),))
    talk = await inspected(rig)
    assert hold_of(await talk.held("account_credit")).second == ("refund",)
    await propose(talk, "refund")
    await talk.say(m.UPDATE_SECOND_WORD, word(talk, await talk.snapshot(), "approve", "jo"))
    assert (await talk.end()).stage is Stage.CLOSED
