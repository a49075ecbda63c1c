"""The server the workflow tests speak to: a real one, whose clock skips a workflow's waiting when told to."""

from __future__ import annotations

from temporalio.client import Client
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from runtime.embedded import temporal
from runtime.temporal import SEARCH_ATTRIBUTES, plugin
from tests.stack.settings import least_settings


async def start_skipping(*arguments: str) -> WorkflowEnvironment:
    """`arguments` are further ones of `temporal server start-dev`. To be shut down by the caller."""
    binary = temporal.find()
    assert binary is not None
    return await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(binary),
        ts_config=TimeSkippingConfig(),
        search_attributes=list(SEARCH_ATTRIBUTES),
        dev_server_log_level="error",
        dev_server_extra_args=[
            *temporal.dynamic_config(),
            "--dynamic-config-value",
            "frontend.WorkflowTimeSkippingEnabled=true",
            *arguments,
        ],
    )


async def connected(env: WorkflowEnvironment) -> Client:
    """A client with the plugin that the product's own processes use. Its identity names no machine."""
    return await Client.connect(
        env.client.service_client.config.target_host,
        namespace=env.client.namespace,
        plugins=[plugin(least_settings())],
        identity="tests",
    )
