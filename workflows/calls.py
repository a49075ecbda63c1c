"""One vendor call as Temporal is asked for it: how long, how often, and what is said when it did not go through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from adapters.crm.spending import Priority as Purpose
    from domain.policy import Policy

# A call whose worker died is tried again after this long; activities beat by themselves (activities/errors.py).
HEARTBEAT = timedelta(seconds=12)


async def attempt(
    act: Callable[..., Any], ask: Any, queue: str, summary: str, ends: datetime, retry: RetryPolicy
) -> Any:
    """Until it is done, surely refused, out of attempts, or `ends` (UTC) has come."""
    return await workflow.execute_activity_method(
        act,
        ask,
        task_queue=queue,
        start_to_close_timeout=timedelta(seconds=90),
        heartbeat_timeout=HEARTBEAT,
        schedule_to_close_timeout=ends - workflow.now(),
        retry_policy=retry,
        summary=summary,
    )


def retries(policy: Policy, attempts: int = 0) -> RetryPolicy:
    """`attempts` 0: until the patience ends."""
    return RetryPolicy(
        initial_interval=timedelta(milliseconds=500),
        maximum_interval=timedelta(seconds=policy.retry_at_most),
        maximum_attempts=attempts,
    )


def ahead(purpose: Purpose) -> Priority:
    """Where a call to a CRM stands in its org's queue: as it does in the org's allowance, so that what waits there is
    handed out in the order in which it may be paid."""
    return Priority(priority_key=int(purpose))


def failure(error: ActivityError) -> tuple[str, str]:
    """(type, sentence) of what went wrong in an activity, also when Temporal's own patience ended."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        return cause.type or "", str(cause.message)
    return type(cause).__name__, f"no success in time: {cause or error}"
