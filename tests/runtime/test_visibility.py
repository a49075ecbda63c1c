"""Replays when the engine does not answer as usual: no worker, asked twice, a replay that somebody ended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities import queues
from activities.crm import CrmActivities
from activities.publishing import Basis
from domain import ids
from domain.mapping import Matrix, Mode, ObjectRules
from domain.order import Contact
from runtime.visibility import Outcome, Replaying, Sight
from security.sealing import Seal
from store.port import Coverage, CrmLetter, Outgoing, Shown, Stores
from store.stores import open_all
from tests.doubles.stores import MemoryAudit, memory_stores
from tests.doubles.world import FakeCrm, FakeWorld
from tests.stack import temporal
from tests.stack.settings import least_settings
from tests.store.samples import NOW, move
from workflows.crm_replay import CrmReplay, Replayed


class Letters:
    """One dead letter, for as long as the outbox has it."""

    def __init__(self, stores: Stores, return_id: str) -> None:
        self._stores, self._return_id = stores, return_id

    async def orgs(self) -> tuple[str, ...]:
        return ("main",)

    async def whose(self, return_ids: tuple[str, ...]) -> Mapping[str, tuple[str, str]]:
        raise NotImplementedError

    async def of_return(self, return_id: str) -> tuple[Shown, ...]:
        raise NotImplementedError

    async def letters(
        self, org: str | None = None, cause: str = "", return_ids: tuple[str, ...] | None = None
    ) -> tuple[CrmLetter, ...]:
        dead = await self._stores.outbox.dead_letters()
        return tuple(CrmLetter(one.return_id, "main", "quoted", 1, 0, one.since, one.reason, 1) for one in dead)

    async def coverage(self, org: str | None, days: int, limit: int) -> Coverage:
        raise NotImplementedError


async def dead(return_id: str) -> Stores:
    stores = memory_stores()
    await stores.returns.record(move(return_id, outgoing=(Outgoing("crm:main", "quoted"),), currency="EUR"))
    await stores.returns.save_contact(return_id, Contact("Anna", "anna@example.test", "801", None))
    await stores.outbox.park(return_id, "crm:main", "away")
    return stores


def replaying(client: Client, stores: Stores, return_id: str, grace: float = 15) -> Replaying:
    return Replaying(client, Sight(Letters(stores, return_id), ()), stores.returns, stores.audit, grace)


async def test_a_replay_that_nobody_takes_is_pending_and_asked_for_again_is_the_same(
    temporal_env: WorkflowEnvironment,
) -> None:
    client = await temporal.client(temporal_env, least_settings())
    return_id = f"R-1-{int(NOW.timestamp())}A"
    stores, world = await dead(return_id), FakeWorld()
    for _ in range(2):
        (told,) = await replaying(client, stores, return_id, grace=0).some((return_id,), None, patience=1)
        assert (told.outcome, told.version) == (Outcome.PENDING, 0)
    assert isinstance(stores.audit, MemoryAudit)
    said = {(act.stream, act.action, act.subject) for act in stores.audit.acts}
    assert said == {("crm:main", "dead_letter:replay", f"return:{return_id}")}
    crm = CrmActivities({"main": FakeCrm(world)}, stores.returns, stores.outbox, stores.links, stores.parties)
    async with (
        Worker(client, task_queue=queues.RETURNS, workflows=[CrmReplay]),
        Worker(client, task_queue=queues.crm("main"), activities=[crm.publish]),
    ):
        handle = client.get_workflow_handle(ids.replay_id(return_id, "main"), result_type=Replayed)
        assert (await handle.result()).version == 1
    assert world.crm[return_id].stage == "quoted"
    assert world.calls.count("publish main") == 1
    assert await stores.outbox.dead_letters() == ()


async def test_a_replay_of_what_the_mapping_switches_off_shows_nothing_and_says_so(
    temporal_env: WorkflowEnvironment, postgres_url: str
) -> None:
    client = await temporal.client(temporal_env, least_settings())
    return_id = f"R-1-{int(NOW.timestamp())}OFF"
    stores, world = await dead(return_id), FakeWorld()
    off = Matrix("main", "1", (ObjectRules("return", "Case", "Key__c", (), Mode.OFF),))
    async with open_all(postgres_url, connections=1) as (_, kept):
        basis = {"main": Basis(off, kept.agreements, Seal(None))}
        doors = (stores.returns, stores.outbox, stores.links, stores.parties)
        crm = CrmActivities({"main": FakeCrm(world)}, *doors, basis)
        async with (
            Worker(client, task_queue=queues.RETURNS, workflows=[CrmReplay]),
            Worker(client, task_queue=queues.crm("main"), activities=[crm.publish]),
        ):
            (told,) = await replaying(client, stores, return_id).some((return_id,), None, patience=20)
    assert (told.outcome, world.crm) == (Outcome.NOT_OWED, {})
    assert "switches its region or the object off" in told.detail


async def test_a_replay_that_somebody_ended_failed_and_keeps_its_letter(temporal_env: WorkflowEnvironment) -> None:
    client = await temporal.client(temporal_env, least_settings())
    return_id = f"R-1-{int(NOW.timestamp())}C"
    stores = await dead(return_id)
    asked = asyncio.create_task(replaying(client, stores, return_id).some((return_id,), None, patience=30))
    handle = client.get_workflow_handle(ids.replay_id(return_id, "main"))
    while await _missing(handle):
        pass
    await handle.terminate("by hand")
    (told,) = await asked
    assert told.outcome is Outcome.FAILED
    assert "terminated" in told.detail.lower()
    assert len(await stores.outbox.dead_letters()) == 1


async def _missing(handle: WorkflowHandle[Any, Any]) -> bool:
    try:
        await handle.describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return True
        raise
    return False
