"""A time-skipping server for the workflow tests, and a worker on it for each."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from tests.workflows.harness import Rig, rigged
from tests.workflows.server import connected, start_skipping


@pytest.fixture(scope="session")
def metrics_port() -> int:
    """Where the server counts its billable actions."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def skipping(metrics_port: int) -> AsyncIterator[WorkflowEnvironment]:
    """A real server that skips a workflow's waiting, for the whole session."""
    env = await start_skipping("--metrics-port", str(metrics_port))
    yield env
    await env.shutdown()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(skipping: WorkflowEnvironment) -> Client:
    return await connected(skipping)


@pytest_asyncio.fixture(loop_scope="session")
async def rig(skipping: WorkflowEnvironment, client: Client) -> AsyncIterator[Rig]:
    async with rigged(skipping, client) as running:
        yield running
