"""Reconciliations over a real engine and a real PostgreSQL: every cause of drift found, and healed or told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from temporalio.client import Client, ScheduleActionStartWorkflow
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities import queues
from activities.crm import CrmActivities, Publish, projection
from activities.crm_comparing import Subject
from activities.crm_inbound import InboundActivities, LookAt
from activities.crm_reconcile import ReconcileActivities
from activities.judging import Org
from activities.publishing import Basis
from adapters.crm.port import Page, Projection, Published, Row, Rows, Scalar, Watch
from adapters.crm.spending import Priority, purpose
from adapters.errors import Permanent, Retryable
from domain import ids
from domain.change_request import RequestKind
from domain.drift import Action, Cause
from domain.mapping import Direction, FieldRule, Matrix, Mode, ObjectRules, Rule, Side
from domain.order import Contact
from domain.returns import Reason, SnapshotLine, Stage
from runtime import wiring
from runtime.comparing import Comparing
from runtime.reconciling import Reconciling
from security.sealing import Seal
from store.port import CrmBooks, Drift, Outgoing, Reconciliation, Reconciliations, RunState, Stores
from store.stores import open_all, open_reconciliations
from tests.inbound.stage import FakeDesk, FakeLinks
from tests.stack import temporal
from tests.stack.settings import least_settings
from tests.store.samples import move
from workflows.crm_reconcile import CrmReconcile, Reconcile
from workflows.crm_replay import CrmReplay

_NUMBERS = count(1)
RULES = ObjectRules(
    "return",
    "Return",
    "Ref",
    (
        FieldRule("Stage", Direction.PUSH, rule=Rule.MONOTONIC_STATE),
        FieldRule("Status", Direction.BOTH, rule=Rule.MONOTONIC_STATE),
        FieldRule("Reason", Direction.BOTH, rule=Rule.REQUEST_ONLY, asks=RequestKind.REASON),
        FieldRule("Refund", Direction.PULL, Side.CRM, Rule.REQUEST_ONLY, asks=RequestKind.PARTIAL_REFUND),
        FieldRule("Name", Direction.BOTH, owner=Side.CRM),
        FieldRule("Version", Direction.PUSH),
        FieldRule("Updated", Direction.PUSH),
    ),
)


@dataclass
class FakeOrg:
    """A CRM whose records are rows by key; both doors, as the port has them."""

    rows_: dict[str, Row] = field(default_factory=dict)
    alive_: bool = True
    page: int = 2
    breaks_after: str | None = None
    away_after: str | None = None
    enumerated: int = 0
    writes: int = 0
    purposes: set[Priority] = field(default_factory=set)

    async def publish(self, projection: Projection) -> Published:
        key = projection.return_id
        before = self.rows_[key].fields if key in self.rows_ else {}
        fields = projection.agreed(self.shown_as(projection))
        self.rows_[key] = Row("Return", f"r-{key}", {**before, **fields}, datetime.now(UTC), self._token())
        return Published(f"r-{key}", projection.version, "Return", fields)

    async def standing(self, return_ids: Sequence[str]) -> Mapping[str, Mapping[str, Scalar]]:
        return {one: self.rows_[one].fields for one in return_ids if one in self.rows_}

    def shown_as(self, projection: Projection) -> dict[str, Scalar]:
        return {
            "Ref": projection.return_id,
            "Stage": projection.stage,
            "Status": projection.stage,
            "Reason": projection.reason,
            "Name": projection.contact_name,
            "Version": projection.version,
            "Updated": projection.changed_at.isoformat(),
        }

    async def begin(self, watch: Watch) -> str:
        return ""

    async def changes(self, watch: Watch, cursor: str, wait: float) -> Page:
        return Page((), cursor)

    async def rows(self, watch: Watch, records: tuple[str, ...] = (), keys: tuple[str, ...] = ()) -> tuple[Row, ...]:
        self.purposes.add(purpose())
        if self.away_after is not None:
            raise Retryable("crm", "rows", "it is away")
        return tuple(row for key, row in self.rows_.items() if key in keys or row.record in records)

    async def every(self, watch: Watch, after: str = "") -> Rows:
        self.purposes.add(purpose())
        self.enumerated += 1
        if self.breaks_after is not None and after >= self.breaks_after:
            raise Permanent("crm", "every", "the query was cut off")
        if self.away_after is not None and after >= self.away_after:
            raise Retryable("crm", "every", "it is away")
        live = sorted((row.record, row) for row in self.rows_.values() if not row.deleted and row.record > after)
        some = live[: self.page]
        return Rows(tuple(row for _, row in some), some[-1][0] if len(live) > self.page else None)

    async def alive(self, watch: Watch) -> bool:
        if self.away_after is not None:
            raise Retryable("crm", "alive", "it is away")
        return self.alive_

    def edit(self, key: str, **fields: Scalar) -> None:
        row = self.rows_[key]
        self.rows_[key] = replace(row, fields={**row.fields, **fields}, version=self._token())

    def _token(self) -> str:
        self.writes += 1
        return str(self.writes)


@dataclass
class Heard:
    at: datetime | None = None

    async def heard(self, org: str) -> datetime | None:
        return self.at


@dataclass
class Rig:
    client: Client
    org: str
    stores: Stores
    books: CrmBooks
    runs: Reconciliations
    crm: FakeOrg = field(default_factory=FakeOrg)
    desk: FakeDesk = field(default_factory=FakeDesk)
    hearing: Heard | None = None
    keep_days: int = 400

    @property
    def basis(self) -> Basis:
        matrix = Matrix(self.org, "1", (RULES,), {"FR": Mode.PULL_ONLY})
        return Basis(matrix, self.books.agreements, Seal(None))

    @property
    def through(self) -> Reconciling:
        return Reconciling(self.client, self.runs, self.stores.audit, {self.org: timedelta(hours=24)})

    @property
    def acts(self) -> CrmActivities:
        return CrmActivities(
            {self.org: self.crm}, self.stores.returns, self.stores.outbox, self.stores.links, self.stores.parties,
            {self.org: self.basis},
        )  # fmt: skip

    @property
    def inbound(self) -> InboundActivities:
        mine = {self.org: Org(self.basis, self.crm, self.crm, self.stores.returns)}
        return InboundActivities(mine, self.books, FakeLinks(), self.desk)

    async def known(self, name: str, version: int = 1, owed: bool = False, **more: Any) -> None:
        """A return of the books."""
        line = SnapshotLine("70011", "MUG-01", "Mug", 1, Reason.DAMAGED)
        lane = (Outgoing(f"crm:{self.org}", "quoted"),) if owed else ()
        await self.stores.returns.record(move(name, version, lane, currency="EUR", lines=(line,), **more))
        await self.stores.returns.save_contact(name, Contact("Anna Ott", "anna@example.test", "801", None))

    async def shown(self, *names: str) -> None:
        """Returns that the org shows, and the books say so."""
        for name in names:
            await self.known(name)
            await self.stores.outbox.shown(name, self.org, 1, "quoted")
            await self.crm.publish(await self.projection(name))

    async def projection(self, name: str) -> Projection:
        found = await self.stores.returns.with_contact(name)
        assert found is not None
        return projection(*found)

    async def compare(self, **more: Any) -> tuple[Reconciliation, dict[tuple[str, str], Drift]]:
        await self.through.run(Reconcile(self.org, **more))
        (found,) = await self.through.found(self.org, 1000)
        return found.run, {(one.return_id, one.field): one for one in found.drifts}

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        subject = Subject(self.crm, self.crm, self.basis, keep_days=self.keep_days)
        acts = ReconcileActivities({self.org: subject}, self.runs, self.books.keeping, b"secret", self.hearing)
        every: list[Callable[..., Any]] = [acts.open_run, acts.compare_sample, acts.compare_part, acts.conclude_run]
        every += [acts.note_healed, self.acts.publish, self.inbound.look_at]
        async with (
            Worker(self.client, task_queue=queues.RETURNS, workflows=[CrmReconcile, CrmReplay]),
            Worker(self.client, task_queue=queues.crm(self.org), activities=every),
        ):
            yield


@pytest.fixture
async def rig(temporal_env: WorkflowEnvironment, postgres_url: str) -> AsyncIterator[Rig]:
    client = await temporal.client(temporal_env, least_settings())
    async with open_all(postgres_url) as (stores, books), open_reconciliations(postgres_url) as runs:
        yield Rig(client, f"org{next(_NUMBERS)}", stores, books, runs)


async def test_what_is_alike_is_counted_and_nothing_is_told(rig: Rig) -> None:
    await rig.shown("R-1-A", "R-2-B", "R-3-C", "R-4-D", "R-5-E")
    # A version in which nothing changed that a CRM shows; a form that a CRM gives; blanks it takes off.
    await rig.known("R-1-A", 2, tracking=("1Z1",), changed_at=datetime(2026, 11, 22, tzinfo=UTC))
    rig.crm.edit("R-2-B", Version=1.0, Name="Anna Ott  ")
    async with rig.working():
        run, drifts = await rig.compare(parts=1)
    assert (run.state, run.in_crm, run.in_books, run.same, drifts) == (RunState.COMPLETE, 5, 5, 5, {})
    assert rig.crm.enumerated == 3, "each part once, over several histories"
    assert rig.crm.purposes == {Priority.RECONCILE}


async def test_each_way_of_being_missing_is_named(rig: Rig) -> None:
    await rig.shown("R-1-A", "R-2-B")
    # Green but rejected: the books say shown.
    await rig.known("R-3-REJECTED")
    await rig.stores.outbox.shown("R-3-REJECTED", rig.org, 1, "quoted")
    await rig.known("R-4-NEVER")
    await rig.known("R-5-LETTER", owed=True)
    await rig.stores.outbox.park("R-5-LETTER", f"crm:{rig.org}", "no licence")
    await rig.known("R-6-NOW", owed=True)
    await rig.shown("R-7-GONE")
    rig.crm.rows_["R-7-GONE"] = replace(rig.crm.rows_["R-7-GONE"], deleted=True)
    await rig.known("R-8-OVER", stage=Stage.CLOSED)
    await rig.known("R-8-SWITCHED-OFF", region="FR")
    rig.crm.rows_["R-9-ALIEN"] = Row("Return", "r-9", {"Ref": "R-9-ALIEN", "Stage": "quoted"})
    async with rig.working():
        run, drifts = await rig.compare()
    assert {name: (one.cause, one.action) for (name, _), one in drifts.items()} == {
        "R-3-REJECTED": (Cause.NOT_THERE, Action.PUBLISH),
        "R-4-NEVER": (Cause.NEVER_SHOWN, Action.PUBLISH),
        "R-5-LETTER": (Cause.DEAD_LETTER, Action.PUBLISH),
        "R-6-NOW": (Cause.LAGGING, Action.WAIT),
        "R-7-GONE": (Cause.DELETED, Action.LEAVE),
        "R-9-ALIEN": (Cause.UNKNOWN_KEY, Action.LEAVE),
    }
    assert (run.same, run.causes["deleted_in_crm"], run.healed) == (2, 1, 0)


async def test_ours_is_shown_again_theirs_is_left_and_a_request_is_handed_on(rig: Rig) -> None:
    await rig.shown("R-1-STAGE", "R-2-NAME", "R-3-REASON", "R-4-OLD")
    await rig.known("R-5-NEVER")
    rig.crm.edit("R-1-STAGE", Stage="closed")
    rig.crm.edit("R-2-NAME", Name="Hanna Ott")
    rig.crm.edit("R-3-REASON", Reason="defective")
    # The books say version 4 was shown; a rejected job left the record where it was.
    await rig.known("R-4-OLD", 4, stage=Stage.CONFIRMED)
    await rig.stores.outbox.shown("R-4-OLD", rig.org, 4, "confirmed")
    async with rig.working():
        run, drifts = await rig.compare(heal=True)
        assert {key: (one.cause, one.action) for key, one in drifts.items()} == {
            ("R-1-STAGE", "Stage"): (Cause.CHANGED, Action.PUBLISH),
            ("R-2-NAME", "Name"): (Cause.CHANGED, Action.LEAVE),
            ("R-3-REASON", "Reason"): (Cause.CHANGED, Action.ASK),
            ("R-4-OLD", "Stage"): (Cause.NOT_THERE, Action.PUBLISH),
            ("R-4-OLD", "Status"): (Cause.NOT_THERE, Action.PUBLISH),
            ("R-5-NEVER", ""): (Cause.NEVER_SHOWN, Action.PUBLISH),
        }
        assert run.healed == 3
        assert rig.desk.requests == [("reason", "defective", "")]
        again, left = await rig.compare(heal=True)
    # The CRM's own name won, and is no difference any more. The return's answer to the request comes with its lane.
    assert set(left) == {("R-3-REASON", "Reason")}
    assert (again.healed, rig.crm.rows_["R-1-STAGE"].fields["Stage"]) == (0, "quoted")
    assert rig.crm.rows_["R-2-NAME"].fields["Name"] == "Hanna Ott"
    assert rig.crm.rows_["R-4-OLD"].fields["Version"] == 4


async def test_what_a_dead_subscription_lost_is_asked_once_and_answered(rig: Rig) -> None:
    """Also in fields that only the org fills, which no comparison with our own values can find."""
    await rig.known("R-1-A")
    await rig.acts.publish(Publish("R-1-A", rig.org))
    rig.crm.edit("R-1-A", Reason="defective", Refund=5.5)
    async with rig.working():
        _, drifts = await rig.compare()
        assert {key: one.action for key, one in drifts.items()} == {
            ("R-1-A", "Reason"): Action.ASK,
            ("R-1-A", "Refund"): Action.ASK,
        }
        assert rig.desk.calls == 0, "nobody said heal"
        await rig.compare(heal=True)
        assert sorted(rig.desk.requests) == [("partial_refund", "5.50 EUR", ""), ("reason", "defective", "")]
        assert await rig.books.agreements.unanswered(rig.org) == ()
        _, drifts = await rig.compare(heal=True)
        # The wish was dealt with, and so was the reason, which the return's answer changes or puts back.
        assert {key: one.action for key, one in drifts.items()} == {("R-1-A", "Reason"): Action.WAIT}
        # What is told late after all is known, and the refusal puts ours back.
        await rig.inbound.look_at(LookAt(rig.org, "Return", ("r-R-1-A",)))
        await rig.acts.publish(Publish("R-1-A", rig.org))
        _, drifts = await rig.compare(heal=True)
    assert (drifts, rig.desk.calls) == ({}, 2)


async def test_a_status_that_was_changed_unheard_is_put_back(rig: Rig) -> None:
    """Shown again by itself it would not be: a publication leaves out what somebody may have edited."""
    await rig.known("R-1-A")
    await rig.acts.publish(Publish("R-1-A", rig.org))
    rig.crm.edit("R-1-A", Status="closed")
    async with rig.working():
        _, drifts = await rig.compare(heal=True)
        assert drifts["R-1-A", "Status"].action is Action.PUBLISH
    assert rig.crm.rows_["R-1-A"].fields["Status"] == "quoted"


async def test_what_a_restored_backup_lost_is_written_whole(rig: Rig) -> None:
    await rig.known("R-1-A")
    await rig.acts.publish(Publish("R-1-A", rig.org))
    backup = rig.crm.rows_["R-1-A"]
    await rig.known("R-1-A", 2, stage=Stage.CONFIRMED)
    await rig.acts.publish(Publish("R-1-A", rig.org))
    shown = rig.crm.rows_["R-1-A"].fields
    rig.crm.rows_["R-1-A"] = backup
    async with rig.working():
        run, drifts = await rig.compare(heal=True)
    assert drifts["R-1-A", "Status"].cause is Cause.NOT_THERE
    assert (run.healed, rig.crm.rows_["R-1-A"].fields) == (1, shown)
    assert rig.desk.calls == 0, "nobody edited it"


async def test_no_value_is_kept_in_clear(rig: Rig) -> None:
    await rig.shown("R-1-A")
    rig.crm.edit("R-1-A", Name="Hanna Zweifel")
    async with rig.working():
        _, drifts = await rig.compare()
    drift = drifts["R-1-A", "Name"]
    assert "Zweifel" not in repr(drift)
    assert "Ott" not in repr(drift)
    assert drift.ours != drift.theirs
    assert len(drift.theirs) == 16


async def test_an_enumeration_that_did_not_end_calls_nothing_missing(rig: Rig) -> None:
    await rig.shown("R-1-A", "R-2-B", "R-3-C", "R-4-D", "R-5-E")
    rig.crm.edit("R-1-A", Stage="closed")
    rig.crm.breaks_after = "r-R-2-B"
    async with rig.working():
        run, drifts = await rig.compare()
    assert (run.state, run.in_crm, set(drifts)) == (RunState.INCOMPLETE, 2, {("R-1-A", "Stage")})
    assert "cut off" in run.reason


@pytest.mark.parametrize("away_after", ["", "r-R-2-B"])
async def test_an_org_that_goes_away_ends_the_run_as_incomplete(rig: Rig, away_after: str) -> None:
    await rig.shown("R-1-A", "R-2-B", "R-3-C")
    rig.crm.away_after = away_after
    async with rig.working():
        run, drifts = await rig.compare(patience=1)
    assert (run.state, run.alive, drifts) == (RunState.INCOMPLETE, True, {})
    assert "it is away" in run.reason


async def test_a_run_that_could_not_look_twice_says_so_and_calls_nothing_missing(rig: Rig) -> None:
    await rig.shown("R-1-A")
    await rig.known("R-2-NEVER")
    rig.crm.page, rig.crm.away_after = 5, "never asked for"
    async with rig.working():
        run, drifts = await rig.compare(patience=1)
    assert (run.state, run.in_crm, drifts) == (RunState.INCOMPLETE, 1, {})


async def test_more_than_a_person_should_look_at_first_is_not_healed(rig: Rig) -> None:
    for name in ("R-1-A", "R-2-B", "R-3-C"):
        await rig.known(name)
    async with rig.working():
        run, drifts = await rig.compare(heal=True, heal_at_most=2)
    assert (run.healed, len(drifts), rig.crm.rows_) == (0, 3, {})


async def test_a_change_the_inbound_path_never_told_is_a_silent_subscription(rig: Rig) -> None:
    await rig.shown("R-1-A", "R-2-B")
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    for name, at in (("R-1-A", long_ago), ("R-2-B", datetime.now(UTC))):
        rig.crm.edit(name, Stage="closed")
        rig.crm.rows_[name] = replace(rig.crm.rows_[name], at=at)
    rig.hearing, rig.crm.alive_ = Heard(long_ago - timedelta(hours=1)), False
    async with rig.working():
        run, drifts = await rig.compare()
        assert drifts["R-1-A", "Stage"].cause is Cause.SILENT
        assert drifts["R-2-B", "Stage"].cause is Cause.CHANGED, "heard soon enough, perhaps"
        assert not run.alive
        rig.hearing.at, rig.crm.alive_ = datetime.now(UTC), True
        run, drifts = await rig.compare()
    assert (drifts["R-1-A", "Stage"].cause, run.alive) == (Cause.CHANGED, True)


async def test_what_is_older_than_it_is_kept_goes_with_each_comparison(rig: Rig) -> None:
    await rig.known("R-1-A")
    await rig.stores.outbox.failed("R-1-A", rig.org, "publish", "BUSY")
    async with rig.working():
        await rig.compare()
    assert (await rig.books.keeping.forget(rig.org, 0)).attempts == 1
    await rig.stores.outbox.failed("R-1-A", rig.org, "publish", "BUSY")
    rig.keep_days = 0
    async with rig.working():
        await rig.compare()
    assert (await rig.books.keeping.forget(rig.org, 0)).attempts == 0


async def test_a_sample_looks_at_some_by_key_and_enumerates_nothing(rig: Rig) -> None:
    await rig.shown("R-1-A", "R-2-B", "R-3-C")
    rig.crm.edit("R-1-A", Stage="closed")
    del rig.crm.rows_["R-2-B"]
    async with rig.working():
        run, drifts = await rig.compare(sample=3)
    assert (run.state, run.in_crm, run.same, rig.crm.enumerated) == (RunState.COMPLETE, 2, 1, 0)
    assert {name: one.cause for (name, _), one in drifts.items()} == {"R-1-A": Cause.CHANGED, "R-2-B": Cause.NOT_THERE}


@dataclass
class Scheduled:
    """The schedule of an org, as the engine has it."""

    rig: Rig

    async def as_set(self, pause: timedelta | None) -> None:
        await Comparing(self.rig.client).as_set(self.rig.org, pause)

    async def now(self) -> tuple[timedelta, bool, bool]:
        """(how often, whether it heals, whether it is paused)"""
        handle = self.rig.client.get_schedule_handle(ids.reconcile_schedule_id(self.rig.org))
        schedule = (await handle.describe()).schedule
        (interval,) = schedule.spec.intervals
        action = schedule.action
        assert isinstance(action, ScheduleActionStartWorkflow)
        (ask,) = await self.rig.client.data_converter.decode(action.args, [Reconcile])
        return interval.every, ask.heal, schedule.state.paused


HOUR = timedelta(hours=1)


async def test_a_worker_that_starts_schedules_as_the_settings_say_and_follows_their_changes(rig: Rig) -> None:
    schedule = Scheduled(rig)
    await schedule.as_set(24 * HOUR)
    await schedule.as_set(24 * HOUR)
    assert await schedule.now() == (24 * HOUR, True, False)
    await schedule.as_set(6 * HOUR)
    assert await schedule.now() == (6 * HOUR, True, False)
    await schedule.as_set(None)
    await schedule.as_set(None)
    with pytest.raises(RPCError):
        await schedule.now()


async def test_what_a_person_said_lasts_until_the_setting_is_another_one(rig: Rig) -> None:
    schedule = Scheduled(rig)
    await schedule.as_set(24 * HOUR)
    await rig.through.every(Reconcile(rig.org), HOUR)
    await schedule.as_set(24 * HOUR)
    assert await schedule.now() == (HOUR, False, False)
    await rig.through.every(Reconcile(rig.org), None)
    await schedule.as_set(24 * HOUR)
    assert (await schedule.now())[2], "a worker that starts revives nothing"
    await rig.through.every(Reconcile(rig.org), 2 * HOUR)
    assert await schedule.now() == (2 * HOUR, False, False)
    await schedule.as_set(12 * HOUR)
    assert await schedule.now() == (12 * HOUR, True, False)


async def test_the_workers_of_an_org_see_to_its_schedule(rig: Rig) -> None:
    mine = {"KIND": "salesforce", "URL": "https://127.0.0.1:1", "CLIENT_ID": "id", "CLIENT_SECRET": "secret"}
    prefix = f"BACKHAUL_CRM__{rig.org.upper()}__"
    settings = least_settings(**{prefix + name: value for name, value in (mine | {"RECONCILE_EVERY": "6h"}).items()})
    async with wiring.workers(settings, rig.client, [queues.crm(rig.org)]):
        assert await Scheduled(rig).now() == (6 * HOUR, True, False)
    await rig.client.get_workflow_handle(ids.inbound_id(rig.org)).terminate()
