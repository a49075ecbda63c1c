"""A client of the Pub/Sub API for tests: signed in, over TLS, with the change events it receives taken apart."""

import io
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import fastavro
import grpc
from grpc import aio

from sandbox.salesforce.pubsub import messages
from sandbox.salesforce.pubsub.messages import EARLIEST, LATEST, FetchRequest, SchemaRequest, TopicRequest

ORG = "00DBH0000000001"


@dataclass
class PubSub:
    """`call` for single requests, `stream` for the others; metadata that is not given is that of the session."""

    channel: aio.Channel
    metadata: tuple[tuple[str, str], ...]
    _schemas: dict[str, Any] = field(default_factory=dict)

    async def call(self, name: str, request: Any, metadata: Any = None) -> Any:
        asked, answered, _ = messages.METHODS[name]
        wire = (messages.CLASSES[asked].SerializeToString, messages.CLASSES[answered].FromString)
        method = self.channel.unary_unary(f"/eventbus.v1.PubSub/{name}", *wire)
        return await method(request, metadata=self.metadata if metadata is None else metadata, timeout=10)

    def stream(self, name: str = "Subscribe", metadata: Any = None) -> Any:
        asked, answered, _ = messages.METHODS[name]
        wire = (messages.CLASSES[asked].SerializeToString, messages.CLASSES[answered].FromString)
        method = self.channel.stream_stream(f"/eventbus.v1.PubSub/{name}", *wire)
        return method(metadata=self.metadata if metadata is None else metadata, timeout=20)

    async def subscribed(self, topic: str, **more: Any) -> Any:
        """A stream at the tip of the topic, or where `more` says; the server has it when this returns.

        It asks for two events: a topic must have none when a test begins."""
        stream = self.stream()
        await stream.write(FetchRequest(topic_name=topic, **{"replay_preset": LATEST, "num_requested": 2} | more))
        await stream.initial_metadata()
        return stream

    async def schema(self, ident: str) -> Any:
        if ident not in self._schemas:
            info = await self.call("GetSchema", SchemaRequest(schema_id=ident))
            self._schemas[ident] = json.loads(info.schema_json)
        return self._schemas[ident]

    async def opened(self, event: Any) -> dict[str, Any]:
        """The payload by its own schema, the bitmaps as names."""
        schema = await self.schema(event.event.schema_id)
        content: Any = fastavro.schemaless_reader(io.BytesIO(event.event.payload), fastavro.parse_schema(schema), None)
        for name in ("changedFields", "nulledFields", "diffFields"):
            content["ChangeEventHeader"][name] = names(schema, content["ChangeEventHeader"][name])
        opened: dict[str, Any] = content
        return opened

    async def topic(self, name: str) -> Any:
        return await self.call("GetTopic", TopicRequest(topic_name=name))

    async def kept(self, topic: str, most: int = 100) -> list[dict[str, Any]]:
        """What the bus still has of a topic, from the oldest on."""
        stream = self.stream()
        await stream.write(FetchRequest(topic_name=topic, replay_preset=EARLIEST, num_requested=most))
        await stream.done_writing()
        batch = await stream.read()
        stream.cancel()
        return [await self.opened(event) for event in batch.events]


def names(schema: Any, bitmaps: Iterable[str]) -> list[str]:
    """Bit i stands for field i of the schema, `4-0x02` for the second part of the compound field at place 4."""
    found: list[str] = []
    for bitmap in bitmaps:
        place, _, digits = bitmap.rpartition("-")
        fields, prefix = schema["fields"], ""
        if place:
            compound = fields[int(place)]
            prefix = f"{compound['name']}."
            fields = next(each for each in compound["type"] if isinstance(each, dict))["fields"]
        bits = int(digits, 16)
        found += [prefix + each["name"] for at, each in enumerate(fields) if bits >> at & 1]
    return found


@asynccontextmanager
async def pubsub(address: str, ca: bytes, token: str, instance: str) -> AsyncIterator[PubSub]:
    metadata = (("accesstoken", token), ("instanceurl", instance), ("tenantid", ORG))
    async with aio.secure_channel(address, grpc.ssl_channel_credentials(ca)) as channel:
        yield PubSub(channel, metadata)


def told(error: aio.AioRpcError) -> tuple[grpc.StatusCode, str]:
    """(status, the platform's own code without what all codes begin with) of a refused call."""
    trailers = {str(name): str(value) for name, value in error.trailing_metadata() or ()}
    assert trailers["rpc-id"] in (error.details() or "")
    return error.code(), trailers["error-code"].removeprefix("sfdc.platform.eventbus.grpc.")
