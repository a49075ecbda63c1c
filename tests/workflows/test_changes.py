"""What is asked of a return from outside: answered by its stage, never an error, and money only by a new quote."""

from __future__ import annotations

import asyncio
import random
import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from adapters.errors import Permanent
from domain.change_request import Answered, ChangeRequest, RequestKind, RequestStatus
from domain.inventory import Disposition
from domain.invoice import PARTIAL_REFUND
from domain.money import Money
from domain.policy import Fee
from domain.refund import ErpCredit
from domain.returns import Owner, Reason, RequestedLine, Stage
from domain.units import Verdict
from tests.workflows.harness import Rig, Talk
from workflows import messages as m

pytestmark = pytest.mark.asyncio(loop_scope="session")

FEE = Fee(percent="10", reasons=("changed_mind",))
"""Mugs worth 11.90: 10.71 with the fee, that a defect does not have."""
HALF = Verdict("70011", 3, Disposition.QUARANTINE, accepted=True, value=500_000)


def wish(kind: RequestKind, value: str = "", name: str = "q1", source: str = "crm:main") -> ChangeRequest:
    return ChangeRequest(name, kind, value, source, "005xx", datetime.now(UTC))


async def ask(talk: Talk, kind: RequestKind, value: str = "", name: str = "q1", source: str = "crm:main") -> Answered:
    answer: Answered = await talk.handle.execute_update(
        m.UPDATE_CHANGE, wish(kind, value, name, source), id=f"change:{name}", result_type=Answered
    )
    return answer


async def told(talk: Talk, name: str = "q1", status: RequestStatus = RequestStatus.ACCEPTED) -> str:
    """The sentence, once the request has this status in the books."""
    while True:
        state = await talk.rig.stores.changes.one(talk.answer.return_id, name)
        if state is not None and state.status is status:
            return state.sentence
        await asyncio.sleep(0.02)


async def confirm_open(talk: Talk) -> m.Ack:
    quote = (await talk.snapshot()).quote
    assert quote is not None
    return await talk.say(m.UPDATE_CONFIRM, m.Confirm(talk.key(), quote.digest, quote.total))


async def through(talk: Talk) -> Talk:
    await talk.receive()
    await talk.inspect()
    return talk


async def test_a_reason_before_confirmation_is_quoted_anew_and_the_old_digest_is_refused(rig: Rig) -> None:
    rig.policy = replace(rig.policy, restocking_fee=FEE)
    talk = await rig.start()
    assert talk.answer.quote is not None
    assert str(talk.answer.quote.total) == "10.71 EUR"
    answer = await ask(talk, RequestKind.REASON, "Defective")
    assert answer.status is RequestStatus.ACCEPTED
    assert "quotes 11.90 EUR now instead of 10.71 EUR" in answer.sentence
    snap = await talk.snapshot()
    assert snap.quote is not None
    assert (snap.quote.revision, snap.lines[0].reason, snap.stage) == (2, Reason.DEFECTIVE, Stage.QUOTED)
    old = talk.answer.quote
    said = await talk.refusal(m.UPDATE_CONFIRM, m.Confirm("old", old.digest, old.total))
    assert said == f"bad_input: digest: the open quote is {snap.quote.digest}; confirm the one that was shown"
    assert list(rig.world.authorizations.values()) == ["cancelled", "pending"]
    await confirm_open(talk)
    await talk.at(Stage.AWAITING_GOODS)
    end = await (await through(talk)).end()
    assert end.payout is not None
    assert str(end.agreed) == str(end.credited) == str(end.payout.total) == "11.90 EUR"
    assert end.matched
    assert rig.notices(talk)[0] == "quote_changed"
    assert len(rig.world.memos) == 1


async def test_a_reason_that_changes_no_number_leaves_the_quote_as_it_was_shown(rig: Rig) -> None:
    talk = await rig.start()
    answer = await ask(talk, RequestKind.REASON, Reason.TOO_SMALL)
    assert answer.sentence == "the reason is too_small now; the quote of 11.90 EUR stands"
    await talk.authorized()
    assert len(rig.world.asks) == 1
    assert [line.reason for line in next(iter(rig.world.opened.values())).lines] == [Reason.TOO_SMALL]


