"""When the CRM orgs are compared with the books by themselves: one schedule per org, as settings or a person say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
)

from activities import queues
from domain import ids
from runtime import schedules
from runtime.schedules import note
from workflows.crm_reconcile import CrmReconcile, Reconcile

_DAY = timedelta(days=1)
# Orgs with the same pause are not all compared in the same minute.
_SPREAD = timedelta(minutes=30)


class Comparing:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def as_set(self, org: str, pause: timedelta | None) -> None:
        """What the settings say; None: never. Done by each worker that starts, so a repeat changes nothing."""
        wanted = _schedule(Reconcile(org, heal=True), pause, note(pause))
        await schedules.as_set(self._client, ids.reconcile_schedule_id(org), wanted, pause)

    async def by_hand(self, ask: Reconcile, pause: timedelta | None, setting: timedelta | None) -> None:
        """What a person says, until the setting is another one. None: not any more."""
        schedule = _schedule(ask, pause or setting, note(setting))
        if pause is None:
            # It stays, paused: gone, the next worker would make it again.
            schedule = replace(schedule, state=replace(schedule.state, paused=True))
        await schedules.put(self._client, ids.reconcile_schedule_id(ask.org), schedule)


def _schedule(ask: Reconcile, pause: timedelta | None, made: str) -> Schedule:
    often = pause or _DAY
    return Schedule(
        action=ScheduleActionStartWorkflow(
            CrmReconcile.run, ask, id=ids.reconcile_id(ask.org), task_queue=queues.RETURNS
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=often)], jitter=min(often / 10, _SPREAD)),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP),
        state=ScheduleState(note=made),
    )
