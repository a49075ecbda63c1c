"""A return's case file: its snapshot, what happened since it was last recorded, and what it waits for.

It knows no stage's rules. Changing the case and recording it are apart: the recorder, one background coroutine, writes
whatever is new in one transaction, so a burst of changes costs one local activity and nobody waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey, SearchAttributeUpdate
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.notify import NOTICE_LANE
    from activities.record import RecordActivities
    from domain import ids
    from domain.change_request import RequestState, worth_knowing
    from domain.invoice import Invoice
    from domain.money import Money
    from domain.order import Order
    from domain.policy import Policy
    from domain.refund import TenderPayout
    from domain.returns import STAGE_MOVES, Snapshot, Stage, customer_stage
    from store.port import Move, Outgoing, TimelineEvent

from workflows.alarm import Alarm
from workflows.calls import failure
from workflows.messages import Receipt, StartReturn, Tracking
from workflows.summary import details

STAGE = SearchAttributeKey.for_keyword("ReturnStage")
REGION = SearchAttributeKey.for_keyword("ReturnRegion")
CHANNEL = SearchAttributeKey.for_keyword("ReturnChannel")
HOLD = SearchAttributeKey.for_keyword("ReturnHold")

# Passed through within seconds when all is well, and not worth a CRM's call of their own: CRMs are told with the stage
# that follows, or at once when something is on hold or a vendor is slow.
PASSING = frozenset({Stage.CONFIRMED, Stage.INSPECTED, Stage.CREDITED, Stage.PAID})
# So many failures in a row make a vendor slow.
PROMPT_ATTEMPTS = 4

R = TypeVar("R")
# A parcel's receipt key, and the (line_id, quantity) of what was asked for in it.
Parcel = tuple[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True)
class Decision:
    """An owner's word on a hold; empty when the hold was lifted without one. `second`: who approved it."""

    choice: str = ""
    by: str = ""
    note: str = ""
    second: str = ""


class Withdrawn(Exception):
    """Inside the workflow only: the customer took the return back; what was done is undone."""