async def test_while_the_erp_cannot_quote_anew_the_request_is_pending_and_the_old_quote_not_confirmed(rig: Rig) -> None:
    rig.policy = replace(rig.policy, restocking_fee=FEE)
    talk = await rig.start()
    rig.world.fail("quote", Permanent("erp", "quote", "no such customer"), times=1)
    asked = asyncio.create_task(ask(talk, RequestKind.REASON, Reason.DEFECTIVE))
    await talk.held("erp_cannot_quote")
    quote = talk.answer.quote
    assert quote is not None
    said = await talk.refusal(m.UPDATE_CONFIRM, m.Confirm("k", quote.digest, quote.total))
    assert said.endswith("the ERP is quoting anew; confirm the new quote when it is shown")
    await talk.skip(timedelta(seconds=11))
    assert (await asked).status is RequestStatus.PENDING
    await talk.resolve("retry")
    assert "quotes 11.90 EUR now" in await told(talk)
    await confirm_open(talk)


async def test_a_new_quote_that_is_not_our_reversal_is_finance_s_to_accept_before_anybody_sees_it(rig: Rig) -> None:
    rig.policy = replace(rig.policy, restocking_fee=FEE)
    talk = await rig.start()
    rig.world.skew_quote = a_euro_less
    asked = asyncio.create_task(ask(talk, RequestKind.REASON, Reason.DEFECTIVE))
    snap = await talk.held("quote_differs")
    assert snap.quote == talk.answer.quote
    await talk.resolve("retry")
    await talk.until(lambda now: [hold.hold_id for hold in now.holds] == ["H2"])
    await talk.resolve("accept_erp")
    assert "quotes 10.90 EUR now" in (await asked).sentence
    await confirm_open(talk)
    await talk.at(Stage.AWAITING_GOODS)
    end = await (await through(talk)).end()
    assert (str(end.credited), end.matched) == ("10.90 EUR", True)


async def test_a_reason_after_confirmation_is_quoted_with_the_verdict_and_a_lower_credit_is_asked_about(
    rig: Rig,
) -> None:
    rig.policy = replace(rig.policy, restocking_fee=FEE)
    talk = await (await rig.start(lines=(replace_reason(Reason.DEFECTIVE),))).authorized()
    answer = await ask(talk, RequestKind.REASON, Reason.CHANGED_MIND)
    assert answer.status is RequestStatus.ACCEPTED
    assert "if it falls below 11.90 EUR the customer is asked first" in answer.sentence
    await through(talk)
    snap = await talk.at(Stage.AWAITING_CONSENT)
    assert snap.quote is not None
    assert (str(snap.quote.total), str(snap.agreed)) == ("10.71 EUR", "11.90 EUR")
    assert rig.world.memos == {}
    await talk.until(lambda _: "consent_anew" in rig.notices(talk))
    await talk.say(m.UPDATE_CONSENT, m.Consent(talk.key(), "accept", snap.quote.digest))
    end = await talk.end()
    assert (str(end.credited), end.matched) == ("10.71 EUR", True)


async def test_a_reason_that_raises_the_credit_asks_nobody(rig: Rig) -> None:
    rig.policy = replace(rig.policy, restocking_fee=FEE)
    talk = await (await rig.start()).authorized()
    await ask(talk, RequestKind.REASON, Reason.DAMAGED)
    end = await (await through(talk)).end()
    assert (str(end.credited), str(end.agreed), end.matched) == ("11.90 EUR", "11.90 EUR", True)
    assert "consent_anew" not in rig.notices(talk)


async def test_a_reason_while_the_customer_is_asked_makes_another_question_of_it(rig: Rig) -> None:
    rig.policy = replace(rig.policy, restocking_fee=FEE)
    talk = await (await rig.start(lines=(replace_reason(Reason.DEFECTIVE),))).authorized()
    await talk.receive()
    await talk.inspect(HALF)
    first = await talk.at(Stage.AWAITING_CONSENT)
    await ask(talk, RequestKind.REASON, Reason.CHANGED_MIND)
    second = await talk.until(lambda snap: snap.quote is not None and snap.quote.revision == 3)
    assert first.quote is not None
    assert second.quote is not None
    assert (str(first.quote.total), str(second.quote.total)) == ("5.95 EUR", "5.35 EUR")
    said = await talk.refusal(m.UPDATE_CONSENT, m.Consent("k", "accept", first.quote.digest))
    assert "answer the one that was shown" in said
    await talk.say(m.UPDATE_CONSENT, m.Consent(talk.key(), "accept", second.quote.digest))
    assert str((await talk.end()).credited) == "5.35 EUR"


