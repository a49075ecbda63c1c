"""The listening as a workflow: on a real engine, through dying workers, hints, troubles and a new history."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities import queues
from activities.crm import CrmActivities, Publish
from activities.judging import Org
from activities.publishing import Basis
from domain import ids
from runtime.inbound import Desk, Listening, begin, hearing
from security.sealing import Seal
from tests.inbound.org import MATRIX, refused
from tests.inbound.stage import RETURN_ID, Setting, setting
from tests.stack import temporal
from tests.stack.settings import least_settings
from workflows.crm_inbound import CrmInbound, Inbound

# The activities are not cut off: they end by themselves when their worker is told to stop.
GRACE = timedelta(seconds=20)


@dataclass
class Play:
    """An org of its own name, since all tests share one engine."""

    client: Client
    org: str
    here: Setting
    listening: Listening
    heart: Org

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        async with self.deciding(), self.calling():
            yield

    def deciding(self) -> Worker:
        return Worker(self.client, task_queue=queues.RETURNS + self.org, workflows=[CrmInbound])

    def calling(self) -> Worker:
        here = self.here
        activities = [*hearing(self.heart, here.books, here.links, Desk(here.desk)), here.crm.publish]
        queue = queues.crm(self.org)
        return Worker(self.client, task_queue=queue, activities=activities, graceful_shutdown_timeout=GRACE)

    async def start(self, span: float = 60, turns: int = 200) -> None:
        await self.client.start_workflow(
            CrmInbound.run,
            Inbound(self.org, span, turns),
            id=ids.inbound_id(self.org),
            task_queue=queues.RETURNS + self.org,
        )

    async def until(self, ready: Callable[[], Awaitable[bool]]) -> None:
        """What never comes is ended by the test's own time limit."""
        while not await ready():  # noqa: ASYNC110 - the other side is a process of its own
            await asyncio.sleep(0.02)

    async def until_asked(self, many: int) -> None:
        async def asked() -> bool:
            return len(self.here.desk.asked) >= many

        await self.until(asked)

    async def until_shown(self, stage: str) -> None:
        async def stands() -> bool:
            return self.here.org.value(RETURN_ID, "Stage") == stage

        await self.until(stands)

    async def heard(self) -> None:
        """It listens: everything was compared once."""

        async def compared() -> bool:
            positions = await self.here.books.watching.positions(self.org)
            return bool(positions) and not any(one.comparing for one in positions)

        await self.until(compared)


@pytest.fixture
async def play(temporal_env: WorkflowEnvironment, postgres_url: str) -> AsyncIterator[Play]:
    client = await temporal.client(temporal_env, least_settings())
    org = f"main-{uuid.uuid4().hex[:6]}"
    matrix = replace(MATRIX, org=org, objects=MATRIX.objects[:1])
    async with setting(postgres_url, matrix) as here:
        basis = Basis(matrix, here.books.agreements, Seal(None))
        here.crm = CrmActivities(
            {org: here.org},
            here.stores.returns,
            here.stores.outbox,
            here.stores.links,
            here.stores.parties,
            {org: basis},
        )
        heart = Org(basis, here.org, here.org, here.stores.returns)
        yield Play(client, org, here, Listening(client, here.books, (org,)), heart)


async def shown(play: Play, return_id: str = RETURN_ID) -> str:
    await play.here.record(return_id)
    await play.here.crm.publish(Publish(return_id, play.org))
    return play.here.org.of_return(return_id)


async def test_an_edit_becomes_a_request_and_one_of_ours_is_put_back(play: Play) -> None:
    record = await shown(play)
    async with play.worker():
        await play.start()
        await play.heard()
        play.here.org.edit(record, Refund=5, Stage="paid")
        await play.until_asked(1)
        await play.until_shown("quoted")
        (running,) = await play.listening.status()
        assert (running.status, running.state is not None) == ("running", True)


async def test_a_hint_makes_it_look_at_once_and_stopping_stays_until_a_start(play: Play) -> None:
    record = await shown(play)
    async with play.worker():
        await play.start(span=3600)
        await play.heard()

        async def waits() -> bool:
            return play.here.org.waits > 0

        await play.until(waits)
        play.here.org.deaf = True
        play.here.org.edit(record, Refund=5)
        await play.client.get_workflow_handle(ids.inbound_id(play.org)).signal("hint")
        await play.until_asked(1)

        assert await play.listening.stop() == {play.org: True}
        handle = play.client.get_workflow_handle(ids.inbound_id(play.org))
        await handle.result()
        assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
        assert await begin(play.client, play.org, stopped_too=False) is False
        (running,) = await play.listening.status()
        assert running.status == "stopped"
        assert await play.listening.start() == {play.org: True}
        assert await play.listening.start() == {play.org: False}
        await play.client.get_workflow_handle(ids.inbound_id(play.org)).terminate()


async def test_a_new_history_goes_on_where_the_old_one_was(play: Play) -> None:
    record = await shown(play)
    async with play.worker():
        await play.start(span=0.1, turns=2)
        handle = play.client.get_workflow_handle(ids.inbound_id(play.org))
        first = (await handle.describe()).run_id
        for refund in range(1, 6):
            play.here.org.edit(record, Refund=refund)
            await play.until_asked(refund)

        async def anew() -> bool:
            return (await handle.describe()).run_id != first

        await play.until(anew)
        assert [value for _, value, _ in play.here.desk.requests] == [f"{refund}.00 EUR" for refund in range(1, 6)]


async def test_workers_that_come_and_go_in_the_middle_lose_and_repeat_nothing(play: Play) -> None:
    records = [await shown(play, f"R-{number}-A") for number in range(4)]
    async with play.deciding():
        for turn in range(1, 5):
            async with play.calling():
                if turn == 1:
                    await play.start()
                    await play.heard()
                for record in records:
                    play.here.org.edit(record, Refund=turn)
                # The worker is stopped while some are asked and some are not.
                await play.until_asked(turn * 4 - 3)
        async with play.calling():
            await play.until_asked(16)
    asked = sorted(value for _, value, _ in play.here.desk.requests)
    assert asked == sorted(f"{turn}.00 EUR" for turn in range(1, 5) for _ in records)


async def test_what_cannot_be_put_back_now_waits_and_the_listening_goes_on(play: Play) -> None:
    record = await shown(play)
    play.here.org.broken = []
    async with play.worker():
        await play.start(span=0.2)
        await play.heard()
        real = play.here.org.publish

        async def refusing(projection: object) -> object:
            raise refused()

        play.here.org.publish = refusing  # type: ignore[method-assign,assignment]
        play.here.org.edit(record, Stage="paid")

        async def waiting() -> bool:
            (running,) = await play.listening.status()
            return running.state is not None and running.state.waiting == (RETURN_ID,)

        await play.until(waiting)
        play.here.org.edit(record, Refund=5)
        await play.until_asked(1)
        play.here.org.publish = real  # type: ignore[method-assign]
