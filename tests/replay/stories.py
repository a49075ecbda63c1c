"""The returns whose histories are kept: what a changed workflow must still be able to finish."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from domain.inventory import Disposition
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


STORIES: dict[str, Callable[[Rig], Awaitable[Talk]]] = {
    "full_return": full_return,
    "consent_lowered": consent_lowered,
    "withdrawn": withdrawn,
    "lost": lost,
}