async def test_a_reason_the_rules_want_looked_at_is_support_s_to_decide(rig: Rig) -> None:
    order = rig.world.orders["5001"]
    rig.world.orders["5001"] = replace(order, delivered_at=datetime.now(UTC) - timedelta(days=35))
    talk = await rig.start()
    await talk.resolve("accept")
    await talk.at(Stage.QUOTED)
    for name, choice, status in (("q1", "refuse", RequestStatus.REFUSED), ("q2", "accept", RequestStatus.ACCEPTED)):
        pending = await ask(talk, RequestKind.REASON, Reason.DAMAGED, name)
        assert pending.status is RequestStatus.PENDING
        assert "support decides whether the reason becomes damaged: warranty_unknown" in pending.sentence
        assert (await talk.held("reason_review")).holds[0].owner is Owner.SUPPORT
        await talk.resolve(choice)
        sentence = await told(talk, name, status)
    assert sentence == "support agrees: the reason is damaged now; the quote of 11.90 EUR stands"
    assert (await talk.snapshot()).lines[0].reason is Reason.DAMAGED


async def test_a_granted_part_the_policy_lets_go_is_quoted_as_kept(rig: Rig) -> None:
    rig.policy = replace(rig.policy, keep_item_below={"EUR": "9.00"})
    talk = await rig.start()
    await ask(talk, RequestKind.PARTIAL_REFUND, "8.00 EUR")
    await talk.resolve("grant", "cheaper than the way back")
    await told(talk)
    await confirm_open(talk)
    end = await talk.end()
    assert (end.keep_item, str(end.credited), end.matched, end.stock) == (True, "8.00 EUR", True, ())


async def test_a_granted_part_before_confirmation_is_what_the_customer_confirms_and_gets(rig: Rig) -> None:
    talk = await rig.start()
    pending = await ask(talk, RequestKind.PARTIAL_REFUND, "8.00 EUR")
    assert pending.status is RequestStatus.PENDING
    assert pending.sentence == "finance decides whether 8.00 EUR are refunded instead of 11.90 EUR"
    snap = await talk.held("partial_refund")
    hold = snap.holds[0]
    said = await talk.refusal(m.UPDATE_RESOLVE, m.Resolve("k", hold.hold_id, "grant", "", ""))
    assert "say by whom, and why a part is refunded instead of the whole" in said
    await talk.resolve("grant", "worn at the rim")
    assert "the ERP quotes 8.00 EUR now instead of 11.90 EUR" in await told(talk)
    await confirm_open(talk)
    await talk.at(Stage.AWAITING_GOODS)
    end = await (await through(talk)).end()
    assert end.payout is not None
    assert str(end.agreed) == str(end.credited) == str(end.payout.total) == "8.00 EUR"
    assert end.matched
    (line,) = [line for line in end.memo_lines if line.line_id == PARTIAL_REFUND]
    assert line.total == -390
    (hand,) = end.by_hand
    assert (hand.what, hand.by, hand.note, str(hand.amount)) == ("grant", "tester", "worn at the rim", "-3.90 EUR")


