"""The connection to Temporal, and the one plugin that client, worker and replayer share, so that they cannot drift."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverter,
    DefaultFailureConverterWithEncodedAttributes,
)
from temporalio.envconfig import ClientConfig
from temporalio.plugin import SimplePlugin
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from runtime import kept_code, telemetry
from runtime.runner import PlainSandboxedRunner
from runtime.settings import Settings
from security.codec import EncryptingCodec
from security.keys import Keyring
from workflows.case import CHANNEL, HOLD, REGION, STAGE

_DEFAULT_ADDRESS = "localhost:7233"
SEARCH_ATTRIBUTES = (STAGE, REGION, CHANNEL, HOLD)
# Ours, and loaded once per process instead of once per cached return: measured, a replay costs a fifth less. They hold
# no state and the ground floor reads no clock; workflow modules themselves stay inside, but for the messages, which are
# dataclasses and nothing else.
_PASSED_THROUGH = ("domain", "activities", "adapters", "store", "workflows.messages")
# How to read each type is worked out once per process, not in every converter the engine makes.
_SHARED = PydanticPayloadConverter()


class NoTemporal(Exception):
    """Temporal cannot be reached, or not with these settings; the text says how to mend it."""


class JsonConverter(CompositePayloadConverter):
    """Pydantic's own, but all of a process share one: the engine makes a new one for every task."""

    def __init__(self) -> None:
        super().__init__(*_SHARED.converters.values())


def plugin(settings: Settings) -> SimplePlugin:
    """Conversion, encryption, tracing and the workflow sandbox: everything both ends must agree on."""
    # TracingInterceptor, not the newer OpenTelemetryPlugin: a return lives for weeks, and the plugin shows a workflow's
    # spans only when they end. Never both: every span would be there twice.
    return SimplePlugin(
        "backhaul",
        data_converter=converter(settings.codec.keys),
        interceptors=[TracingInterceptor()] if telemetry.tracing() else [],
        workflow_runner=_sandboxed,
    )


def converter(keys: Keyring | None) -> DataConverter:
    """Dataclasses as JSON by pydantic; with keys, everything encrypted, failure messages and stack traces included."""
    if keys is None:
        return DataConverter(payload_converter_class=JsonConverter, failure_converter_class=DefaultFailureConverter)
    return DataConverter(
        payload_converter_class=JsonConverter,
        payload_codec=EncryptingCodec(keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def connect(settings: Settings, *, serve_metrics: bool = False) -> Client:
    """A client from TEMPORAL_* (address, namespace, TLS, API key, profile). One per process and event loop.

    `serve_metrics` opens the Prometheus port of the settings; only a worker does: two processes cannot share it."""
    given = connection(settings.temporal, ignore_files=settings.stack is not None)
    runtime = _runtime(settings.telemetry.metrics_port) if serve_metrics else None
    try:
        return await Client.connect(**given, plugins=[plugin(settings)], runtime=runtime)
    except (RuntimeError, RPCError) as error:
        raise NoTemporal(
            f"Temporal does not answer at {given['target_host']} ({_reason(error)}); start it (`backhaul up` starts "
            "one here), or set TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE."
        ) from error


def connection(environ: Mapping[str, str], *, ignore_files: bool = False) -> dict[str, Any]:
    """The arguments of Client.connect. `ignore_files`: a profile file must not add a key or TLS to the stack."""
    try:
        given = dict(
            ClientConfig.load_client_connect_config(disable_file=ignore_files, override_env_vars=dict(environ))
        )
    except RuntimeError as error:
        raise NoTemporal(f"The TEMPORAL_* settings cannot be used: {error}") from error
    return {"target_host": _DEFAULT_ADDRESS, "namespace": "default"} | given


async def register_search_attributes(client: Client) -> tuple[str, ...]:
    """Make the returns' search attributes known to the namespace; answers the names that were new. Repeatable."""
    operator = client.operator_service
    known = await operator.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=timedelta(seconds=10)
    )
    wanted = {key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in SEARCH_ATTRIBUTES}
    for name, kind in wanted.items():
        if name in known.custom_attributes and known.custom_attributes[name] != kind:
            raise NoTemporal(f"Search attribute {name} exists with another type than Keyword; rename or remove it.")
    new = {name: kind for name, kind in wanted.items() if name not in known.custom_attributes}
    if new:
        try:
            await operator.add_search_attributes(
                AddSearchAttributesRequest(namespace=client.namespace, search_attributes=new)
            )
        except RPCError as error:
            # Another process was quicker.
            if error.status is not RPCStatusCode.ALREADY_EXISTS:
                raise
    return tuple(new)


def _reason(error: Exception) -> str:
    """The last words of a transport error, which wraps the system's in four layers."""
    words = re.findall(r'message: "([^"]+)"', str(error))
    return words[-1] if words else str(error)


def _sandboxed(runner: WorkflowRunner | None) -> WorkflowRunner:
    if runner is not None and type(runner) is not SandboxedWorkflowRunner:
        return runner
    kept_code.keep("workflows")
    restrictions = runner.restrictions if runner else SandboxRestrictions.default
    return PlainSandboxedRunner(restrictions.with_passthrough_modules(*_PASSED_THROUGH))


def _runtime(port: int | None) -> Runtime | None:
    if port is None:
        return None
    return Runtime(
        telemetry=TelemetryConfig(
            metrics=PrometheusConfig(
                bind_address=f"0.0.0.0:{port}", durations_as_seconds=True, counters_total_suffix=True, unit_suffix=True
            )
        )
    )
