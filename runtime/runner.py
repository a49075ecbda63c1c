"""The engine's workflow sandbox, without asking inside it how to convert each payload.

A converter or codec may want to know for which workflow or activity it works, and may store large payloads elsewhere.
The engine enters a return's sandbox three or four times per payload to find that out: measured, an eighth of a worker's
time. Ours are the same for every payload and store nothing elsewhere; a test holds that.
"""

from __future__ import annotations

from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import Info

_NOWHERE = StorageDriverStoreContext()


class PlainSandboxedRunner(SandboxedWorkflowRunner):
    """For converters that need no context; see above."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _Plain(super().create_instance(det))


class _Plain(WorkflowInstance):
    """What runs is the sandboxed instance; only the two questions about context are answered here."""

    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return self._sandboxed.activate(act)

    def get_serialization_context(self, command_info: Any) -> None:
        return None

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:
        return _NOWHERE

    def get_info(self) -> Info:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()