class Case:
    """The return in hand. Handlers and steps read and change it; the recorder and the lanes follow it."""

    def __init__(self, start: StartReturn) -> None:
        now = workflow.now()
        self.start = start
        self.policy = Policy()
        self.alarm = Alarm()
        self.withdrawal: str | None = None
        self.can_withdraw = True
        self.undoing = False
        self.snap = Snapshot(
            return_id=start.return_id,
            order_id=start.order_id,
            version=1,
            stage=Stage.REQUESTED,
            customer_stage=customer_stage(Stage.REQUESTED),
            changed_at=now,
            opened_at=now,
        )
        self.recorded = 0
        self.wanted = 0
        self.visible = 0
        self.crm_orgs: tuple[str, ...] = ()
        self.order: Order | None = None
        self.invoice: Invoice | None = None
        self.confirmed = False
        self.asking = False
        self.consent: str | None = None
        self.gate_open = False
        self.goods_due = now
        self.counted_at = now
        self.late: list[Receipt] = []
        self.inbox: list[Parcel] = []
        self.lost_reported = False
        self.inspections: set[str] = set()
        self.in_erp: list[Parcel] = []
        self.in_shop: list[Parcel] = []
        self.unsure: list[Callable[[], Coroutine[Any, Any, Any]]] = []
        self._told: set[str] = set()
        self._events: list[TimelineEvent] = []
        self._outgoing: list[Outgoing] = []
        self.notices: list[tuple[int, str]] = []
        # What was decided on a hold, by its id, until its step goes on.
        self.decisions: dict[str, Decision] = {}
        self.paid_by_hand: tuple[TenderPayout, ...] = ()
        # What is asked back as of now, and what the customer is content with; `terms` counts what was changed about it,
        # `quoted_terms` is how much of that the open quote knows.
        self.lines = start.lines
        self.content_with: Money | None = None
        self.terms = self.quoted_terms = 0
        self.requests: dict[str, RequestState] = {}
        # Ids of requests a person is deciding on.
        self.undecided: list[str] = []
        self._changes: dict[str, RequestState] = {}
        self.holds_opened = self.proposed = 0
        self.indexed = False

    # What changes

    def change(self, **fields: Any) -> None:
        """Change the snapshot; every change is a new version, though not every one is worth a CRM's while."""
        now = workflow.now()
        self.snap = replace(self.snap, **fields, version=self.snap.version + 1, changed_at=now)
        workflow.set_current_details(details(self.snap))

    def happened(self, kind: str, text: str, actor: str = "backhaul", **detail: str) -> None:
        self._events.append(TimelineEvent(kind, text, workflow.now(), actor, detail))

    def tell(self, subject: str) -> None:
        """Owe the customer a notice, once; it is part of the move's transaction and sent by the notices lane."""
        if subject in self._told:
            return
        self._told.add(subject)
        self._outgoing.append(Outgoing(NOTICE_LANE, subject))
        self.change()
        self.want()
        self.notices.append((self.snap.version, subject))

    def told(self, subject: str) -> bool:
        return subject in self._told

    def answer(self, state: RequestState) -> None:
        """What has become of a request for a change: shown to whoever asked, and in the books with this move."""
        name = state.request.request_id
        self.requests[name] = self._changes[name] = state
        self.change(changes=worth_knowing(self.requests.values()))
        self.show()

    @property
    def stale(self) -> bool:
        """What is asked back was changed since the open quote was made."""
        return self.quoted_terms < self.terms

    def track(self, news: Tracking) -> None:
        """A label or a carrier's news."""
        known = self.snap.tracking
        self.happened("tracking", f"{news.number}: {news.status}", actor="carrier")
        self.change(tracking=known if news.number in known else (*known, news.number))
        self.want()

    def move(self, stage: Stage, **fields: Any) -> None:
        """To the next stage, along STAGE_MOVES only."""
        if stage is not self.snap.stage and stage not in STAGE_MOVES[self.snap.stage]:
            raise ApplicationError(f"a return that is {self.snap.stage} cannot become {stage}", type="wrong_stage")
        self.change(stage=stage, customer_stage=customer_stage(stage), **fields)
        if stage not in PASSING:
            self.show()
        elif stage in (Stage.INSPECTED, Stage.CREDITED):
            # In the books before the next step: a posted memo above all is there before money moves. What follows
            # CONFIRMED and PAID moves none, and ends in the next record: a stage, a hold, or a vendor that is slow.
            self.want()

    def show(self) -> None:
        """The newest version is worth recording at once, and a CRM's while: it is owed to each of them."""
        self.want()
        self.visible = self.snap.version
        owed = [Outgoing(ids.crm_lane(org), self.snap.stage) for org in self.crm_orgs]
        self._outgoing += [item for item in owed if item not in self._outgoing]

    def want(self) -> int:
        """The newest version must be in the books soon; what nobody waits for goes with the next one that must."""
        self.wanted = self.snap.version
        return self.wanted

    def index(self, *more: SearchAttributeUpdate[Any]) -> None:
        """Temporal's own index, for its pages; PostgreSQL is what is searched. Upserts are billed, so it is told of
        holds and of ends out of the ordinary; a return it knows is kept true to the end."""
        self.indexed = True
        snap = self.snap
        where = (REGION.value_set(snap.region), CHANNEL.value_set(snap.channel)) if snap.region else ()
        workflow.upsert_search_attributes([STAGE.value_set(snap.stage), *where, *more])

    # What is recorded

    async def keep_recording(self) -> None:
        """The recorder: writes everything new in one transaction, whenever something is wanted in the books."""
        while True:
            await workflow.wait_condition(lambda: self.wanted > self.recorded)
            # A message and what the return does about it at once are one move: let the others finish first.
            await asyncio.sleep(0)
            changes = tuple(self._changes.values())
            move = Move(self.snap, tuple(self._events), tuple(self._outgoing), self.start.key, changes)
            try:
                await workflow.execute_local_activity_method(
                    RecordActivities.record,
                    move,
                    start_to_close_timeout=timedelta(seconds=10),
                    retry_policy=RetryPolicy(
                        initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(minutes=1)
                    ),
                    local_retry_threshold=timedelta(seconds=5),
                )
            except ActivityError as error:
                # Nothing a return does may be unrecorded: stay here, visibly, until the store takes the move.
                workflow.logger.error("the store refuses a move: %s", failure(error)[1])
                await workflow.sleep(timedelta(minutes=1))
                continue
            del self._events[: len(move.events)], self._outgoing[: len(move.outgoing)]
            self._changes = {name: state for name, state in self._changes.items() if state not in changes}
            self.recorded = move.snapshot.version

    async def until_recorded(self, soon: bool = True) -> None:
        """What has happened so far is in the books. Not `soon`: with the record that comes next anyway."""
        version = self.want() if soon else self.snap.version
        await workflow.wait_condition(lambda: self.recorded >= version)

    # Waiting

    async def wait(
        self, ready: Callable[[], bool], due: datetime | None, waiting_for: str, deadline: datetime | None = None
    ) -> bool:
        """True when ready, False when `due` passed. Raises Withdrawn when the customer withdrew meanwhile.

        `deadline` is the one people are shown, where `due` is only the moment of a reminder."""
        shown = deadline or due
        if (self.snap.waiting_for, self.snap.next_deadline) != (waiting_for, shown):
            self.change(waiting_for=waiting_for, next_deadline=shown)
            self.show()
        came = await self.alarm.wait(lambda: ready() or self.leaving, due)
        self.checkpoint()
        return came

    async def wait_reminding(
        self, ready: Callable[[], bool], reminder: datetime, due: datetime, waiting_for: str, notice: str
    ) -> bool:
        """As `wait`, with one `notice` to the customer at `reminder`, if that is before `due`."""
        if reminder < due and not await self.wait(ready, reminder, waiting_for, deadline=due):
            self.happened("reminded", f"the customer was reminded: {waiting_for}")
            self.tell(notice)
        return await self.wait(ready, due, waiting_for)

    @property
    def leaving(self) -> bool:
        return self.withdrawal is not None and self.can_withdraw

    def checkpoint(self) -> None:
        if self.leaving:
            raise Withdrawn
