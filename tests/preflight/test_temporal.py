"""Temporal's preflight against a real server: a namespace made for returns, one that is not, and none."""

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.testing import WorkflowEnvironment

from domain.preflight import State
from runtime.preflight import TemporalPreflight
from runtime.temporal import SEARCH_ATTRIBUTES
from tests.preflight.looking import findings, wrong
from tests.stack import temporal
from tests.stack.settings import least_settings


def looked_at(env: WorkflowEnvironment, namespace: str = "default") -> TemporalPreflight:
    return TemporalPreflight(least_settings(TEMPORAL_ADDRESS=temporal.address(env), TEMPORAL_NAMESPACE=namespace))


async def test_nothing_is_wrong_with_a_namespace_made_for_returns(temporal_env: WorkflowEnvironment) -> None:
    found = await findings(looked_at(temporal_env))

    assert [each.state for each in found] == [State.OK] * 3
    assert "keeps closed returns for" in found[1].seen


async def test_a_namespace_that_is_not_there_is_named(temporal_env: WorkflowEnvironment) -> None:
    [found] = await wrong(looked_at(temporal_env, "nobodys"))

    assert found.about == "nobodys"
    assert "TEMPORAL_NAMESPACE" in found.mend


async def test_a_bare_namespace_lacks_every_search_attribute(temporal_env: WorkflowEnvironment) -> None:
    client = await temporal.client(temporal_env, least_settings())
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace="preflight-bare", workflow_execution_retention_period=Duration(seconds=86_400)
        ),
        timeout=timedelta(seconds=10),
    )
    found = await wrong(looked_at(temporal_env, "preflight-bare"))

    assert [each.about for each in found] == [key.name for key in SEARCH_ATTRIBUTES]
    assert all("`migrate`" in each.mend for each in found)


async def test_a_server_that_is_away_leaves_the_rest_unasked() -> None:
    found = await findings(TemporalPreflight(least_settings(TEMPORAL_ADDRESS="127.0.0.1:9")))

    assert [each.state for each in found] == [State.FAILED, State.SKIPPED, State.SKIPPED]
    assert "TEMPORAL_ADDRESS" in found[0].seen
