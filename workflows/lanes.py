"""Lanes to the outside that never hold up the money: one per CRM org, one for the customer's notices.

A lane follows the case: it sends the newest recorded state, again when that has changed meanwhile, and when its
patience ends it parks what is owed as a dead letter. It catches all its own errors; a lane cannot fail a return.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.crm import CrmActivities, Park, Publish
    from activities.notify import NOTICE_LANE, Notice, NotifyActivities
    from adapters.crm.spending import Priority as Purpose
    from domain import ids
    from domain.returns import CrmState

from workflows.calls import HEARTBEAT, ahead, failure, retries
from workflows.case import Case


class CrmLane:
    """Keeps one CRM org at the newest recorded version that changed something a CRM shows."""

    def __init__(self, case: Case, org: str) -> None:
        self._case, self.org = case, org
        # The version the CRM shows, and the one that was last dealt with: shown, or given up for now.
        self.shown = 0
        self.settled = 0

    @property
    def idle(self) -> bool:
        return self.settled >= self._case.visible

    async def run(self) -> None:
        while True:
            await workflow.wait_condition(lambda: self._case.recorded >= self._case.visible > self.settled)
            target = self._case.recorded
            try:
                version: int = await workflow.execute_activity_method(
                    CrmActivities.publish,
                    Publish(self._case.snap.return_id, self.org),
                    task_queue=queues.crm(self.org),
                    start_to_close_timeout=timedelta(seconds=60),
                    heartbeat_timeout=HEARTBEAT,
                    schedule_to_close_timeout=timedelta(seconds=self._case.policy.crm_patience),
                    retry_policy=retries(self._case.policy),
                    summary=f"show the newest state in {self.org}",
                    priority=ahead(Purpose.LIVE),
                )
                self.settled = max(version, target)
                # 0: it is not to be shown there, so the CRM shows what it showed before.
                self.shown = self.settled if version else self.shown
                parked = False
            except ActivityError as error:
                await park(self._case.snap.return_id, ids.crm_lane(self.org), failure(error)[1])
                self.settled, parked = target, True
            self._mark(parked)

    def _mark(self, parked: bool) -> None:
        """Tell the snapshot, without a new version: what a CRM shows is not a move of the return."""
        mine = CrmState(self.org, self.shown, parked)
        others = tuple(state for state in self._case.snap.crm if state.org != self.org)
        self._case.snap = replace(self._case.snap, crm=(*others, mine))


class NoticeLane:
    """Sends owed notices one after the other."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._busy = False

    @property
    def idle(self) -> bool:
        return not self._busy and not self._case.notices

    async def run(self) -> None:
        while True:
            await workflow.wait_condition(
                lambda: bool(self._case.notices) and self._case.recorded >= self._case.notices[0][0]
            )
            _, subject = self._case.notices.pop(0)
            self._busy = True
            try:
                await workflow.execute_activity_method(
                    NotifyActivities.notify,
                    Notice(self._case.snap.return_id, subject),
                    task_queue=queues.HUB,
                    start_to_close_timeout=timedelta(seconds=30),
                    heartbeat_timeout=HEARTBEAT,
                    schedule_to_close_timeout=timedelta(seconds=self._case.policy.crm_patience),
                    retry_policy=retries(self._case.policy),
                    summary=f"tell the customer: {subject}",
                )
            except ActivityError as error:
                await park(self._case.snap.return_id, NOTICE_LANE, failure(error)[1])
            self._busy = False


async def park(return_id: str, lane: str, reason: str) -> None:
    """Make it a dead letter. PostgreSQL is ours: this is retried until it is there."""
    await workflow.execute_activity_method(
        CrmActivities.park,
        Park(return_id, lane, reason),
        task_queue=queues.HUB,
        start_to_close_timeout=timedelta(seconds=30),
        retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
        summary=f"dead letter in {lane}",
    )
