"""The RPCs of the Pub/Sub API: topics, schemas, subscriptions that resume, and publishing of the platform event."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

from grpc import StatusCode

from sandbox.salesforce.capture import Stale
from sandbox.salesforce.capture.bus import replay_id
from sandbox.salesforce.org import Org
from sandbox.salesforce.pubsub import refusals, topics
from sandbox.salesforce.pubsub.calls import TENANT, Rpc
from sandbox.salesforce.pubsub.delivery import Delivery, latest, told
from sandbox.salesforce.pubsub.messages import (
    CUSTOM,
    EARLIEST,
    FetchResponse,
    PublishResponse,
    PublishResult,
    SchemaInfo,
    TopicInfo,
)
from sandbox.salesforce.pubsub.refusals import Refused, invalid
from sandbox.salesforce.pubsub.topics import Topic
from sandbox.world import World

_PUBLISH_SECONDS = 70


class Service:
    def __init__(self, world: World, org: Org) -> None:
        self._world, self._org = world, org
        self._open: set[Delivery] = set()

    async def get_topic(self, request: Any, rpc_id: str) -> Any:
        if not request.topic_name:
            raise invalid("topic.validation.empty", "The topic name is blank.")
        topic = topics.find(self._org, request.topic_name)
        if topic is None:
            raise refusals.no_topic(TENANT, request.topic_name)
        return TopicInfo(
            topic_name=topic.name,
            tenant_guid=TENANT,
            can_publish=topic.publishes,
            can_subscribe=True,
            schema_id="" if topic.schema is None else topic.schema.id,
            rpc_id=rpc_id,
        )

    async def get_schema(self, request: Any, rpc_id: str) -> Any:
        if not request.schema_id:
            raise invalid("schema.validation.failed", "The schema ID is blank.")
        schema = self._org.changes.schemas.by_id(request.schema_id)
        if schema is None:
            message = f"The schema {request.schema_id} cannot be accessed. Verify its ID."
            raise Refused(StatusCode.PERMISSION_DENIED, "schema.meta.permission", message)
        return SchemaInfo(schema_json=schema.text, schema_id=schema.id, rpc_id=rpc_id)

    async def subscribe(self, requests: AsyncIterator[Any], rpc: Rpc) -> AsyncIterator[Any]:
        """The first request says what and from where; of the others only how many more are wanted counts."""
        first = await anext(requests, None)
        if first is None:
            return
        topic = self._readable(first.topic_name)
        _check_wanted(first)
        delivery = Delivery(self._org, topic.carries, self._start(first), first.num_requested)

        def take(request: Any) -> None:
            if request.topic_name and request.topic_name != topic.name:
                message = "The topic name differs from the one in the first fetch request."
                raise invalid("subscription.fetch.topic.mismatch", message)
            _check_wanted(request)
            delivery.ask(request.num_requested)

        self._open.add(delivery)
        try:
            if self._org.settings()["early_headers"]:
                await rpc.stands()
            async for events in delivery.batches(requests, take):
                yield FetchResponse(
                    events=told(events, self._org.changes.schemas),
                    latest_replay_id=latest(events, self._org.bus),
                    rpc_id=rpc.id,
                    pending_num_requested=delivery.pending,
                )
        finally:
            self._open.discard(delivery)

    async def publish(self, request: Any, rpc_id: str) -> Any:
        return self._published(self._writable(request.topic_name), request, rpc_id)

    async def publish_stream(self, requests: AsyncIterator[Any], rpc: Rpc) -> AsyncIterator[Any]:
        topic: Topic | None = None
        while True:
            try:
                async with asyncio.timeout(_PUBLISH_SECONDS):
                    request = await anext(requests, None)
            except TimeoutError:
                message = f"No publish request was sent for {_PUBLISH_SECONDS} seconds."
                raise Refused(StatusCode.ABORTED, "publish.stream.sweeper.timeout", message) from None
            if request is None:
                return
            topic = topic or self._writable(request.topic_name)
            if request.topic_name and request.topic_name != topic.name:
                message = "The topic name differs from the one in the first publish request."
                raise invalid("publish.topic.mismatch", message)
            yield self._published(topic, request, rpc.id)

    def break_streams(self) -> None:
        for delivery in list(self._open):
            delivery.end(refusals.unavailable())

    def _readable(self, name: str) -> Topic:
        if not name:
            raise invalid("topic.validation.empty", "The topic name is blank.")
        topic = topics.find(self._org, name)
        if topic is None:
            raise refusals.no_access(name)
        return topic

    def _writable(self, name: str) -> Topic:
        if not name:
            raise invalid("publish.topic.validation.empty", "The topic name is blank.")
        topic = topics.find(self._org, name)
        if topic is None or not topic.publishes:
            raise refusals.no_access(name)
        return topic

    def _start(self, request: Any) -> int:
        bus = self._org.bus
        if request.replay_preset == EARLIEST:
            return bus.earliest()
        if request.replay_preset != CUSTOM:
            return bus.latest()
        if not request.replay_id:
            message = "The replay_preset is CUSTOM, but no Replay ID is set."
            raise invalid("subscription.fetch.replayid.validation.failed", message)
        try:
            return bus.position(request.replay_id)
        except Stale:
            raise refusals.stale() from None

    def _published(self, topic: Topic, request: Any, rpc_id: str) -> Any:
        """The payload is not looked into: the platform leaves that to those who read it."""
        if not request.events:
            raise invalid("publish.event.count.invalid", "The publish request holds no event.")
        assert topic.schema is not None
        results = []
        with self._world.books.transaction():
            for event in request.events:
                ident = event.id or self._world.chance.guid("salesforce.event")
                payload = base64.b64encode(event.payload).decode()
                schema = event.schema_id or topic.schema.id
                entry = {"id": ident, "topic": min(topic.carries), "schema": schema, "payload": payload}
                results.append(PublishResult(replay_id=replay_id(self._org.bus.append(entry)), correlation_key=ident))
        return PublishResponse(results=results, schema_id=topic.schema.id, rpc_id=rpc_id)


def _check_wanted(request: Any) -> None:
    if request.num_requested <= 0:
        message = "The number of requested events must be greater than zero."
        raise invalid("subscription.fetch.requested.events.invalid", message)
