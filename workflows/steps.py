"""The only ways to act on the world: a vendor's call with its patience, and a step that is held when it cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, RetryState

with workflow.unsafe.imports_passed_through():
    from activities.errors import PERMANENT
    from domain.returns import Owner

from workflows.calls import attempt, failure, retries
from workflows.case import Case, Withdrawn
from workflows.holds import held

# So many failures in a row make a vendor slow.
PROMPT_ATTEMPTS = 4

R = TypeVar("R")


async def call(
    case: Case, act: Callable[..., Any], ask: Any, queue: str, summary: str, until: datetime | None = None
) -> Any:
    """One vendor call: Temporal retries what may be retried until the policy's patience ends, or `until` (UTC).

    In two parts: after a few failures in a row the return says where it stands and whom it waits for, then goes on
    trying. The first part ends with an attempt that failed, never in the middle of one."""
    ends = workflow.now() + timedelta(seconds=case.policy.vendor_patience)
    ends = min(ends, until or ends)
    try:
        return await attempt(act, ask, queue, summary, ends, retries(case.policy, PROMPT_ATTEMPTS))
    except ActivityError as error:
        if error.retry_state is not RetryState.MAXIMUM_ATTEMPTS_REACHED or workflow.now() >= ends:
            raise
        sentence = failure(error)[1]
    case.happened("vendor_slow", f"{summary}: still trying", reason=sentence)
    case.change()
    case.show()
    return await attempt(act, ask, queue, summary, ends, retries(case.policy))


async def step(case: Case, reason: str, owner: Owner, act: Callable[[], Coroutine[Any, Any, R]]) -> R:
    """Do `act`; what cannot be mended by repeating it is a hold that `owner` resolves with 'retry'."""
    while True:
        try:
            return await act()
        except Withdrawn:
            # While somebody was to look whether it had been done: the undoing asks the same before it undoes.
            case.unsure.append(act)
            raise
        except ActivityError as error:
            kind, sentence = failure(error)
        try:
            await held(case, reason, owner, sentence, ("retry",))
        except Withdrawn:
            if kind != PERMANENT:
                # It may have been done although the answer never came: the undoing asks again before it undoes.
                case.unsure.append(act)
            raise


async def together(*acts: Coroutine[Any, Any, Any]) -> list[Any]:
    """Do all at once and let all end before the first error, if any, is raised: nothing is left running."""
    results = await asyncio.gather(*acts, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
