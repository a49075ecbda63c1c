"""The engine's histories of ended workflows, deleted for good. Backups of the engine's database keep theirs."""

from __future__ import annotations

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from adapters.errors import Retryable

_ENGINE = "engine"


class EngineHistories:
    """Implements activities.erasure.Histories."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def running(self, workflow: str) -> bool:
        found = await self._newest(workflow)
        return found is not None and found.status is WorkflowExecutionStatus.RUNNING

    async def delete(self, workflow: str) -> int:
        newest = await self._newest(workflow)
        if newest is not None and newest.status is WorkflowExecutionStatus.RUNNING:
            raise Retryable(_ENGINE, "delete a history", f"{workflow} is running again")
        runs = {newest.run_id} if newest is not None else set()
        try:
            # A workflow that was reset, or went on in a new history, has several.
            async for one in self._client.list_workflows(f"WorkflowId = '{workflow}'"):
                runs.add(one.run_id)
        except RPCError as error:
            raise Retryable(_ENGINE, "list histories", str(error.status.name)) from error
        return sum([await self._delete(workflow, run) for run in sorted(runs)])

    async def _newest(self, workflow: str) -> WorkflowExecutionDescription | None:
        try:
            return await self._client.get_workflow_handle(workflow).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise Retryable(_ENGINE, "look at a workflow", str(error.status.name)) from error

    async def _delete(self, workflow: str, run: str) -> int:
        """1 while there was still something to delete."""
        meant = WorkflowExecution(workflow_id=workflow, run_id=run)
        wanted = DeleteWorkflowExecutionRequest(namespace=self._client.namespace, workflow_execution=meant)
        try:
            await self._client.workflow_service.delete_workflow_execution(wanted)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return 0
            raise Retryable(_ENGINE, "delete a history", str(error.status.name)) from error
        return 1
