"""Listens to one CRM org for as long as it is configured: one loop per object, and what is due is published again.

It holds nothing but what it waits for: cursors, agreements and requests are in PostgreSQL, so it may be stopped, ended
or begun anew at any time. A loop that fails waits and goes on; it holds up no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.crm import CrmActivities, Publish
    from activities.crm_inbound import InboundActivities, Listen
    from activities.listening import Heard
    from adapters.crm.spending import Priority as Purpose

from workflows.calls import HEARTBEAT, ahead, failure

SIGNAL_HINT = "hint"
SIGNAL_STOP = "stop"
QUERY_STATE = "state"

# An activity listens this long, so that a quiet CRM costs few events; a comparing part ends sooner.
_SPAN, _PART = 240.0, 60.0
_TURNS = 200
_TROUBLE = timedelta(seconds=30)
# A publication that failed is tried again after this time, or by the return's own next change.
_LATER = timedelta(minutes=10)
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Inbound:
    """`span` in seconds: how long one activity listens. After so many `turns` of a loop a new history begins."""

    org: str
    span: float = _SPAN
    turns: int = _TURNS


@dataclass(frozen=True, slots=True)
class ObjectState:
    """How one object stands: changes dealt with since this history began, why everything is being compared (empty: it
    is not), and what went wrong last."""

    changes: int = 0
    turns: int = 0
    comparing: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class InboundState:
    org: str
    objects: dict[str, ObjectState] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    """Returns whose publication failed and comes again."""


@workflow.defn
class CrmInbound:
    def __init__(self) -> None:
        self._objects: dict[str, ObjectState] = {}
        self._later: dict[str, datetime] = {}
        self._hinted = False
        self._stopped = False
        self._over = False
        self._ask = Inbound("")

    @workflow.run
    async def run(self, ask: Inbound) -> None:
        """Ends when it is told to stop."""
        self._ask = ask
        listening = asyncio.create_task(self._all())
        await workflow.wait_condition(lambda: self._stopped or self._over)
        # What is under way may end as it likes: its effects are saved before its cursor.
        self._over = True
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        if not self._stopped:
            workflow.continue_as_new(ask)

    async def _all(self) -> None:
        try:
            objects = await self._watched()
        except ActivityError:
            # No worker of the queue knows the org: it may be configured by the time a new history asks.
            if not self._over:
                await workflow.sleep(_TROUBLE)
                self._over = True
            return
        self._objects = {of: ObjectState() for of in objects}
        await asyncio.gather(self._look(objects), *(self._listen(of) for of in objects))

    @workflow.signal(name=SIGNAL_HINT)
    def hint(self) -> None:
        """Somebody says that something was changed. It is no data: it only says when to look."""
        self._hinted = True

    @workflow.signal(name=SIGNAL_STOP)
    def stop(self) -> None:
        self._stopped = True

    @workflow.query(name=QUERY_STATE)
    def state(self) -> InboundState:
        return InboundState(self._ask.org, dict(self._objects), tuple(sorted(self._later)))

    async def _watched(self) -> tuple[str, ...]:
        found: tuple[str, ...] = await workflow.execute_activity_method(
            InboundActivities.watched,
            self._ask.org,
            task_queue=queues.crm(self._ask.org),
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
            summary="which objects are listened to",
        )
        return found

    async def _listen(self, of: str) -> None:
        for _ in range(self._ask.turns):
            try:
                await self._turn(of)
            except ActivityError as error:
                if self._over:
                    return
                self._told(of, trouble=failure(error)[1])
                await workflow.sleep(_TROUBLE)
            if workflow.info().is_continue_as_new_suggested():
                break
        self._over = True

    async def _turn(self, of: str) -> None:
        heard = await self._call(InboundActivities.listen, of, self._ask.span)
        await self._publish(heard.due)
        self._told(of, heard.changes, heard.comparing)
        if heard.comparing:
            part = await self._call(InboundActivities.compare, of, _PART)
            await self._publish(part.due)
            self._told(of, part.changes, part.comparing)

    async def _look(self, objects: tuple[str, ...]) -> None:
        """Beside the loop that waits for the CRM: looking twice at once is harmless."""
        while not self._over:
            await workflow.wait_condition(lambda: self._hinted)
            self._hinted = False
            for of in objects:
                try:
                    heard = await self._call(InboundActivities.listen, of, 0.0)
                    await self._publish(heard.due)
                    self._told(of, heard.changes, heard.comparing)
                except ActivityError as error:
                    self._told(of, trouble=failure(error)[1])
            if workflow.info().is_continue_as_new_suggested():
                self._over = True

    async def _call(self, act: Callable[[InboundActivities, Listen], Awaitable[Heard]], of: str, span: float) -> Heard:
        return await workflow.execute_activity_method(
            act,
            Listen(self._ask.org, of, span, tuple(sorted(self._later))),
            task_queue=queues.crm(self._ask.org),
            start_to_close_timeout=timedelta(seconds=span) + timedelta(minutes=5),
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1)),
            summary=f"listen to {of}" if span else f"look at {of}",
            priority=ahead(Purpose.RECONCILE if act is InboundActivities.compare else Purpose.INBOUND),
        )

    async def _publish(self, due: tuple[str, ...]) -> None:
        """By the activity of the lanes, on the newest recorded state."""
        now = workflow.now()
        self._later = {key: at for key, at in self._later.items() if at > now}
        wanted = [key for key in due if key not in self._later]
        for begin in range(0, len(wanted), _AT_ONCE):
            await asyncio.gather(*(self._show(key) for key in wanted[begin : begin + _AT_ONCE]))

    async def _show(self, return_id: str) -> None:
        org = self._ask.org
        try:
            await workflow.execute_activity_method(
                CrmActivities.publish,
                Publish(return_id, org),
                task_queue=queues.crm(org),
                start_to_close_timeout=timedelta(seconds=60),
                heartbeat_timeout=HEARTBEAT,
                schedule_to_close_timeout=timedelta(minutes=2),
                retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=10)),
                summary=f"put back in {org}",
                priority=ahead(Purpose.INBOUND),
            )
        except ActivityError:
            self._later[return_id] = workflow.now() + _LATER

    def _told(self, of: str, changes: int = 0, comparing: str = "", trouble: str = "") -> None:
        known = self._objects[of]
        self._objects[of] = replace(
            known, changes=known.changes + changes, turns=known.turns + 1, comparing=comparing, trouble=trouble
        )