async def test_a_granted_part_after_confirmation_is_credited_without_asking_the_customer_again(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await ask(talk, RequestKind.PARTIAL_REFUND, "8.00 EUR")
    await talk.resolve("grant", "agreed on the telephone")
    assert "finance grants 8.00 EUR instead of 11.90 EUR" in await told(talk)
    assert not (await talk.snapshot()).keep_item
    assert (await ask(talk, RequestKind.PARTIAL_REFUND, "8.00 EUR", "again")).status is RequestStatus.ACCEPTED
    more = await ask(talk, RequestKind.PARTIAL_REFUND, "8.01 EUR", "more")
    assert (more.status, more.sentence) == (RequestStatus.REFUSED, "the most that is credited is 8.00 EUR")
    end = await (await through(talk)).end()
    assert end.quote is not None
    assert str(end.agreed) == str(end.credited) == str(end.quote.total) == "8.00 EUR"
    assert end.matched
    assert "consent" not in rig.notices(talk)


async def test_a_grant_never_gives_more_than_the_verdict_leaves(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await ask(talk, RequestKind.PARTIAL_REFUND, "8.00 EUR")
    await talk.resolve("grant", "agreed")
    await told(talk)
    await talk.receive()
    await talk.inspect(HALF)
    snap = await talk.at(Stage.AWAITING_CONSENT)
    assert snap.quote is not None
    assert (str(snap.quote.total), str(snap.agreed)) == ("5.95 EUR", "8.00 EUR")


async def test_the_goods_of_a_granted_part_stay_with_the_customer_only_where_the_policy_leaves_them(rig: Rig) -> None:
    rig.policy = replace(rig.policy, keep_item_below={"EUR": "9.00"})
    talk = await (await rig.start()).authorized()
    await ask(talk, RequestKind.PARTIAL_REFUND, "8.00 EUR")
    await talk.resolve("grant", "cheaper than the way back")
    end = await talk.end()
    assert (end.stage, end.keep_item, str(end.credited), end.matched) == (Stage.CLOSED, True, "8.00 EUR", True)
    assert rig.world.receipts == {}
    assert end.stock == ()
    assert "kept" in rig.notices(talk)


async def test_goods_on_their_way_do_not_stay_with_the_customer(rig: Rig) -> None:
    rig.policy = replace(rig.policy, keep_item_below={"EUR": "9.00"})
    talk = await (await rig.start()).authorized()
    await talk.handle.signal(m.SIGNAL_TRACKING, m.Tracking("DHL-1"))
    await ask(talk, RequestKind.PARTIAL_REFUND, "8.00 EUR")
    await talk.resolve("grant", "worn")
    await told(talk)
    end = await (await through(talk)).end()
    assert (end.keep_item, str(end.credited)) == (False, "8.00 EUR")


async def test_a_declined_part_is_refused_and_the_whole_is_credited(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await ask(talk, RequestKind.PARTIAL_REFUND, "8.00 EUR")
    await talk.resolve("decline")
    assert await told(talk, status=RequestStatus.REFUSED) == "finance decided against it"
    end = await (await through(talk)).end()
    assert (str(end.credited), end.by_hand) == ("11.90 EUR", ())


async def test_nothing_posts_while_finance_decides_how_much(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await ask(talk, RequestKind.PARTIAL_REFUND, "8.00 EUR")
    await through(talk)
    await talk.until(lambda snap: snap.waiting_for == "a decision on a change that was asked for")
    assert rig.world.memos == {}
    await talk.resolve("grant", "agreed")
    assert str((await talk.end()).credited) == "8.00 EUR"


async def test_a_part_granted_after_the_verdict_is_quoted_before_anything_posts(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await talk.say(m.UPDATE_RECEIVE, m.Receipt("P1", (m.ReceiptLine(3, "70011"), m.ReceiptLine(1, sku="BOOT"))))
    await talk.inspect()
    await talk.held("unexpected_goods")
    assert (await talk.snapshot()).stage is Stage.INSPECTED
    await ask(talk, RequestKind.PARTIAL_REFUND, "8.00 EUR")
    await talk.resolve("send_back")
    snap = await talk.until(lambda snap: [hold.reason for hold in snap.holds] == ["partial_refund"])
    assert (snap.stage, rig.world.memos) == (Stage.INSPECTED, {})
    await talk.resolve("grant", "scratched")
    end = await talk.end()
    assert end.quote is not None
    assert str(end.agreed) == str(end.credited) == str(end.quote.total) == "8.00 EUR"


@pytest.mark.parametrize("seed", [0, 4, 11])
async def test_whatever_is_asked_and_decided_money_follows_a_quote_or_a_person(rig: Rig, seed: int) -> None:
    chance = random.Random(seed)
    rig.policy = replace(rig.policy, restocking_fee=FEE)
    talk = await rig.start()
    kinds = [(RequestKind.REASON, str(reason)) for reason in (Reason.CHANGED_MIND, Reason.DEFECTIVE, "none")]
    kinds += [(RequestKind.PARTIAL_REFUND, text) for text in ("8.00 EUR", "5.01 EUR", "99 EUR")]

    async def some(how_many: int) -> None:
        asked = [chance.choice(kinds) for _ in range(how_many)]
        await asyncio.gather(*(ask(talk, kind, value, uuid.uuid4().hex) for kind, value in asked))
        for hold in (await talk.snapshot()).holds:
            choice = chance.choice(("grant", "grant", "decline"))
            await talk.say(m.UPDATE_RESOLVE, m.Resolve(talk.key(), hold.hold_id, choice, "tester", "so be it"))

    await some(3)
    while (await talk.snapshot()).stage is Stage.QUOTED:
        with suppress(WorkflowUpdateFailedError):
            await confirm_open(talk)
    await talk.at(Stage.AWAITING_GOODS)
    await some(2)
    await talk.receive()
    await some(2)
    await talk.inspect()
    answered = await talk.until(lambda snap: snap.stage in (Stage.AWAITING_CONSENT, Stage.CLOSED))
    while answered.stage is Stage.AWAITING_CONSENT:
        assert answered.quote is not None
        await talk.say(m.UPDATE_CONSENT, m.Consent(talk.key(), "accept", answered.quote.digest))
        answered = await talk.until(lambda snap: snap.stage in (Stage.AWAITING_CONSENT, Stage.CLOSED))
    end = await talk.end()
    assert end.quote is not None
    assert end.payout is not None
    assert end.matched
    assert end.quote.total == end.agreed == end.credited == end.payout.total
    granted = [hand.detail for hand in end.by_hand if hand.what == "grant"]
    least = {"8.00": 800, "5.01": 501}
    most = min([1190, *(least[detail.split()[4]] for detail in granted)])
    fee = end.lines[0].reason is Reason.CHANGED_MIND
    assert end.quote.total.minor == min(most, 1071 if fee else 1190)
    assert all(not state.pending for state in await rig.stores.changes.of(talk.answer.return_id))


async def test_a_part_is_asked_about_once_at_a_time_and_forgotten_when_the_return_is_withdrawn(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await ask(talk, RequestKind.PARTIAL_REFUND, "8.00 EUR")
    second = await ask(talk, RequestKind.PARTIAL_REFUND, "7.00 EUR", "q2")
    assert second.status is RequestStatus.REFUSED
    assert "another partial refund" in second.sentence
    await talk.say(m.UPDATE_WITHDRAW, m.Withdraw(talk.key()))
    end = await talk.end()
    assert (end.stage, end.holds) == (Stage.WITHDRAWN, ())
    assert (await told(talk, status=RequestStatus.REFUSED)).endswith("how much is refunded cannot change any more")


async def test_a_cancellation_takes_the_return_back_and_a_second_one_finds_it_taken_back(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    answers = await asyncio.gather(
        ask(talk, RequestKind.CANCELLATION), ask(talk, RequestKind.CANCELLATION, name="q2", source="cli")
    )
    assert {answer.status for answer in answers} == {RequestStatus.ACCEPTED}
    assert (await talk.end()).stage is Stage.WITHDRAWN
    assert rig.world.authorizations[f"rma:{talk.answer.return_id}"] == "cancelled"


async def test_a_note_is_with_the_return_at_any_stage_and_its_text_nowhere(rig: Rig) -> None:
    talk = await rig.start()
    assert (await ask(talk, RequestKind.NOTE)).status is RequestStatus.ACCEPTED
    timeline = await rig.stores.returns.timeline(talk.answer.return_id)
    assert [event.text for event in timeline if event.kind == "change_accepted"] == [
        "note: the note is with the return"
    ]


async def test_every_answer_is_shown_in_the_crm_and_an_org_sees_its_own(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await ask(talk, RequestKind.REASON, "because", "mine")
    await ask(talk, RequestKind.NOTE, "", "theirs", "crm:other")
    await talk.until(lambda snap: rig.world.crm[talk.answer.return_id].version >= snap.version)
    shown = rig.world.crm[talk.answer.return_id]
    assert shown.answer is not None
    assert (shown.answer.ref, shown.answer.status) == ("mine", "refused")
    assert "known are changed_mind, too_small" in shown.answer.sentence


async def test_the_same_request_twice_is_one_with_one_answer(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    first = await ask(talk, RequestKind.REASON, Reason.STYLE)
    again: Answered = await talk.handle.execute_update(
        m.UPDATE_CHANGE, wish(RequestKind.REASON, Reason.STYLE), id="told-again", result_type=Answered
    )
    assert again == first
    assert len(await rig.stores.changes.of(talk.answer.return_id)) == 1


async def test_what_is_asked_before_the_quote_is_taken_up_with_it(rig: Rig) -> None:
    order = rig.world.orders["5001"]
    rig.world.orders["5001"] = replace(order, delivered_at=datetime.now(UTC) - timedelta(days=35))
    talk = await rig.start()
    assert talk.answer.decision == "review"
    pending = await ask(talk, RequestKind.REASON, Reason.STYLE)
    assert (pending.status, pending.sentence) == (RequestStatus.PENDING, "it is taken up when the return is quoted")
    other = await ask(talk, RequestKind.PARTIAL_REFUND, "8.00 EUR", "q2")
    assert other.status is RequestStatus.PENDING
    await talk.resolve("refuse")
    assert (await talk.end()).stage is Stage.REFUSED
    assert "the return was refused" in await told(talk, status=RequestStatus.REFUSED)
    assert "the return was refused" in await told(talk, "q2", RequestStatus.REFUSED)


async def test_a_confirmation_and_a_request_at_once_end_in_one_number(rig: Rig) -> None:
    rig.policy = replace(rig.policy, restocking_fee=FEE)
    talk = await rig.start()

    async def confirm() -> None:
        try:
            await talk.confirm()
        except Exception:
            await told(talk)
            await confirm_open(talk)

    await asyncio.gather(confirm(), ask(talk, RequestKind.REASON, Reason.DEFECTIVE))
    await talk.at(Stage.AWAITING_GOODS)
    end = await (await through(talk)).end()
    assert end.payout is not None
    assert (str(end.credited), str(end.payout.total), end.matched) == ("11.90 EUR", "11.90 EUR", True)


async def test_a_withdrawal_and_a_request_at_once_both_get_an_answer(rig: Rig) -> None:
    rig.policy = replace(rig.policy, restocking_fee=FEE)
    talk = await rig.start()
    answer, _ = await asyncio.gather(
        ask(talk, RequestKind.REASON, Reason.DEFECTIVE), talk.say(m.UPDATE_WITHDRAW, m.Withdraw("w"))
    )
    assert (await talk.end()).stage is Stage.WITHDRAWN
    assert answer.status in (RequestStatus.ACCEPTED, RequestStatus.REFUSED)
    assert set(rig.world.authorizations.values()) == {"cancelled"}
    (state,) = await rig.stores.changes.of(talk.answer.return_id)
    assert not state.pending


async def test_while_the_credit_posts_everything_but_a_note_is_refused(rig: Rig) -> None:
    rig.world.fail("post_credit", Permanent("erp", "post", "no"), times=1)
    talk = await through(await (await rig.start()).authorized())
    await talk.held("credit_refused")
    for kind, value in (
        (RequestKind.REASON, "style"),
        (RequestKind.PARTIAL_REFUND, "8 EUR"),
        (RequestKind.CANCELLATION, ""),
    ):
        answer = await ask(talk, kind, value, f"late-{kind}")
        assert answer.status is RequestStatus.REFUSED
        assert answer.sentence.startswith("the credit is being posted; ")
    assert (await ask(talk, RequestKind.NOTE, name="late-note")).status is RequestStatus.ACCEPTED
    await talk.resolve("retry")
    assert str((await talk.end()).credited) == "11.90 EUR"


def a_euro_less(credit: ErpCredit) -> ErpCredit:
    line = replace(credit.lines[0], net=credit.lines[0].net - 100)
    return replace(credit, lines=(line, *credit.lines[1:]), total=Money(credit.total.minor - 100, "EUR"))


def replace_reason(reason: Reason) -> RequestedLine:
    return RequestedLine("70011", 3, reason)
