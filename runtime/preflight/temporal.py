"""Temporal looked at before the first return: connection, namespace, how long it keeps histories, search attributes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.preflight import Check, Finding, each_or_all, failed, ok, skipped, warning
from runtime.settings import Settings
from runtime.temporal import SEARCH_ATTRIBUTES, connect

_SECONDS = timedelta(seconds=10)
# Shorter than this, and what a customer's repeated message is answered from may be gone the next day.
_LEAST_KEPT = timedelta(days=1)
_NOT_TOLD = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.UNAUTHENTICATED)


class TemporalPreflight:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Client | None = None

    def checks(self) -> Sequence[Check]:
        return (
            Check("connection", self._connection),
            Check("namespace", self._namespace, needs=("connection",)),
            Check("search attributes", self._attributes, needs=("connection", "namespace")),
        )

    async def aclose(self) -> None:
        """A client of Temporal's has nothing to close."""

    async def _connection(self) -> Iterable[Finding]:
        self._client = await connect(self._settings)
        return [ok("server", f"connected to {self._client.service_client.config.target_host}")]

    async def _namespace(self) -> Iterable[Finding]:
        client = self._connected
        try:
            told = await client.workflow_service.describe_namespace(
                DescribeNamespaceRequest(namespace=client.namespace), timeout=_SECONDS
            )
        except RPCError as refused:
            if refused.status is RPCStatusCode.NOT_FOUND:
                what = f"there is no namespace {client.namespace}"
                return [failed(client.namespace, what, "create it, or set TEMPORAL_NAMESPACE to yours")]
            return [_untold(client.namespace, "the namespace", refused)]
        kept = told.config.workflow_execution_retention_ttl.ToTimedelta()
        seen = f"namespace {client.namespace} keeps closed returns for {kept / timedelta(days=1):g} days"
        if kept < _LEAST_KEPT:
            return [warning(client.namespace, seen, "raise the namespace's retention to at least a day")]
        return [ok(client.namespace, seen)]

    async def _attributes(self) -> Iterable[Finding]:
        client = self._connected
        try:
            told = await client.operator_service.list_search_attributes(
                ListSearchAttributesRequest(namespace=client.namespace), timeout=_SECONDS
            )
        except RPCError as refused:
            return [_untold("search attributes", "which search attributes there are", refused)]
        bad = []
        for key in SEARCH_ATTRIBUTES:
            kind = told.custom_attributes.get(key.name)
            if kind is None:
                bad.append(failed(key.name, f"there is no search attribute {key.name}", "run `migrate`"))
            elif kind != int(key.indexed_value_type):
                what = f"{key.name} is {IndexedValueType.Name(kind)}, not a keyword"
                bad.append(failed(key.name, what, "rename or remove it, then run `migrate`"))
        return each_or_all(bad, "search attributes", f"{', '.join(key.name for key in SEARCH_ATTRIBUTES)} are there")

    @property
    def _connected(self) -> Client:
        assert self._client is not None, "the first check connects"
        return self._client


def _untold(about: str, what: str, refused: RPCError) -> Finding:
    if refused.status in _NOT_TOLD:
        return skipped(about, f"{what}: the server does not tell ({refused.status.name})", "look in its own pages")
    mend = "see that TEMPORAL_ADDRESS and the key or certificate belong to this namespace"
    return failed(about, f"{what}: {refused.status.name}", mend)
