"""When the CRM orgs are compared with the books by themselves: one schedule per org, as the settings say, or a person.

A schedule remembers which setting it was made under. A worker that starts changes it only when the setting is another
one by now, so what a person said since lasts until then.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from activities import queues
from domain import ids
from runtime.returns import RetryLater
from workflows.crm_reconcile import CrmReconcile, Reconcile

_DAY = timedelta(days=1)
# Orgs with the same pause are not all compared in the same minute.
_SPREAD = timedelta(minutes=30)


class Comparing:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def as_set(self, org: str, pause: timedelta | None) -> None:
        """What the settings say; None: never. Done by each worker that starts, so a repeat changes nothing."""
        wanted = _schedule(Reconcile(org, heal=True), pause, _set(pause))
        handle = self._client.get_schedule_handle(ids.reconcile_schedule_id(org))
        try:
            known = (await handle.describe()).schedule.state.note
            if known == _set(pause):
                return
            if pause is None:
                await handle.delete()
            else:
                await self._put(org, wanted)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise RetryLater(f"the engine did not answer ({error}); start again") from error
            if pause is not None:
                await self._put(org, wanted)

    async def by_hand(self, ask: Reconcile, pause: timedelta | None, setting: timedelta | None) -> None:
        """What a person says, until the setting is another one. None: not any more."""
        schedule = _schedule(ask, pause or setting, _set(setting))
        if pause is None:
            # It stays, paused: gone, the next worker would make it again.
            schedule = replace(schedule, state=replace(schedule.state, paused=True))
        await self._put(ask.org, schedule)

    async def _put(self, org: str, schedule: Schedule) -> None:
        name = ids.reconcile_schedule_id(org)
        try:
            try:
                await self._client.create_schedule(name, schedule)
            except ScheduleAlreadyRunningError:

                def anew(_: ScheduleUpdateInput) -> ScheduleUpdate:
                    return ScheduleUpdate(schedule)

                await self._client.get_schedule_handle(name).update(anew)
        except RPCError as error:
            raise RetryLater(f"the engine did not answer ({error}); ask again") from error


def _schedule(ask: Reconcile, pause: timedelta | None, note: str) -> Schedule:
    often = pause or _DAY
    return Schedule(
        action=ScheduleActionStartWorkflow(
            CrmReconcile.run, ask, id=ids.reconcile_id(ask.org), task_queue=queues.RETURNS
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=often)], jitter=min(often / 10, _SPREAD)),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP),
        state=ScheduleState(note=note),
    )


def _set(pause: timedelta | None) -> str:
    return f"made under the setting {pause or 'off'}"
