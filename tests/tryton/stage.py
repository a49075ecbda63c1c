"""Real returns with Tryton as the ERP: Temporal, PostgreSQL, workers, the sandbox's shop and mail, a real Tryton."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from temporalio.testing import WorkflowEnvironment

from adapters.http import client as trusting
from domain.ids import credit_key
from domain.returns import Snapshot
from runtime import wiring
from runtime.embedded.sandbox import SENDER
from runtime.settings import Settings, read
from stories.office import Office
from stories.scene import Scene
from tests.stack import temporal
from tests.stack.sandbox import Sandbox
from tests.stack.tryton import RealTryton
from tests.tryton.books import OrderBooks

# A real ERP on a busy machine: a return takes seconds.
_PATIENCE = 300.0


class NoCrew:
    """Nobody kills anything here."""

    async def kill(self, part: str) -> None:
        raise AssertionError(f"{part} is not to be killed")

    async def start(self) -> None:
        raise AssertionError("nothing was killed")


@dataclass
class Stage:
    scene: Scene
    real: RealTryton
    placed: dict[str, OrderBooks] = field(default_factory=dict)

    async def place(self, basket: dict[str, Any]) -> dict[str, Any]:
        """The order into the shop and into Tryton."""
        await self.scene.place(basket)
        self.placed[str(basket["order_id"])] = await asyncio.to_thread(OrderBooks, self.real, basket)
        return basket

    def place_all(self, orders: Sequence[dict[str, Any]]) -> None:
        """Into Tryton alone, in one go."""
        seeded = {str(one.order_id): one for one in self.real.seed(*orders)}
        for basket in orders:
            number = str(basket["order_id"])
            self.placed[number] = OrderBooks(self.real, basket, seeded[number])

    def books(self, basket: dict[str, Any]) -> OrderBooks:
        return self.placed[str(basket["order_id"])]


def settings(real: RealTryton, sandbox: Sandbox, database: str, **more: str) -> Settings:
    shop = sandbox.credentials["shopify"]
    given = {
        "BACKHAUL_DATABASE__URL": database,
        "BACKHAUL_FILES__CA": str(sandbox.ca_file),
        "BACKHAUL_STOREFRONT__URL": sandbox.url("shopify"),
        "BACKHAUL_STOREFRONT__CLIENT_ID": shop["client_id"],
        "BACKHAUL_STOREFRONT__CLIENT_SECRET": shop["client_secret"],
        "BACKHAUL_ERP__KIND": "tryton",
        "BACKHAUL_ERP__URL": real.url,
        "BACKHAUL_ERP__DATABASE": real.database,
        "BACKHAUL_ERP__USER": real.user,
        "BACKHAUL_ERP__PASSWORD": real.password,
        "BACKHAUL_NOTIFY__HOST": "127.0.0.1",
        "BACKHAUL_NOTIFY__PORT": str(sandbox.ports["smtp"]),
        "BACKHAUL_NOTIFY__SECURITY": "none",
        "BACKHAUL_NOTIFY__SENDER": SENDER,
    }
    return read(given | more, env_file=None)


@asynccontextmanager
async def staged(
    real: RealTryton, sandbox: Sandbox, database: str, env: WorkflowEnvironment, number: int
) -> AsyncIterator[Stage]:
    given = settings(real, sandbox, database)
    client = await temporal.client(env, given)
    async with AsyncExitStack() as stack:
        for worker in await stack.enter_async_context(wiring.workers(given, client)):
            await stack.enter_async_context(worker)
        desk = await stack.enter_async_context(wiring.returns(given, client))
        crms = await stack.enter_async_context(wiring.replaying(given, client))
        control = await stack.enter_async_context(trusting(str(sandbox.ca_file), sandbox.url("control")))
        yield Stage(Scene(desk, crms, control, NoCrew(), Office(given), number, _PATIENCE), real)


def check_posted(books: OrderBooks, *snapshots: Snapshot) -> None:
    """Tryton has a credit note for each return that was credited, over what was quoted and paid, and no other."""
    theirs = {note["description"]: -note["total_amount"] for note in books.posted()}
    ours = {
        credit_key(snap.return_id): Decimal(snap.credited.decimal())
        for snap in snapshots
        if snap.credited is not None and snap.credited.minor
    }
    assert theirs == ours
    assert [note["state"] for note in books.credit_notes() if note["state"] == "draft"] == []
