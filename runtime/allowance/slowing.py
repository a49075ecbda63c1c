"""Slows an org's task queue in the engine while nothing can be done there: tasks then wait instead of failing."""

from __future__ import annotations

import logging
from typing import Protocol

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import RateLimit
from temporalio.api.workflowservice.v1 import UpdateTaskQueueConfigRequest
from temporalio.client import Client
from temporalio.service import RPCError

_LOG = logging.getLogger(__name__)
# One task every few seconds finds out whether the org is back.
_CRAWL = 0.2


class Slowing(Protocol):
    async def slow(self, why: str) -> bool:
        """False when the engine would not: tasks then fail and wait one by one, which is slower to recover."""
        ...

    async def restore(self) -> bool: ...


class TaskQueue:
    """One queue of the engine's; its rate counts for all workers, and over what they ask for themselves."""

    def __init__(self, client: Client, queue: str) -> None:
        self._client, self._queue = client, queue

    async def slow(self, why: str) -> bool:
        return await self._set(RateLimit(requests_per_second=_CRAWL), why)

    async def restore(self) -> bool:
        return await self._set(None, "the CRM answers again")

    async def _set(self, rate: RateLimit | None, why: str) -> bool:
        update = UpdateTaskQueueConfigRequest.RateLimitUpdate(rate_limit=rate, reason=why)
        ask = UpdateTaskQueueConfigRequest(
            namespace=self._client.namespace,
            identity=self._client.identity,
            task_queue=self._queue,
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
            update_queue_rate_limit=update,
        )
        try:
            await self._client.workflow_service.update_task_queue_config(ask)
        except RPCError as error:
            # Older servers do not know it, and an operator may not allow it.
            _LOG.warning(
                "the rate of task queue %s was not set (%s): tasks will be tried one by one",
                self._queue,
                error.status.name,
            )
            return False
        return True
