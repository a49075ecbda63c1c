"""A subscription's lane on a real engine over real books: in order, each for itself, and never lost."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import asyncpg
import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.testing import ActivityEnvironment, WorkflowEnvironment
from temporalio.worker import Worker

from activities import queues
from activities.bell import Bell
from activities.webhooks import Await, Due, HandOver, WebhookActivities
from adapters.errors import Gone, Permanent, Retryable, VendorError
from domain import ids
from domain.returns import Stage
from domain.webhooks import Parcel
from runtime.webhooks import begin
from store.port import Delivery, Stores
from store.stores import open_stores, open_webhooks
from store.webhooks import PostgresWebhooks
from tests.stack import temporal
from tests.stack.settings import least_settings
from tests.store.samples import move
from workflows.webhook_lane import Lane, WebhookLane

PATIENCE = 3600.0


@dataclass
class Receivers:
    """All receivers. `fails` says what to answer an event, once; `dead` never take anything; `slow` ones answer when
    they are let."""

    took: list[tuple[str, str]] = field(default_factory=list)
    fails: dict[str, VendorError] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    slow: dict[str, asyncio.Event] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    under_way: asyncio.Event = field(default_factory=asyncio.Event)

    async def hand_over(self, name: str, parcel: Parcel) -> None:
        event = parcel.event.event_id
        self.asked.append(event)
        self.under_way.set()
        if name in self.slow:
            await self.slow[name].wait()
        if name in self.dead:
            raise Retryable("webhook", "deliver", "HTTP 503")
        if (error := self.fails.pop(event, None)) is not None:
            raise error
        self.took.append((name, event))

    def of(self, name: str, return_id: str) -> list[int]:
        """The versions it was told of, in the order it was told."""
        events = [event.split(":") for one, event in self.took if one == name]
        return [int(version) for told, version, _ in events if told == return_id]


@dataclass
class Site:
    client: Client
    stores: Stores
    hooks: PostgresWebhooks
    receivers: Receivers
    prefix: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:8]}")

    def name(self, what: str) -> str:
        """All tests of a session share one engine."""
        return f"{self.prefix}-{what}"

    async def subscribe(self, what: str) -> str:
        await self.hooks.add(self.name(what), "https://receiver.example/", (), b"sealed", "ida")
        await begin(self.client, self.name(what))
        return self.name(what)

    async def moves(self, return_id: str, *stages: Stage) -> None:
        for version, stage in enumerate(stages, start=1):
            await self.stores.returns.record(move(return_id, version, stage=stage))

    async def sees_the_end(self, name: str) -> None:
        """This history of its lane is about to end, and waits for what is under way."""
        now = await self.client.get_workflow_handle(ids.webhook_lane_id(name)).describe()
        handle = self.client.get_workflow_handle(now.id, run_id=now.run_id)
        while not any(
            one.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED
            for one in (await handle.fetch_history()).events
        ):
            pass
        assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING

    async def until(self, name: str, ready: Callable[[list[Delivery]], bool]) -> list[Delivery]:
        """What never comes is ended by the test's own time limit. Oldest first."""
        while not ready(found := list(reversed(await self.hooks.deliveries(name, False, 100)))):
            pass
        return found

    async def delivered(self, name: str) -> list[Delivery]:
        return await self.until(name, lambda found: bool(found) and all(one.delivered for one in found))


@pytest.fixture
async def site(temporal_env: WorkflowEnvironment, postgres_url: str) -> AsyncIterator[Site]:
    client = await temporal.client(temporal_env, least_settings())
    async with open_stores(postgres_url, 2) as stores, open_webhooks(postgres_url, 4) as hooks:
        here = Site(client, stores, hooks, Receivers())
        # Nobody looks twice unless it is told to.
        acts = WebhookActivities(hooks, here.receivers, PATIENCE, pause=600.0)
        async with (
            Worker(client, task_queue=queues.RETURNS, workflows=[WebhookLane]),
            Worker(
                client, task_queue=queues.WEBHOOKS, activities=[acts.await_due, acts.hand_over],
                graceful_shutdown_timeout=timedelta(minutes=1),
            ),
        ):  # fmt: skip
            yield here
            for one in await hooks.all():
                with suppress(RPCError):
                    await client.get_workflow_handle(ids.webhook_lane_id(one.name)).terminate()
        await acts.aclose()


