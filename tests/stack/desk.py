"""The command line against a real Temporal and a real PostgreSQL, with workers whose doors are in memory."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.worker import Worker

from activities import queues
from activities.changes import ChangeActivities
from activities.crm import CrmActivities
from activities.crm_backfill import BackfillActivities, Filling
from activities.erasure import ErasureActivities
from activities.erp import ErpActivities
from activities.notify import NotifyActivities
from activities.publishing import Basis
from activities.record import RecordActivities
from activities.storefront import StorefrontActivities
from activities.webhooks import WebhookActivities
from cli import app
from domain.mapping import Matrix, ObjectRules
from runtime.histories import EngineHistories
from runtime.temporal import plugin
from runtime.wiring import vendors
from security.marks import MarkKey
from security.sealing import Seal
from store.port import Backfills, CrmBooks, Erasures, Stores
from store.stores import open_all, open_backfills, open_erasures, open_webhooks
from tests.doubles.bulk import FakeBulk
from tests.doubles.world import (
    WORDING,
    FakeCrm,
    FakeErp,
    FakeNotifier,
    FakeStorefront,
    FakeWorld,
    mug_invoice,
    mug_order,
)
from tests.stack.settings import least_settings
from workflows.crm_backfill import CrmBackfill, CrmForecast
from workflows.crm_inbound import CrmInbound
from workflows.crm_replay import CrmReplay
from workflows.erasure import ErasePerson
from workflows.notice_replay import NoticeReplay
from workflows.return_lifecycle import ReturnLifecycle
from workflows.webhook_lane import WebhookLane

# All desks of a session share one engine, which never takes a return's id twice.
_NUMBERS = itertools.count(7001)


@dataclass
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line of a refusal."""
        assert self.code == 2, (self.code, self.out, self.err)
        assert self.out == ""
        (line,) = self.err.splitlines()
        assert "Traceback" not in line
        return line


@dataclass
class Desk:
    """`say` runs a command as a shell would; `world` is what the vendors' books say."""

    world: FakeWorld = field(default_factory=FakeWorld)

    def order(self) -> str:
        """A fresh order of three mugs and a pot, and its id."""
        number = str(next(_NUMBERS))
        self.world.orders[number], self.world.invoices[number] = mug_order(number), mug_invoice(number)
        return number

    def say(self, *words: str, stdin: bytes = b"") -> Said:
        out, err, kept = io.StringIO(), io.StringIO(), (sys.stdout, sys.stderr, sys.stdin)
        sys.stdout, sys.stderr, sys.stdin = out, err, io.TextIOWrapper(io.BytesIO(stdin))
        try:
            with pytest.raises(SystemExit) as left:
                app.main(words)
        finally:
            sys.stdout, sys.stderr, sys.stdin = kept
        return Said(int(left.value.code or 0), out.getvalue(), err.getvalue())

    def answer(self, *words: str) -> Any:
        """The document of a command that must go well."""
        said = self.say(*words, "--json")
        assert said.code == 0, said
        return said.document

    def quoted(self, quantity: int = 3) -> Any:
        """The answer to a fresh request for mugs."""
        body = {"order_id": self.order(), "lines": [{"line_id": "70011", "quantity": quantity}]}
        answer = self.answer("start", json.dumps(body))
        assert answer["decision"] == "quoted", answer
        return answer

    def authorized(self) -> str:
        """The id of a return that waits for its goods."""
        answer = self.quoted()
        self.confirm(answer)
        self.until(answer["return_id"], lambda now: now["stage"] == "awaiting_goods")
        return str(answer["return_id"])

    def confirm(self, answer: Any) -> Any:
        quote = answer["quote"]
        total = quote["total"]
        words = ("--digest", quote["digest"], "--amount", total["amount"], "--currency", total["currency"])
        return self.answer("confirm", answer["return_id"], *words)

    def until(self, return_id: str, ready: Callable[[Any], bool]) -> Any:
        """Look at the return until it is so; what never comes is ended by the test's own time limit."""
        while True:
            now = self.answer("status", return_id)
            if ready(now):
                return now
            # Who asks without a pause takes the time of what is waited for.
            time.sleep(0.02)


