"""A time-skipping server for the workflow tests."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from runtime.embedded import temporal
from runtime.temporal import SEARCH_ATTRIBUTES, plugin
from tests.stack.settings import least_settings
from tests.workflows.harness import Rig, rigged


@pytest.fixture(scope="session")
def metrics_port() -> int:
    """Where the server counts its billable actions."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def skipping(metrics_port: int) -> AsyncIterator[WorkflowEnvironment]:
    """A real server that skips a workflow's waiting, for the whole session."""
    binary = temporal.find()
    assert binary is not None
    env = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(binary),
        ts_config=TimeSkippingConfig(),
        search_attributes=list(SEARCH_ATTRIBUTES),
        dev_server_log_level="error",
        dev_server_extra_args=[
            *temporal.dynamic_config(),
            "--metrics-port",
            str(metrics_port),
            "--dynamic-config-value",
            "frontend.WorkflowTimeSkippingEnabled=true",
        ],
    )
    yield env
    await env.shutdown()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(skipping: WorkflowEnvironment) -> Client:
    return await Client.connect(
        skipping.client.service_client.config.target_host,
        namespace=skipping.client.namespace,
        plugins=[plugin(least_settings())],
    )


@pytest_asyncio.fixture(loop_scope="session")
async def rig(skipping: WorkflowEnvironment, client: Client) -> AsyncIterator[Rig]:
    async with rigged(skipping, client) as running:
        yield running