WALK = (Stage.REQUESTED, Stage.QUOTED, Stage.CONFIRMED, Stage.AWAITING_GOODS)


async def test_a_returns_events_come_in_order_also_when_one_has_to_be_tried_again(site: Site) -> None:
    name = await site.subscribe("erp")
    site.receivers.fails["R-1-A:2:stage_changed"] = Retryable("webhook", "deliver", "HTTP 500", retry_after=0.1)
    await site.moves("R-1-A", *WALK)
    await site.moves("R-2-B", *WALK)
    found = await site.delivered(name)
    assert len(found) == 8
    assert site.receivers.of(name, "R-1-A") == site.receivers.of(name, "R-2-B") == [1, 2, 3, 4]
    assert site.receivers.asked.count("R-1-A:2:stage_changed") == 2
    assert [one.attempts for one in found if one.event_id == "R-1-A:2:stage_changed"] == [2]


async def test_a_dead_receiver_holds_up_nobody_else(site: Site) -> None:
    dead, alive = await site.subscribe("dead"), await site.subscribe("alive")
    site.receivers.dead.add(dead)
    for number in range(1, 31):
        await site.moves(f"R-{number}-A", Stage.QUOTED)
    assert len(await site.delivered(alive)) == 30
    # Its own twenty first are under way, the others wait for their turn.
    found = await site.until(dead, lambda found: any(one.attempts for one in found))
    assert not any(one.delivered or one.given_up for one in found)


async def test_what_a_receiver_refuses_is_a_dead_letter_and_the_next_event_goes_out(site: Site) -> None:
    name = await site.subscribe("erp")
    site.receivers.fails["R-1-A:1:stage_changed"] = Permanent("webhook", "deliver", "HTTP 422: it refuses this event")
    await site.moves("R-1-A", *WALK)
    found = await site.until(name, lambda found: len(found) == 4 and all(one.delivered for one in found[1:]))
    assert (found[0].delivered, found[0].reason) == (None, "HTTP 422: it refuses this event")
    assert site.receivers.of(name, "R-1-A") == [2, 3, 4]
    assert await site.hooks.again(name, (), "ida") == 1
    await site.delivered(name)
    assert site.receivers.of(name, "R-1-A") == [2, 3, 4, 1]


async def test_a_receiver_that_wants_no_more_is_switched_off_and_its_lane_ends(site: Site) -> None:
    name = await site.subscribe("erp")
    site.receivers.fails["R-1-A:1:stage_changed"] = Gone("webhook", "deliver", "HTTP 410")
    await site.moves("R-1-A", *WALK)
    handle = site.client.get_workflow_handle(ids.webhook_lane_id(name))
    await handle.result()
    (standing,) = await site.hooks.all()
    assert (standing.state, standing.owed) == ("gone", 4)
    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    await site.hooks.switch(name, "active", "ida")
    await begin(site.client, name)
    await site.delivered(name)
    assert site.receivers.of(name, "R-1-A") == [1, 2, 3, 4]


async def test_a_history_that_is_begun_anew_takes_up_what_waits_for_its_next_attempt(site: Site) -> None:
    name = site.name("anew")
    await site.hooks.add(name, "https://receiver.example/", (), b"sealed", "ida")
    site.receivers.fails["R-1-A:1:stage_changed"] = Retryable("webhook", "deliver", "HTTP 500", retry_after=600)
    await site.moves("R-1-A", *WALK)
    await site.moves("R-2-B", *WALK)
    lane = Lane(name, span=0.1, turns=6)
    handle = await site.client.start_workflow(
        WebhookLane.run, lane, id=ids.webhook_lane_id(name), task_queue=queues.RETURNS
    )
    await site.delivered(name)
    assert site.receivers.of(name, "R-1-A") == site.receivers.of(name, "R-2-B") == [1, 2, 3, 4]
    assert (await site.client.get_workflow_handle(handle.id).describe()).run_id != handle.first_execution_run_id


