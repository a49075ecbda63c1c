"""Who drives each side: one whole return, or one walk over the floor. Both through the same kind of client."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import httpx
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from activities import queues
from bench.floor import Floor, queue
from bench.plan import Plan
from domain import ids
from domain.inventory import Disposition
from domain.returns import Reason, RequestedLine, Stage
from domain.units import FULL_VALUE, Verdict
from runtime.refusals import RetryLater
from runtime.returns import Returns
from stories.baskets import Basket, household
from stories.scene import start_of
from workflows import messages as m

# Between looks whether the return is ready for its parcel.
_PAUSE = 0.1
_BATCH = 100
T = TypeVar("T")


class BenchFailed(Exception):
    """A return did not go as every measured return must."""


class Player(Protocol):
    """One side. `play` runs one workflow to its end and answers its id and, in ms, how long the first answer took."""

    async def prepare(self, count: int) -> None:
        """What is not measured: whatever the next `count` plays need."""
        ...

    async def play(self) -> tuple[str, float]: ...


class ReturnsPlayer:
    """Backhaul's B2C return: requested, confirmed, received, inspected, closed. One order per return."""

    def __init__(self, client: Client, returns: Returns, control: httpx.AsyncClient) -> None:
        self._client, self._returns, self._control = client, returns, control
        self._number = 100_000
        self._orders: list[Basket] = []

    async def prepare(self, count: int) -> None:
        self._orders = [_of_catalogue(household(self._number + place)) for place in range(count)]
        self._number += count
        for start in range(0, count, _BATCH):
            answer = await self._control.post("/orders/bulk", json=self._orders[start : start + _BATCH], timeout=120)
            answer.raise_for_status()

    async def play(self) -> tuple[str, float]:
        basket = self._orders.pop()
        line = str(basket["lines"][0]["line_id"])
        start = start_of(basket, (RequestedLine(line, 2, Reason.CHANGED_MIND),), "bench")
        began = time.perf_counter()
        answer = await _insisting(lambda: self._returns.start(start))
        waited = (time.perf_counter() - began) * 1000
        if answer.quote is None:
            raise BenchFailed(f"{start.return_id} was not quoted: {answer.decision} {'; '.join(answer.reasons)}")
        key = answer.return_id
        confirm = m.Confirm(f"confirm-{key}", answer.quote.digest, answer.quote.total)
        await _insisting(lambda: self._returns.confirm(key, confirm))
        while (await self._returns.snapshot(key)).stage is not Stage.AWAITING_GOODS:  # noqa: ASYNC110 - from outside
            await asyncio.sleep(_PAUSE)
        await self._returns.receive(key, m.Receipt(f"P-{key}", (m.ReceiptLine(2, line),)))
        verdict = Verdict(line, 2, Disposition.RESTOCK, True, FULL_VALUE)
        await self._returns.inspect(key, m.Inspection(f"I-{key}", (verdict,)))
        workflow_id = ids.workflow_id(key)
        await self._client.get_workflow_handle(workflow_id).result()
        ended = await self._returns.snapshot(key)
        if ended.stage is not Stage.CLOSED or not ended.matched:
            raise BenchFailed(f"{key} ended {ended.stage}: {'; '.join(str(one) for one in ended.differences)}")
        return workflow_id, waited


async def _insisting(ask: Callable[[], Awaitable[T]]) -> T:
    """As a caller is told to when nobody answers in time: the same again, with the same key, until the round ends."""
    while True:
        with contextlib.suppress(RetryLater):
            return await ask()


def _of_catalogue(basket: Basket) -> Basket:
    """The same articles in every order, as in a shop: a story's basket has articles of its own."""
    return basket | {"lines": [line | {"sku": line["sku"].rpartition("-")[0]} for line in basket["lines"]]}


class FloorPlayer:
    """A walk over the floor, by a plan."""

    def __init__(self, client: Client, plan: Plan) -> None:
        self._client, self._plan = client, plan
        self._number = 0

    async def prepare(self, count: int) -> None:
        """Nothing is needed."""

    async def play(self) -> tuple[str, float]:
        self._number += 1
        workflow_id = f"floor-{self._number}"
        start = WithStartWorkflowOperation(
            Floor.run,
            self._plan,
            id=workflow_id,
            task_queue=queue(queues.RETURNS),
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        began = time.perf_counter()
        await self._client.execute_update_with_start_workflow(Floor.say, start_workflow_operation=start)
        waited = (time.perf_counter() - began) * 1000
        handle = self._client.get_workflow_handle(workflow_id)
        for _ in self._plan.phases[1:]:
            await handle.execute_update(Floor.say)
        await handle.result()
        return workflow_id, waited
