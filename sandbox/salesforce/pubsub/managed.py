"""ManagedSubscribe: the org remembers how far a subscriber came, by what the subscriber commits."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import Any

from grpc import StatusCode

from sandbox.salesforce.capture import Stale
from sandbox.salesforce.ids import canonical, make
from sandbox.salesforce.org import Org
from sandbox.salesforce.pubsub import refusals, topics
from sandbox.salesforce.pubsub.calls import Rpc
from sandbox.salesforce.pubsub.delivery import Delivery, latest, told
from sandbox.salesforce.pubsub.messages import COMMIT, CommitReplayResponse, Error, ManagedFetchResponse
from sandbox.salesforce.pubsub.refusals import Refused, invalid
from sandbox.world import World

_KIND = "salesforce.managed"
_LABEL = "managed.subscription."


class Managed:
    """The subscriptions are the org's setting `managed_subscriptions`; each has one reader at a time."""

    def __init__(self, world: World, org: Org) -> None:
        self._world, self._org = world, org
        self._active: dict[str, Delivery] = {}

    async def subscribe(self, requests: AsyncIterator[Any], rpc: Rpc) -> AsyncIterator[Any]:
        first = await anext(requests, None)
        if first is None:
            return
        name = self._find(first)
        topic = topics.find(self._org, self._wish(name)["topic"])
        if topic is None:
            raise refusals.no_access(self._wish(name)["topic"])
        _check(first)
        if first.HasField("commit_replay_id_request"):
            raise invalid(_LABEL + "fetch.request.commit.request.restricted", "The first request cannot commit.")
        delivery = Delivery(self._org, topic.carries, self._start(name), first.num_requested)
        answers: list[Any] = []

        def take(request: Any) -> None:
            _check(request)
            delivery.ask(request.num_requested)
            if request.HasField("commit_replay_id_request"):
                answers.append(self._committed(name, delivery, request.commit_replay_id_request))
                delivery.speak()

        self._active[name] = delivery
        try:
            await rpc.stands()
            async for events in delivery.batches(requests, take):
                commits, answers[:] = list(answers), []
                for commit in commits or [None]:
                    yield ManagedFetchResponse(
                        events=told(events, self._org.changes.schemas),
                        latest_replay_id=latest(events, self._org.bus),
                        rpc_id=rpc.id,
                        pending_num_requested=delivery.pending,
                        commit_response=commit,
                    )
                    events = []
        finally:
            self._active.pop(name, None)

    def break_streams(self) -> None:
        for delivery in list(self._active.values()):
            delivery.end(refusals.unavailable())

    def _find(self, first: Any) -> str:
        """The developer name of what the first request names by that or by id."""
        if bool(first.subscription_id) == bool(first.developer_name):
            message = "Give either the subscription ID or the developer name."
            raise invalid(_LABEL + "id.or.developer.name.empty", message)
        known = self._org.settings()["managed_subscriptions"]
        if first.subscription_id:
            wanted = canonical(first.subscription_id)
            if wanted is None:
                raise invalid(_LABEL + "subscription.id.invalid", "The subscription ID has 15 or 18 characters.")
            name = next((each for each in known if ident(each) == wanted), None)
        else:
            name = first.developer_name if first.developer_name in known else None
        if name is None:
            what = "subscription.id" if first.subscription_id else "developer.name"
            message = "There is no such managed subscription."
            raise Refused(StatusCode.NOT_FOUND, f"{_LABEL}{what}.not.found", message)
        if known[name].get("state", "RUN") != "RUN":
            message = "The managed subscription is stopped."
            raise Refused(StatusCode.FAILED_PRECONDITION, _LABEL + "config.stopped", message)
        if name in self._active:
            message = "Another client has this managed subscription."
            raise Refused(StatusCode.ABORTED, _LABEL + "already.active", message)
        return str(name)

    def _wish(self, name: str) -> dict[str, str]:
        wish: dict[str, str] = self._org.settings()["managed_subscriptions"][name]
        return wish

    def _start(self, name: str) -> int:
        """Behind what was committed last; without that, or when it is no longer kept, as the subscription says."""
        bus, row = self._org.bus, self._world.books.get(_KIND, name)
        if row is not None:
            try:
                return bus.position(bytes.fromhex(row["replay_id"]))
            except Stale:
                pass
        return bus.earliest() if self._wish(name).get("default_replay") == "EARLIEST" else bus.latest()

    def _committed(self, name: str, delivery: Delivery, request: Any) -> Any:
        """A commit that fails leaves the stream open: its answer says why."""
        answer = CommitReplayResponse(
            commit_request_id=request.commit_request_id,
            replay_id=request.replay_id,
            process_time=int(self._world.clock.now().timestamp() * 1000),
        )
        try:
            if self._org.bus.position(request.replay_id) > delivery.position:
                raise Stale
        except Stale:
            message = "The Replay ID is missing, unknown, no longer kept, or of an event that was not delivered yet."
            answer.error.CopyFrom(Error(code=COMMIT, msg=message))
            return answer
        with self._world.books.transaction():
            self._world.books.put(_KIND, name, {"replay_id": request.replay_id.hex()})
        return answer


def ident(name: str) -> str:
    """The id of the managed subscription with this developer name."""
    return make("18x", zlib.crc32(name.encode()))


def _check(request: Any) -> None:
    if request.num_requested < 0:
        raise invalid(_LABEL + "fetch.request.events.invalid", "The number of requested events cannot be negative.")