async def test_what_is_not_taken_within_the_patience_is_a_dead_letter(site: Site) -> None:
    await site.hooks.add(site.name("slow"), "https://receiver.example/", (), b"sealed", "ida")
    name = site.name("slow")
    site.receivers.dead.add(name)
    await site.moves("R-1-A", Stage.QUOTED)
    (due,) = await site.hooks.due(name, (), 10) or ()
    impatient = WebhookActivities(site.hooks, site.receivers, patience=-1)
    await impatient.hand_over(HandOver(name, due))
    (found,) = await site.hooks.deliveries(name, True, 10)
    assert (found.attempts, found.reason) == (1, "HTTP 503")
    await begin(site.client, name)


async def test_an_attempt_that_is_being_made_is_not_made_again_by_a_new_history(site: Site) -> None:
    name, answered = site.name("slow"), asyncio.Event()
    await site.hooks.add(name, "https://receiver.example/", (), b"sealed", "ida")
    site.receivers.slow[name] = answered
    await site.moves("R-1-A", Stage.QUOTED)
    handle = await site.client.start_workflow(
        WebhookLane.run, Lane(name, span=0.5, turns=2), id=ids.webhook_lane_id(name), task_queue=queues.RETURNS
    )
    await site.receivers.under_way.wait()
    await site.sees_the_end(name)
    answered.set()
    await site.delivered(name)
    await site.moves("R-2-B", Stage.QUOTED)
    await site.delivered(name)
    assert site.receivers.asked == ["R-1-A:1:stage_changed", "R-2-B:1:stage_changed"]
    assert (await site.client.get_workflow_handle(handle.id).describe()).run_id != handle.first_execution_run_id


async def test_one_that_is_switched_on_again_while_its_lane_ends_goes_on(site: Site) -> None:
    name, answered = await site.subscribe("slow"), asyncio.Event()
    site.receivers.slow[name] = answered
    await site.moves("R-1-A", Stage.QUOTED)
    await site.receivers.under_way.wait()
    await site.hooks.switch(name, "off", "ida")
    await site.sees_the_end(name)
    await site.hooks.switch(name, "active", "ida")
    await begin(site.client, name)
    answered.set()
    await site.moves("R-2-B", Stage.QUOTED)
    await site.delivered(name)


async def test_a_worker_that_stops_does_not_wait_for_events(site: Site) -> None:
    name = site.name("quiet")
    await site.hooks.add(name, "https://receiver.example/", (), b"sealed", "ida")
    acts, there = WebhookActivities(site.hooks, site.receivers, PATIENCE), ActivityEnvironment()
    waiting = asyncio.ensure_future(there.run(acts.await_due, Await(name, 3600.0, (), 20)))
    done, _ = await asyncio.wait({waiting}, timeout=0.2)
    assert not done
    there.worker_shutdown()
    assert await asyncio.wait_for(waiting, 5) == Due()
    await acts.aclose()


async def test_a_bell_that_went_deaf_rings_for_everybody_and_hears_again(site: Site, postgres_url: str) -> None:
    bell = Bell(site.hooks, again=0.01)
    with bell.rung("erp") as rung:
        await asyncio.wait_for(rung.wait(), 5)
        assert bell.hears
        rung.clear()
        killer = await asyncpg.connect(postgres_url)
        await killer.execute("""
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE query LIKE 'LISTEN%' AND datname = current_database()
        """)
        await killer.close()
        await asyncio.wait_for(rung.wait(), 5)
        rung.clear()
        await asyncio.wait_for(rung.wait(), 5)
        assert bell.hears, "once when it went deaf, and once when it heard again"
        rung.clear()
        await site.hooks.add("other", "https://receiver.example/", (), b"sealed", "ida")
        assert not rung.is_set(), "that was about somebody else"
        await site.hooks.add("erp", "https://receiver.example/", (), b"sealed", "ida")
        await asyncio.wait_for(rung.wait(), 5)
    await bell.aclose()
