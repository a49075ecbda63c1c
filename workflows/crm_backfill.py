"""Fills one CRM org with returns it was never told of: portion by portion, paused, resumed and cancelled by signal.

One per org. It keeps no return: how far it is stands in PostgreSQL and in its own counts. What a portion cannot be told
for (a sign-in that is refused, a licence that ended) pauses it with the reason; rows that are refused are dead letters,
and a backfill with one of these ends as failed, however green the CRM's own job was.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.crm_backfill import BackfillActivities, Begin, Load, Loaded, Mark, Told, Whole
    from adapters.crm.spending import Priority as Purpose

from workflows.calls import HEARTBEAT, failure

# The queue is shared with the live status of returns, which goes first.
_LAST = Priority(priority_key=int(Purpose.BACKFILL))
_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Progress:
    state: str = "running"
    backfill_id: str = ""
    total: int = 0
    shown: int = 0
    newer: int = 0
    refused: int = 0
    after: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fill:
    """`most` returns in a portion, `portions` in one history. `so_far` is where a former history of it ended, and
    `paused` why it was then paused, if it was."""

    whole: Whole
    most: int = 2000
    portions: int = 200
    so_far: Progress = field(default_factory=Progress)
    paused: str = ""


@workflow.defn
class CrmBackfill:
    def __init__(self) -> None:
        self._now = Progress()
        self._paused = self._cancelled = False
        self._why = ""

    @workflow.run
    async def run(self, ask: Fill) -> Progress:
        self._now = ask.so_far
        if ask.paused:
            self._paused, self._why = True, ask.paused
        if not self._now.backfill_id:
            await self._begin(ask)
        for _ in range(ask.portions):
            await self._wait_while_paused(ask.whole.org)
            if self._cancelled:
                return await self._end(ask.whole.org, "cancelled")
            if not await self._portion(ask):
                return await self._end(ask.whole.org, "failed" if self._now.refused else "done")
        if self._cancelled:
            return await self._end(ask.whole.org, "cancelled")
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(replace(ask, so_far=self._now, paused=self._why if self._paused else ""))

    @workflow.signal
    def pause(self) -> None:
        self._paused, self._why = True, "paused by hand"

    @workflow.signal
    def resume(self) -> None:
        self._paused = False

    @workflow.signal
    def cancel(self) -> None:
        self._cancelled = True

    @workflow.query
    def progress(self) -> Progress:
        return self._now

    async def _begin(self, ask: Fill) -> None:
        told: Told = await self._do(BackfillActivities.forecast_backfill, ask.whole, ask.whole.org)
        self._now = replace(self._now, backfill_id=workflow.info().run_id, total=told.returns)
        begin = Begin(self._now.backfill_id, ask.whole, told.returns)
        await self._do(BackfillActivities.begin_backfill, begin, ask.whole.org)

    async def _portion(self, ask: Fill) -> bool:
        """False when none was left."""
        load = Load(self._now.backfill_id, ask.whole, self._now.after, ask.most)
        under_way = asyncio.ensure_future(self._do(BackfillActivities.load_portion, load, ask.whole.org))
        # A portion that waits for an org which is away must not keep somebody from giving up.
        await workflow.wait_condition(lambda: under_way.done() or self._cancelled)
        if not under_way.done():
            under_way.cancel()
        try:
            done: Loaded = await under_way
        except ActivityError as error:
            if not is_cancelled_exception(error):
                self._paused, self._why = True, failure(error)[1]
            return True
        except asyncio.CancelledError:
            return True
        if done.last is None:
            return False
        self._now = replace(
            self._now,
            shown=self._now.shown + done.shown,
            newer=self._now.newer + done.newer,
            refused=self._now.refused + done.refused,
            after=done.last,
        )
        return True

    async def _wait_while_paused(self, org: str) -> None:
        if not self._paused or self._cancelled:
            return
        await self._mark(org, "paused", self._why)
        await workflow.wait_condition(lambda: not self._paused or self._cancelled)
        if not self._cancelled:
            await self._mark(org, "running")

    async def _end(self, org: str, state: str) -> Progress:
        await self._mark(org, state)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._now

    async def _mark(self, org: str, state: str, reason: str = "") -> None:
        self._now = replace(self._now, state=state, reason=reason)
        await self._do(BackfillActivities.mark_backfill, Mark(self._now.backfill_id, state, reason), org)

    async def _do(self, act: Any, ask: Any, org: str) -> Any:
        return await workflow.execute_activity_method(
            act,
            ask,
            task_queue=queues.crm(org),
            # A job of the CRM's own may take long; a worker that died is noticed by its heartbeat.
            start_to_close_timeout=timedelta(hours=6),
            heartbeat_timeout=HEARTBEAT,
            retry_policy=_RETRY,
            priority=_LAST,
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            summary=f"fill {org}",
        )


@workflow.defn
class CrmForecast:
    """What a backfill would take, asked by a worker: the command line needs no org's secrets."""

    @workflow.run
    async def run(self, whole: Whole) -> Told:
        told: Told = await workflow.execute_activity_method(
            BackfillActivities.forecast_backfill,
            whole,
            task_queue=queues.crm(whole.org),
            start_to_close_timeout=timedelta(seconds=60),
            heartbeat_timeout=HEARTBEAT,
            schedule_to_close_timeout=timedelta(seconds=60),
            retry_policy=_RETRY,
            priority=_LAST,
            summary=f"forecast a backfill of {whole.org}",
        )
        return told
