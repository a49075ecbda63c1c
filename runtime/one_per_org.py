"""Workflows of which each CRM org has one: whether it is under way, and which request it was started by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

# In the workflow's memo; it says nothing about who asked.
ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Newest:
    """`asked` is the mark of the request that started it; empty for one that came without a key."""

    running: bool
    asked: str


def mark_of(by: str, key: str) -> str:
    """What a request is known by: nobody else's key is the same request."""
    return hashlib.sha256(f"{by}\n{key}".encode()).hexdigest()[:24]


def memo(mark: str) -> dict[str, str]:
    return {ASKED: mark} if mark else {}


async def newest(client: Client, workflow_id: str) -> Newest:
    """The newest one, whether it has ended or not. Raises RPCError."""
    try:
        found = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return Newest(False, "")
        raise
    return Newest(found.status is WorkflowExecutionStatus.RUNNING, await found.memo_value(ASKED, ""))
