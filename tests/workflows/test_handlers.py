"""A message nobody can read, or that breaks a handler, fails alone: the return goes on."""

from __future__ import annotations

from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError

from domain.errors import BadInput
from domain.returns import Stage
from tests.workflows.harness import Rig
from workflows import messages as m
from workflows.answers import translated

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("update", "body"),
    [
        (m.UPDATE_CONFIRM, {"key": "k", "digest": "d", "amount": {"minor": 1, "currency": "euro"}}),
        (m.UPDATE_CONFIRM, {"key": "k", "digest": "d", "amount": {"minor": "many", "currency": "EUR"}}),
        (m.UPDATE_CONFIRM, {"key": "k"}),
        (m.UPDATE_RECEIVE, {"receipt_id": "P1", "lines": [{"quantity": 1.5, "line_id": "70011"}]}),
        (m.UPDATE_INSPECT, {"inspection_id": "I", "verdicts": [{"disposition": "eat"}]}),
        (m.UPDATE_CONSENT, []),
        ("no_such_update", {}),
    ],
)
async def test_an_unreadable_message_is_refused_and_the_return_goes_on(rig: Rig, update: str, body: Any) -> None:
    talk = await rig.start()
    with pytest.raises(WorkflowUpdateFailedError):
        await talk.handle.execute_update(update, body, id=talk.key())
    await talk.authorized()


async def test_an_unreadable_signal_is_dropped_and_the_return_goes_on(rig: Rig) -> None:
    talk = await rig.start()
    await talk.handle.signal(m.SIGNAL_TRACKING, {"no": "number"})
    await talk.authorized()
    assert (await talk.snapshot()).stage is Stage.AWAITING_GOODS


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BadInput("amount", "too much"), ("bad_input", "amount: too much")),
        (KeyError("x"), ("internal", "this message cannot be taken (KeyError); tell it_admin")),
    ],
)
async def test_any_error_of_a_handler_fails_only_its_message(error: Exception, said: tuple[str, str]) -> None:
    answer = translated(error)
    assert (answer.type, answer.message) == said
    assert answer.non_retryable
