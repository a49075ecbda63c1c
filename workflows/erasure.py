"""Erases a person, once nothing of theirs is open: our books, what the CRMs show, the engine's histories.

One workflow per request. It knows ids only; who is meant stands in the books. The books go first: from then on nothing
of the person can be shown, sent or taken in again, so what follows is not overtaken by anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.erasure import HISTORIES, ErasureActivities, InCrm, Looked, Refused
    from adapters.crm.spending import Priority as Purpose
    from domain import ids

from workflows.calls import HEARTBEAT, failure

SIGNAL_LOOK = "look"
# A return that has just ended still tells the CRMs of it; others last weeks. So it looks again soon, then ever later.
# Who knows more, or takes the request back, has it look at once.
_SOON, _SELDOM = timedelta(seconds=1), timedelta(hours=6)
_DOUBLED, _LOOKS = 15, 200
_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=10))
_LATER = Priority(priority_key=int(Purpose.RECONCILE))


@dataclass(frozen=True, slots=True)
class Erase:
    """`patience` in seconds: so long a CRM, or the engine, that says "not now" is asked again."""

    request_id: str
    orgs: tuple[str, ...]
    patience: int = 7 * 86_400


@workflow.defn
class ErasePerson:
    def __init__(self) -> None:
        self._look = False

    @workflow.run
    async def run(self, ask: Erase) -> str:
        """How it ended: done, incomplete, or over when the request was withdrawn."""
        for look in range(_LOOKS):
            self._look = False
            looked: Looked = await self._do(ErasureActivities.look_at_person, ask.request_id)
            if looked.over:
                return "over"
            if not looked.open:
                return await self._erase(ask)
            try:
                await workflow.wait_condition(lambda: self._look, timeout=_pause(look))
            except TimeoutError:
                continue
        workflow.continue_as_new(ask)

    @workflow.signal(name=SIGNAL_LOOK)
    def look(self) -> None:
        self._look = True

    async def _erase(self, ask: Erase) -> str:
        await self._do(ErasureActivities.erase_in_books, ask.request_id)
        patience = timedelta(seconds=ask.patience)
        await asyncio.gather(
            *(self._part(ask, ids.crm_lane(org), ErasureActivities.erase_in_crm, InCrm(ask.request_id, org),
                         queues.crm(org), patience) for org in ask.orgs),
            self._part(ask, HISTORIES, ErasureActivities.erase_histories, ask.request_id, queues.HUB, patience),
        )  # fmt: skip
        state: str = await self._do(ErasureActivities.conclude_erasure, ask.request_id)
        return state

    async def _part(
        self, ask: Erase, part: str, act: Callable[..., Any], given: Any, queue: str, patience: timedelta
    ) -> None:
        """What cannot be erased is written down for the person who has to mend it; it holds up no other part."""
        try:
            await self._do(act, given, queue, patience)
        except ActivityError as error:
            why = failure(error)[1]
            await self._do(ErasureActivities.give_up_part, Refused(ask.request_id, part, why))

    async def _do(
        self, act: Callable[..., Any], given: Any, queue: str = queues.HUB, patience: timedelta | None = None
    ) -> Any:
        return await workflow.execute_activity_method(
            act,
            given,
            task_queue=queue,
            start_to_close_timeout=timedelta(seconds=120),
            heartbeat_timeout=HEARTBEAT,
            schedule_to_close_timeout=patience,
            retry_policy=_RETRY,
            priority=_LATER,
        )


def _pause(looks: int) -> timedelta:
    doubled: int = 2 ** min(looks, _DOUBLED)
    return min(_SOON * doubled, _SELDOM)
