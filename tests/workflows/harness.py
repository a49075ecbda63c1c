"""Returns on a real Temporal server whose clock skips waiting, with doors in memory."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities import queues
from activities.changes import ChangeActivities
from activities.crm import CrmActivities
from activities.erp import ErpActivities
from activities.notify import NotifyActivities
from activities.record import RecordActivities
from activities.storefront import StorefrontActivities
from domain import ids
from domain.inventory import Disposition
from domain.policy import Policy
from domain.returns import Reason, RequestedLine, Snapshot, Stage
from domain.units import Verdict
from store.port import Stores
from tests.doubles.stores import memory_stores
from tests.doubles.world import WORDING, FakeCrm, FakeErp, FakeNotifier, FakeStorefront, FakeWorld
from workflows import messages as m
from workflows.return_lifecycle import ReturnLifecycle

MUGS = (RequestedLine("70011", 3, Reason.CHANGED_MIND),)


@dataclass
class Rig:
    """A worker over a fake world; `start` begins a return, the rest speaks to it."""

    env: WorkflowEnvironment
    client: Client
    world: FakeWorld = field(default_factory=FakeWorld)
    stores: Stores = field(default_factory=memory_stores)
    policy: Policy = field(default_factory=Policy)
    # Tests share one server; a suffix keeps their returns apart.
    suffix: str = field(default_factory=lambda: uuid.uuid4().hex[:6].upper())
    talks: list[Talk] = field(default_factory=list)

    async def start(
        self,
        lines: tuple[RequestedLine, ...] = MUGS,
        order_id: str = "5001",
        key: str = "click-1",
        storefront_return: str | None = None,
        update_key: str | None = None,
    ) -> Talk:
        return_id = f"{ids.return_id(order_id, key)}-{self.suffix}"
        start = m.StartReturn(return_id, order_id, lines, key, storefront_return)
        operation = WithStartWorkflowOperation(
            ReturnLifecycle.run,
            start,
            id=ids.workflow_id(return_id),
            task_queue=queues.RETURNS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        answer: m.RequestAnswer = await self.client.execute_update_with_start_workflow(
            m.UPDATE_REQUEST,
            m.Request(key),
            start_workflow_operation=operation,
            id=update_key or key,
            result_type=m.RequestAnswer,
        )
        talk = Talk(self, await operation.workflow_handle(), answer)
        self.talks.append(talk)
        return talk

    async def recorded(self, talk: Talk, stage: Stage) -> Snapshot:
        """Wait for the stage in the books, not asking the workflow itself."""
        while True:
            snapshot = await self.stores.returns.snapshot(talk.answer.return_id)
            if snapshot is not None and snapshot.stage is stage:
                return snapshot
            await asyncio.sleep(0.02)

    def notices(self, talk: Talk) -> list[str]:
        """Subjects of the notices that were sent about a return, in order."""
        about = f"{talk.answer.return_id}."
        return [mail.key.removeprefix(about) for mail in self.world.mails if mail.key.startswith(about)]

    async def clear(self) -> None:
        """Leave nothing running behind for the next test's workers."""
        for talk in self.talks:
            with suppress(RPCError):
                await talk.handle.terminate()


