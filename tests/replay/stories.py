"""The returns whose histories are kept: what a changed workflow must still be able to finish."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.change_request import Answered, ChangeRequest, RequestKind
from domain.inventory import Disposition
from domain.policy import Fee
from domain.returns import Stage
from domain.units import Verdict
from tests.workflows.harness import Rig, Talk
from workflows import messages as m


async def full_return(rig: Rig) -> Talk:
    talk = await (await rig.start()).authorized()
    await talk.handle.signal(m.SIGNAL_TRACKING, m.Tracking("DHL-1"))
    await talk.receive()
    await talk.inspect()
    return talk


async def consent_lowered(rig: Rig) -> Talk:
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.inspect(Verdict("70011", 3, Disposition.QUARANTINE, accepted=True, value=500_000))
    await talk.at(Stage.AWAITING_CONSENT)
    await talk.skip(timedelta(days=4))
    asked = await talk.snapshot()
    assert asked.quote is not None
    await talk.say(m.UPDATE_CONSENT, m.Consent(talk.key(), "accept", asked.quote.digest))
    return talk


async def withdrawn(rig: Rig) -> Talk:
    talk = await (await rig.start()).authorized()
    await talk.receive(2)
    await talk.say(m.UPDATE_WITHDRAW, m.Withdraw(talk.key(), "found the receipt"))
    return talk


async def lost(rig: Rig) -> Talk:
    talk = await (await rig.start()).authorized()
    await talk.say(m.UPDATE_REPORT_LOST, m.ReportLost(talk.key(), "DHL-1"))
    await talk.resolve("credit")
    return talk


async def change_accepted(rig: Rig) -> Talk:
    """A reason before confirmation, another after it; a part, granted while the goods are on their way."""
    rig.policy = replace(rig.policy, restocking_fee=Fee(percent="10", reasons=("changed_mind",)))
    talk = await rig.start()
    await ask(talk, RequestKind.REASON, "defective", "q1")
    quote = (await talk.snapshot()).quote
    assert quote is not None
    await talk.say(m.UPDATE_CONFIRM, m.Confirm(talk.key(), quote.digest, quote.total))
    await talk.at(Stage.AWAITING_GOODS)
    await ask(talk, RequestKind.REASON, "too_big", "q2")
    await ask(talk, RequestKind.PARTIAL_REFUND, "8.00 EUR", "q3")
    await talk.resolve("grant", "worn")
    await talk.receive()
    await talk.inspect()
    return talk


async def change_refused(rig: Rig) -> Talk:
    talk = await (await rig.start()).authorized()
    await ask(talk, RequestKind.REASON, "because", "q1")
    await ask(talk, RequestKind.NOTE, "", "q2")
    await talk.receive()
    await talk.inspect()
    return talk


async def change_pending(rig: Rig) -> Talk:
    """A part nobody decides on before the return is cancelled, in the same way as it was asked for."""
    talk = await (await rig.start()).authorized()
    await ask(talk, RequestKind.PARTIAL_REFUND, "8.00 EUR", "q1")
    await talk.receive()
    await talk.inspect()
    await talk.until(lambda snap: snap.waiting_for.startswith("a decision"))
    await ask(talk, RequestKind.CANCELLATION, "", "q2")
    return talk


async def second_person(rig: Rig) -> Talk:
    """A lost parcel that one person proposes to credit, and another one approves."""
    rig.policy = replace(rig.policy, second_person_above={"EUR": "5.00"})
    talk = await (await rig.start()).authorized()
    await talk.say(m.UPDATE_REPORT_LOST, m.ReportLost(talk.key(), "DHL-1"))
    await talk.held("parcel_lost")
    await talk.resolve("credit", "the carrier says so")
    await talk.say(m.UPDATE_SECOND_WORD, m.SecondWord(talk.key(), "H1", "P1", "approve", "another"))
    return talk


async def ask(talk: Talk, kind: RequestKind, value: str, name: str) -> Answered:
    request = ChangeRequest(name, kind, value, "crm:main", "005xx", datetime(2026, 11, 21, tzinfo=UTC))
    answer: Answered = await talk.handle.execute_update(m.UPDATE_CHANGE, request, id=name, result_type=Answered)
    return answer


STORIES: dict[str, Callable[[Rig], Awaitable[Talk]]] = {
    "full_return": full_return,
    "consent_lowered": consent_lowered,
    "withdrawn": withdrawn,
    "lost": lost,
    "change_accepted": change_accepted,
    "change_refused": change_refused,
    "change_pending": change_pending,
    "second_person": second_person,
}
