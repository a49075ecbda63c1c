"""Compares one CRM org with the books and, when asked to, has shown again what is ours and differs there.

One per org; a schedule or a person starts it. Healing goes the way of a replay: one workflow per return, the newest
state, never over a newer one. An enumeration that did not end concludes no absences.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError, ChildWorkflowError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.crm_inbound import InboundActivities, LookAt
    from activities.crm_reconcile import Conclude, Concluded, Open, Part, ReconcileActivities
    from adapters.crm.spending import Priority as Purpose
    from domain import ids

from workflows.calls import HEARTBEAT, failure
from workflows.crm_replay import CrmReplay, Replay, Replayed

_AT_ONCE, _LOOKED_AT = 50, 200
# The queue is shared with the live status of returns, which goes first.
_LATER = Priority(priority_key=int(Purpose.RECONCILE))
_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Reconcile:
    """`sample` returns by chance; 0 compares all both ways. At most `heal_at_most` are shown again by one run: more is
    a fault that a person looks at first. `patience` in seconds until an org that is away ends the run as incomplete.
    The last two say where a former history of this run ended."""

    org: str
    sample: int = 0
    heal: bool = False
    heal_at_most: int = 500
    patience: int = 3600
    parts: int = 500
    run_id: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Reconciled:
    run_id: str
    to_heal: int = 0
    healed: int = 0
    broken: str = ""


@workflow.defn
class CrmReconcile:
    @workflow.run
    async def run(self, ask: Reconcile) -> Reconciled:
        run_id = ask.run_id or workflow.info().run_id
        opened = Open(run_id, ask.org, ask.sample)
        broken = ""
        try:
            if not ask.run_id:
                await self._do(ask, ReconcileActivities.open_run, opened)
            if ask.sample:
                await self._do(ask, ReconcileActivities.compare_sample, opened)
            else:
                await self._compare_all(replace(ask, run_id=run_id))
        except ActivityError as error:
            broken = failure(error)[1]
        try:
            done = await self._conclude(ask, run_id, broken)
        except ActivityError as error:
            if broken:
                raise
            # The second look was not to be had: what is missing is not known, and the run says so.
            broken = failure(error)[1]
            done = await self._conclude(ask, run_id, broken)
        healed = 0
        if ask.heal and len(done.heal) + len(done.look_at) <= ask.heal_at_most:
            # What was edited there is judged first: what is shown again then leaves alone what was asked or won.
            await self._look_at(ask, done)
            healed = await self._heal(ask.org, done)
            await self._do(ask, ReconcileActivities.note_healed, run_id, healed)
        return Reconciled(run_id, len(done.heal), healed, broken)

    async def _conclude(self, ask: Reconcile, run_id: str, broken: str) -> Concluded:
        found: Concluded = await self._do(
            ask, ReconcileActivities.conclude_run, Conclude(run_id, ask.org, ask.sample, broken)
        )
        return found

    async def _compare_all(self, ask: Reconcile) -> None:
        after: str | None = ask.after
        for _ in range(ask.parts):
            after = await self._do(ask, ReconcileActivities.compare_part, Part(ask.run_id, ask.org, after or ""))
            if after is None:
                return
        workflow.continue_as_new(replace(ask, after=after or ""))

    async def _look_at(self, ask: Reconcile, done: Concluded) -> None:
        for at in range(0, len(done.look_at), _LOOKED_AT):
            some = LookAt(ask.org, done.object, done.look_at[at : at + _LOOKED_AT])
            await self._do(ask, InboundActivities.look_at, some)

    async def _heal(self, org: str, found: Concluded) -> int:
        room, lost = asyncio.Semaphore(_AT_ONCE), frozenset(found.lost)

        async def one(return_id: str) -> bool:
            async with room:
                try:
                    done: Replayed = await workflow.execute_child_workflow(
                        CrmReplay.run, Replay(return_id, org, 60, return_id in lost), id=ids.replay_id(return_id, org)
                    )
                except WorkflowAlreadyStartedError:
                    # It is being shown right now.
                    return False
                except ChildWorkflowError:
                    return False
                return not done.failed

        return sum(await asyncio.gather(*(one(return_id) for return_id in found.heal)))

    async def _do(self, ask: Reconcile, act: Any, *given: Any) -> Any:
        return await workflow.execute_activity_method(
            act,
            args=given,
            task_queue=queues.crm(ask.org),
            start_to_close_timeout=timedelta(minutes=30),
            heartbeat_timeout=HEARTBEAT,
            schedule_to_close_timeout=timedelta(seconds=ask.patience),
            retry_policy=_RETRY,
            priority=_LATER,
            summary=f"compare {ask.org} with the books",
        )