@dataclass
class Talk:
    """One return, spoken to as its callers do."""

    rig: Rig
    handle: WorkflowHandle[ReturnLifecycle, Snapshot]
    answer: m.RequestAnswer
    said: int = 0

    def key(self) -> str:
        self.said += 1
        return f"key-{self.said}"

    async def confirm(self) -> m.Ack:
        quote = self.answer.quote
        assert quote is not None, self.answer
        return await self.say(m.UPDATE_CONFIRM, m.Confirm(self.key(), quote.digest, quote.total))

    async def say(self, update: str, message: Any) -> m.Ack:
        ack: m.Ack = await self.handle.execute_update(update, message, id=self.key(), result_type=m.Ack)
        return ack

    async def refusal(self, update: str, message: Any) -> str:
        """The type and sentence with which a message is refused."""
        with pytest.raises(WorkflowUpdateFailedError) as caught:
            await self.handle.execute_update(update, message, id=self.key(), result_type=m.Ack)
        cause = caught.value.cause
        assert isinstance(cause, ApplicationError)
        return f"{cause.type}: {cause.message}"

    async def authorized(self) -> Talk:
        """Confirmed, and waiting for goods."""
        await self.confirm()
        await self.at(Stage.AWAITING_GOODS)
        return self

    async def receive(self, quantity: int = 3, receipt_id: str = "P1", line_id: str = "70011") -> m.Ack:
        return await self.say(m.UPDATE_RECEIVE, m.Receipt(receipt_id, (m.ReceiptLine(quantity, line_id),)))

    async def inspect(self, *verdicts: Verdict) -> m.Ack:
        said = verdicts or (Verdict("70011", 3, Disposition.RESTOCK, accepted=True),)
        return await self.say(m.UPDATE_INSPECT, m.Inspection(f"I{self.said}", said))

    async def held(self, reason: str) -> Snapshot:
        return await self.until(lambda snap: any(hold.reason == reason for hold in snap.holds))

    async def resolve(self, choice: str, note: str = "") -> m.Ack:
        snapshot = await self.until(lambda snap: bool(snap.holds))
        said = m.Resolve(self.key(), snapshot.holds[0].hold_id, choice, "tester", note)
        return await self.say(m.UPDATE_RESOLVE, said)

    async def snapshot(self) -> Snapshot:
        return await self.handle.query(ReturnLifecycle.snapshot)

    async def until(self, ready: Any) -> Snapshot:
        """Ask until it is so; what never comes is ended by the test's own time limit."""
        while True:
            snapshot = await self.snapshot()
            if ready(snapshot):
                return snapshot
            # Who asks without a pause takes the time of what is waited for.
            await asyncio.sleep(0.02)

    async def at(self, stage: Stage) -> Snapshot:
        return await self.until(lambda snap: snap.stage is stage)

    async def skip(self, span: timedelta) -> None:
        await self.rig.env.fast_forward(self.handle, span)

    async def end(self) -> Snapshot:
        return await self.handle.result()


@asynccontextmanager
async def rigged(env: WorkflowEnvironment, client: Client, **changes: Any) -> AsyncIterator[Rig]:
    policy = replace(Policy(retry_at_most=1), **changes)
    rig = Rig(env, client, policy=policy)
    world, stores = rig.world, rig.stores
    storefront = StorefrontActivities(FakeStorefront(world), stores.returns, lambda order: rig.policy, ("main",))
    erp = ErpActivities(FakeErp(world), stores.ledger)
    crm = CrmActivities({"main": FakeCrm(world)}, stores.returns, stores.outbox, stores.links, stores.parties)
    notify = NotifyActivities(FakeNotifier(world), stores.returns, stores.notices, WORDING)
    record = RecordActivities(stores.returns)
    everything: list[Callable[..., Any]] = [
        storefront.load_order, storefront.open_storefront_return, storefront.stage_goods, storefront.pay_out,
        storefront.release_goods, storefront.cancel_storefront_return,
        erp.quote, erp.quote_anew, erp.authorize, erp.receive_goods, erp.revise_quote, erp.post_credit, erp.settle,
        erp.cancel_authorization, crm.publish, crm.park, notify.notify,
    ]  # fmt: skip
    async with AsyncExitStack() as stack:
        for queue in (queues.RETURNS, queues.ERP, queues.STOREFRONT, queues.HUB, queues.crm("main")):
            flows = [ReturnLifecycle] if queue == queues.RETURNS else []
            acts: list[Callable[..., Any]] = (
                [record.record, ChangeActivities().judge] if queue == queues.RETURNS else everything
            )
            await stack.enter_async_context(Worker(client, task_queue=queue, workflows=flows, activities=acts))
        stack.push_async_callback(rig.clear)
        yield rig
