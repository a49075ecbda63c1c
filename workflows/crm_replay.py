"""Shows one return in one CRM org once more, after what kept it from there was mended.

A workflow of its own, because the return's may have ended long ago; and by the activity of its lanes, so that nothing
is shown by a second way: the newest recorded state, never over a newer one. A dead letter is over when the CRM took it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.crm import CrmActivities, Publish
    from adapters.crm.spending import Priority as Purpose

from workflows.calls import HEARTBEAT, ahead, failure


@dataclass(frozen=True, slots=True)
class Replay:
    """`patience` in seconds: so long a CRM that says "not now" is asked again. `whole`: it lost what it was shown."""

    return_id: str
    org: str
    patience: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Replayed:
    """The version the CRM shows now, or why it does not."""

    version: int = 0
    failed: str = ""


@workflow.defn
class CrmReplay:
    @workflow.run
    async def run(self, ask: Replay) -> Replayed:
        try:
            version: int = await workflow.execute_activity_method(
                CrmActivities.publish,
                Publish(ask.return_id, ask.org, anyway=True, whole=ask.whole),
                task_queue=queues.crm(ask.org),
                start_to_close_timeout=timedelta(seconds=60),
                heartbeat_timeout=HEARTBEAT,
                schedule_to_close_timeout=timedelta(seconds=ask.patience),
                retry_policy=RetryPolicy(
                    initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=10)
                ),
                summary=f"show the newest state in {ask.org} again",
                priority=ahead(Purpose.LIVE),
            )
        except ActivityError as error:
            return Replayed(failed=failure(error)[1])
        return Replayed(version)
