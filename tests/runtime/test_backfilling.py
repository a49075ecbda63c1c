"""Backfills over a real engine and a real PostgreSQL: killed, paused, refused, overtaken by live news."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities import queues
from activities.crm_backfill import BackfillActivities, Filling, Whole
from activities.publishing import Basis
from adapters.crm.port import Bulk, Forecast, Projection, Published
from adapters.crm.salesforce import SalesforceBulk, SalesforceCrm
from adapters.crm.spending import Priority, purpose
from adapters.errors import Permanent, SignInRefused, VendorError
from domain import ids
from domain.errors import BadInput, WrongStage
from domain.mapping import Matrix, Mode, ObjectRules
from domain.order import Contact
from domain.returns import Reason, SnapshotLine, Stage
from runtime.backfilling import Backfilling
from security.sealing import Seal
from store.port import Backfill, Backfills, BackfillState, CrmBooks, Ended, Outgoing, Stores, Visibility, Wanted
from store.stores import open_all, open_backfills, open_visibility
from tests.adapters import test_crm_salesforce
from tests.doubles.world import FakeCrm, FakeWorld
from tests.stack import temporal
from tests.stack.sandbox import Sandbox
from tests.stack.settings import least_settings
from tests.store.samples import move
from workflows.crm_backfill import CrmBackfill, CrmForecast, Fill, Progress

# All tests of a session share one engine: an org of its own for each.
_NUMBERS = count(1)


@dataclass
class FakeBulk:
    """Takes whatever it is given, but for the returns in `refused`; `gate` holds a portion after its ticket is kept."""

    refused: dict[str, VendorError] = field(default_factory=dict)
    ahead: dict[str, int] = field(default_factory=dict)
    fails: list[VendorError] = field(default_factory=list)
    loads: list[tuple[list[str], str]] = field(default_factory=list)
    purposes: set[Priority] = field(default_factory=set)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    inside: asyncio.Event = field(default_factory=asyncio.Event)

    async def forecast(self, returns: int, lines: int) -> Forecast:
        self.purposes.add(purpose())
        return Forecast(returns, 38, 2, 60.0, 1000, 100)

    async def load(
        self, projections: Sequence[Projection], ticket: str, keep: Callable[[str], Awaitable[None]]
    ) -> Mapping[str, Published | VendorError]:
        self.purposes.add(purpose())
        self.loads.append(([each.return_id for each in projections], ticket))
        if self.fails:
            raise self.fails.pop(0)
        if not ticket:
            await keep(f"job-{len(self.loads)}")
        self.inside.set()
        await self.gate.wait()
        return {
            each.return_id: self.refused.get(each.return_id)
            or Published(f"r-{each.return_id}", self.ahead.get(each.return_id, each.version))
            for each in projections
        }


@dataclass
class Rig:
    client: Client
    org: str
    stores: Stores
    books: CrmBooks
    backfills: Backfills
    seen: Visibility
    bulk: FakeBulk

    @property
    def through(self) -> Backfilling:
        return Backfilling(self.client, self.backfills, self.stores.audit, (self.org,))

    async def returns(self, *names: str, stage: Stage = Stage.QUOTED, region: str = "DE") -> None:
        for name in names:
            line = SnapshotLine("70011", "MUG-01", "Mug", 1, Reason.DAMAGED)
            await self.stores.returns.record(move(name, currency="EUR", lines=(line,), stage=stage, region=region))
            await self.stores.returns.save_contact(name, Contact("Anna", "anna@example.test", "801", None))

    async def result(self) -> Progress:
        handle = self.client.get_workflow_handle(ids.backfill_id(self.org), result_type=Progress)
        done: Progress = await handle.result()
        return done

    async def until(self, state: BackfillState) -> Backfill:
        while True:
            found = await self.through.status(self.org)
            if found and found[0].state is state:
                return found[0]
            await asyncio.sleep(0.02)

    @asynccontextmanager
    async def working(self, bulk: Bulk | None = None) -> AsyncIterator[None]:
        shown = ObjectRules("return", "Return", "Ref", ())
        matrix = Matrix(self.org, "1", (shown,), {"FR": Mode.SHADOW})
        filling = Filling(bulk or self.bulk, FakeCrm(FakeWorld()), Basis(matrix, self.books.agreements, Seal(None)))
        acts = BackfillActivities({self.org: filling}, self.backfills, self.stores.links, self.stores.parties)
        every: list[Callable[..., Any]] = [
            acts.forecast_backfill,
            acts.begin_backfill,
            acts.load_portion,
            acts.mark_backfill,
        ]
        async with (
            Worker(self.client, task_queue=queues.RETURNS, workflows=[CrmBackfill, CrmForecast]),
            Worker(self.client, task_queue=queues.crm(self.org), activities=every),
        ):
            yield


@pytest.fixture
async def rig(temporal_env: WorkflowEnvironment, postgres_url: str) -> AsyncIterator[Rig]:
    client = await temporal.client(temporal_env, least_settings())
    async with (
        open_all(postgres_url) as (stores, books),
        open_backfills(postgres_url) as backfills,
        open_visibility(postgres_url) as seen,
    ):
        yield Rig(client, f"sf{next(_NUMBERS)}", stores, books, backfills, seen, FakeBulk())


async def test_what_it_takes_is_told_before_it_starts(rig: Rig) -> None:
    await rig.returns("R-1-A", "R-2-B")
    await rig.returns("R-3-C", stage=Stage.CLOSED)
    async with rig.working():
        told = await rig.through.forecast(Whole(rig.org))
        whole = await rig.through.forecast(Whole(rig.org, only_open=False))
    assert (told.returns, told.lines, told.share, whole.returns) == (2, 2, 0.38, 3)
    assert rig.bulk.loads == []
    assert rig.bulk.purposes == {Priority.BACKFILL}
    with pytest.raises(BadInput):
        await rig.through.forecast(Whole("nowhere"))


async def test_all_are_shown_in_portions_and_what_a_lane_owes_is_left_to_it(rig: Rig) -> None:
    await rig.returns("R-1-A", "R-2-B", "R-3-C")
    await rig.returns("R-2-SWITCHED-OFF", region="FR")
    await rig.stores.returns.record(move("R-4-D", outgoing=(Outgoing(f"crm:{rig.org}", "quoted"),), currency="EUR"))
    await rig.stores.returns.save_contact("R-4-D", Contact("Anna", "anna@example.test", "801", None))
    rig.bulk.gate.set()
    async with rig.working():
        # One portion in each history: the counts go on over all of them.
        await rig.through.start(Fill(Whole(rig.org), most=2, portions=1))
        done = await rig.result()
    assert (done.state, done.shown, done.refused, done.total) == ("done", 3, 0, 4)
    assert [names for names, _ in rig.bulk.loads] == [["R-1-A", "R-2-B"], ["R-3-C"]]
    (found,) = (await rig.seen.coverage(rig.org, 30, 10)).orgs
    assert (found.open, found.open_current) == (4, 3)
    (row,) = await rig.through.status(rig.org)
    assert (row.state, row.shown, row.after) == (BackfillState.DONE, 3, "R-3-C")


async def test_a_refused_return_is_a_dead_letter_and_the_backfill_has_failed(rig: Rig) -> None:
    await rig.returns("R-1-A", "R-2-B")
    rig.bulk.gate.set()
    rig.bulk.refused["R-2-B"] = Permanent("salesforce", "load R-2-B", "no such value", "INVALID_PICKLIST")
    async with rig.working():
        await rig.through.start(Fill(Whole(rig.org)))
        done = await rig.result()
        assert (done.state, done.shown, done.refused) == ("failed", 1, 1)
        (letter,) = await rig.seen.letters(rig.org)
        assert (letter.return_id, letter.shown, "no such value" in letter.reason) == ("R-2-B", 0, True)
        # Mended, it is filled again: the letter is over.
        rig.bulk.refused.clear()
        await rig.through.start(Fill(Whole(rig.org)))
        assert (await rig.result()).state == "done"
    assert await rig.seen.letters(rig.org) == ()


async def test_a_killed_worker_is_taken_over_with_the_job_it_had(rig: Rig) -> None:
    await rig.returns("R-1-A", "R-2-B", "R-3-C")
    await rig.through.start(Fill(Whole(rig.org), most=2))
    async with rig.working():
        await rig.bulk.inside.wait()
        # As the portion waits for the CRM's job, the worker goes: its activity is cancelled and tried elsewhere.
    rig.bulk.gate.set()
    async with rig.working():
        done = await rig.result()
    assert (done.state, done.shown) == ("done", 3)
    assert rig.bulk.loads[:2] == [(["R-1-A", "R-2-B"], ""), (["R-1-A", "R-2-B"], "job-1")]
    assert [names for names, _ in rig.bulk.loads[2:]] == [["R-3-C"]]


async def test_a_live_change_meanwhile_wins_and_is_not_counted_as_shown_by_us(rig: Rig) -> None:
    await rig.returns("R-1-A", "R-2-B")
    async with rig.working():
        await rig.through.start(Fill(Whole(rig.org)))
        await rig.bulk.inside.wait()
        # Its lane was quicker: version 2 stands in the CRM, and the CRM says so.
        await rig.stores.returns.record(move("R-1-A", version=2, stage=Stage.CONFIRMED, currency="EUR", region="DE"))
        await rig.stores.outbox.shown("R-1-A", rig.org, 2, "confirmed")
        rig.bulk.ahead["R-1-A"] = 2
        rig.bulk.gate.set()
        done = await rig.result()
    assert (done.shown, done.newer, done.state) == (1, 1, "done")
    (state,) = await rig.stores.outbox.crm_states("R-1-A")
    assert state.published == 2
    assert (await rig.seen.coverage(rig.org, 30, 10)).lagging == ()


async def test_paused_nothing_more_is_sent_until_resumed(rig: Rig) -> None:
    await rig.returns("R-1-A", "R-2-B", "R-3-C")
    async with rig.working():
        # Each portion has a history of its own: what was asked of one is known to the next.
        await rig.through.start(Fill(Whole(rig.org), most=1, portions=1))
        await rig.bulk.inside.wait()
        with pytest.raises(WrongStage):
            await rig.through.start(Fill(Whole(rig.org)))
        await rig.through.signal(rig.org, "pause")
        rig.bulk.gate.set()
        row = await rig.until(BackfillState.PAUSED)
        assert (row.shown, row.reason, len(rig.bulk.loads)) == (1, "paused by hand", 1)
        await rig.through.signal(rig.org, "resume")
        assert (await rig.result()).shown == 3
    with pytest.raises(WrongStage):
        await rig.through.signal(rig.org, "pause")


async def test_a_sign_in_that_is_refused_pauses_it_with_the_reason_and_it_can_be_cancelled(rig: Rig) -> None:
    await rig.returns("R-1-A")
    rig.bulk.fails.append(SignInRefused("salesforce", "sign in", "the key is wrong"))
    async with rig.working():
        await rig.through.start(Fill(Whole(rig.org)))
        row = await rig.until(BackfillState.PAUSED)
        assert "the key is wrong" in row.reason
        await rig.through.signal(rig.org, "cancel")
        assert (await rig.result()).state == "cancelled"
    (row,) = await rig.through.status(rig.org)
    assert (row.state, row.shown) == (BackfillState.CANCELLED, 0)


async def test_a_portion_told_twice_counts_once(rig: Rig) -> None:
    await rig.returns("R-1-A")
    wanted = Wanted(rig.org)
    await rig.backfills.begin("one", wanted, 1)
    for _ in range(2):
        await rig.backfills.ended("one", "", "R-1-A", (Ended("R-1-A", 1, cause="X", reason="no"),))
    (row,) = await rig.backfills.latest(rig.org)
    assert row.refused == 1
    (letter,) = await rig.seen.letters(rig.org)
    assert letter.given_up == 1


async def test_a_green_job_that_refused_all_of_a_thousand_is_a_failed_backfill(rig: Rig, sandbox: Sandbox) -> None:
    """A Salesforce org whose field is too short for what every return has: the job itself is JobComplete."""
    names = [f"R-{660_900}-{at:04}" for at in range(1000)]
    await rig.returns(*names)
    mine = test_crm_salesforce.settings(sandbox)
    crm = SalesforceCrm(mine)
    tailored = {"ReturnOrder": {"fields": {"Return_Reason__c": {"length": 3}}}}
    sandbox.control.post("/salesforce/org", json={"tailoring": tailored}).raise_for_status()
    try:
        async with rig.working(SalesforceBulk(mine, crm, first_pause=0.01)):
            await rig.through.start(Fill(Whole(rig.org)))
            done = await rig.result()
    finally:
        sandbox.control.post("/salesforce/org", json={"tailoring": {}}).raise_for_status()
        await crm.aclose()
    assert (done.state, done.shown, done.refused) == ("failed", 0, 1000)
    letters = await rig.seen.letters(rig.org)
    assert len(letters) == 1000
    assert all("Return_Reason__c" in one.reason for one in letters)
