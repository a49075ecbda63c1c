"""The same click twice is one return and one answer, also long after it closed."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from domain.returns import Stage
from tests.workflows.harness import Rig
from workflows import messages as m

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_same_click_twice_at_once_is_one_return(rig: Rig) -> None:
    first, second = await asyncio.gather(rig.start(), rig.start())
    assert first.answer == second.answer
    assert rig.world.calls.count("quote") == 1


async def test_the_same_click_after_the_return_closed_gets_the_same_answer(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.inspect()
    assert (await talk.end()).stage is Stage.CLOSED
    calls = list(rig.world.calls)
    again = await rig.start()
    assert again.answer == talk.answer
    assert rig.world.calls == calls, "nothing is done twice"


async def test_another_click_on_a_closed_return_does_not_start_it_again(rig: Rig) -> None:
    talk = await rig.start()
    await talk.say(m.UPDATE_WITHDRAW, m.Withdraw(talk.key()))
    await talk.end()
    with pytest.raises((WorkflowAlreadyStartedError, RPCError)):
        await rig.start(update_key="click-9")


async def test_another_look_at_an_open_request_gets_the_open_quote(rig: Rig) -> None:
    talk = await rig.start()
    again = await rig.start(update_key="click-9")
    assert again.answer.quote == talk.answer.quote


async def test_a_message_repeated_under_its_key_is_taken_once_also_after_closing(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    parcel = m.Receipt("P1", (m.ReceiptLine(3, "70011"),))
    first = await talk.handle.execute_update(m.UPDATE_RECEIVE, parcel, id="scan-1", result_type=m.Ack)
    await talk.inspect()
    await talk.end()
    again = await talk.handle.execute_update(m.UPDATE_RECEIVE, parcel, id="scan-1", result_type=m.Ack)
    assert first == again


async def test_each_of_the_three_notices_is_sent_exactly_once(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.inspect()
    await talk.end()
    await rig.start()
    assert rig.notices(talk) == ["confirmation", "inspection", "financial_posting"]
