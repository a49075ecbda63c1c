"""The gRPC server of the Pub/Sub API: TLS with the sandbox's certificate, beside the org's own server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc
from grpc import aio

from sandbox.salesforce.auth import Sessions
from sandbox.salesforce.org import Org
from sandbox.salesforce.pubsub import messages
from sandbox.salesforce.pubsub.calls import Calls
from sandbox.salesforce.pubsub.managed import Managed
from sandbox.salesforce.pubsub.service import Service
from sandbox.world import World

# One port has one sandbox: without this a second one could listen on it beside the first.
_OPTIONS = (("grpc.so_reuseport", 0),)


class PubSub:
    def __init__(self, world: World, org: Org, sessions: Sessions) -> None:
        self._calls = Calls(world, sessions)
        self._service, self._managed = Service(world, org), Managed(world, org)
        self._server: aio.Server | None = None

    async def start(self, address: str, certificate: Path, key: Path) -> int:
        """Listen at `host:port`, any free port for 0; answers the port."""
        server = aio.server(options=_OPTIONS)
        server.add_generic_rpc_handlers((self._handler(),))
        port = server.add_secure_port(address, _credentials(certificate, key))
        await server.start()
        self._server = server
        return port

    def break_streams(self) -> None:
        """Let every subscriber go, as an outage does; they come back with the replay id they know."""
        self._service.break_streams()
        self._managed.break_streams()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(grace=0)

    def _handler(self) -> grpc.GenericRpcHandler:
        service, calls = self._service, self._calls
        unary = {"GetTopic": service.get_topic, "GetSchema": service.get_schema, "Publish": service.publish}
        streams = {
            "Subscribe": service.subscribe,
            "PublishStream": service.publish_stream,
            "ManagedSubscribe": self._managed.subscribe,
        }
        handlers: dict[str, Any] = {}
        for name, (request, response, _) in messages.METHODS.items():
            wire = (messages.CLASSES[request].FromString, messages.CLASSES[response].SerializeToString)
            if name in unary:
                handlers[name] = grpc.unary_unary_rpc_method_handler(calls.unary(name, unary[name]), *wire)
            else:
                handlers[name] = grpc.stream_stream_rpc_method_handler(calls.stream(name, streams[name]), *wire)
        return grpc.method_handlers_generic_handler(f"{messages.PACKAGE}.{messages.SERVICE}", handlers)


def _credentials(certificate: Path, key: Path) -> grpc.ServerCredentials:
    return grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())])