@contextmanager
def opened(address: str, database: str) -> Iterator[Desk]:
    """Workers on a thread of their own: a command has its own event loop, as in a shell."""
    desk, ready, done = Desk(), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            loop.run_until_complete(_serve(address, database, desk.world, ready, done))
        except BaseException as error:
            failed.append(error)
        finally:
            loop.close()
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(30)
    if failed:
        raise failed[0]
    try:
        yield desk
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(30)


async def _serve(address: str, database: str, world: FakeWorld, ready: threading.Event, done: asyncio.Event) -> None:
    client = await Client.connect(address, plugins=[plugin(least_settings())])
    async with AsyncExitStack() as stack:
        stores, books = await stack.enter_async_context(open_all(database))
        backfills = await stack.enter_async_context(open_backfills(database))
        erasures = await stack.enter_async_context(open_erasures(database, MarkKey(bytes(32))))
        lanes = await stack.enter_async_context(open_webhooks(database, 3))
        sender = vendors.webhook_sender(least_settings())
        stack.push_async_callback(sender.aclose)
        told = WebhookActivities(lanes, sender, patience=60)
        stack.push_async_callback(told.aclose)
        for worker in _workers(client, stores, books, backfills, erasures, told, world):
            await stack.enter_async_context(worker)
        ready.set()
        await done.wait()


def _workers(
    client: Client,
    stores: Stores,
    books: CrmBooks,
    backfills: Backfills,
    erasures: Erasures,
    told: WebhookActivities,
    world: FakeWorld,
) -> Iterator[Worker]:
    shop = StorefrontActivities(FakeStorefront(world), stores.returns, world.policy, ("main",))
    erp = ErpActivities(FakeErp(world), stores.ledger)
    crm = CrmActivities({"main": FakeCrm(world)}, stores.returns, stores.outbox, stores.links, stores.parties)
    notify = NotifyActivities(FakeNotifier(world), stores.returns, stores.notices, WORDING)
    basis = Basis(Matrix("main", "1", (ObjectRules("return", "Return", "Ref", ()),)), books.agreements, Seal(None))
    filling = Filling(FakeBulk(world), FakeCrm(world), basis)
    erase = ErasureActivities(erasures, stores.returns, EngineHistories(client), {"main": FakeCrm(world)})
    fill = BackfillActivities({"main": filling}, backfills, stores.links, stores.parties)
    everything: list[Callable[..., Any]] = [
        shop.load_order, shop.open_storefront_return, shop.stage_goods, shop.pay_out, shop.release_goods,
        shop.cancel_storefront_return, erp.quote, erp.quote_anew, erp.authorize, erp.receive_goods, erp.revise_quote,
        erp.post_credit, erp.settle, erp.cancel_authorization, crm.publish, crm.park, notify.notify,
        fill.forecast_backfill, fill.begin_backfill, fill.load_portion, fill.mark_backfill,
        erase.look_at_person, erase.erase_in_books, erase.erase_in_crm, erase.erase_histories, erase.give_up_part,
        erase.conclude_erasure,
    ]  # fmt: skip
    yield Worker(
        client,
        task_queue=queues.RETURNS,
        workflows=[
            ReturnLifecycle,
            NoticeReplay,
            WebhookLane,
            CrmReplay,
            CrmInbound,
            CrmBackfill,
            CrmForecast,
            ErasePerson,
        ],
        activities=[RecordActivities(stores.returns).record, ChangeActivities().judge],
    )
    yield Worker(client, task_queue=queues.WEBHOOKS, activities=[told.await_due, told.hand_over])
    for queue in (queues.ERP, queues.STOREFRONT, queues.HUB, queues.crm("main")):
        yield Worker(client, task_queue=queue, activities=everything)
