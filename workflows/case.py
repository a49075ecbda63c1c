"""A return's case file: its snapshot, what happened since it was last recorded, and the only ways to act on the world.

It knows no stage's rules. Changing the case and recording it are apart: the recorder, one background coroutine, writes
whatever is new in one transaction, so a burst of changes costs one local activity and nobody waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.notify import NOTICE_LANE
    from activities.record import RecordActivities
    from domain.invoice import Invoice
    from domain.order import Order
    from domain.policy import Policy
    from domain.returns import STAGE_MOVES, Hold, Owner, Snapshot, Stage, customer_stage
    from store.port import Move, Outgoing, TimelineEvent

from workflows.alarm import Alarm
from workflows.messages import Receipt, StartReturn

STAGE = SearchAttributeKey.for_keyword("ReturnStage")
REGION = SearchAttributeKey.for_keyword("ReturnRegion")
CHANNEL = SearchAttributeKey.for_keyword("ReturnChannel")
HOLD = SearchAttributeKey.for_keyword("ReturnHold")

R = TypeVar("R")
# A booked parcel: its receipt key and the (line_id, quantity) of it.
Booked = tuple[str, tuple[tuple[str, int], ...]]


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
        self.visible = 1
        self.crm_orgs: tuple[str, ...] = ()
        self.order: Order | None = None
        self.invoice: Invoice | None = None
        self.confirmed = False
        self.consent: str | None = None
        self.inbox: list[Receipt] = []
        self.lost_reported = False
        self.in_erp: list[Booked] = []
        self.in_shop: list[Booked] = []
        self._told: set[str] = set()
        self._events: list[TimelineEvent] = []
        self._outgoing: list[Outgoing] = []
        self.notices: list[str] = []
        self._choices: dict[str, str] = {}
        self._holds_opened = 0

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
        self.notices.append(subject)

    def move(self, stage: Stage, **fields: Any) -> None:
        """To the next stage, along STAGE_MOVES only."""
        if stage is not self.snap.stage and stage not in STAGE_MOVES[self.snap.stage]:
            raise ApplicationError(f"a return that is {self.snap.stage} cannot become {stage}", type="wrong_stage")
        self.change(stage=stage, customer_stage=customer_stage(stage), **fields)
        self.visible = self.snap.version

    # What is recorded

    async def keep_recording(self) -> None:
        """The recorder: writes everything new in one transaction, whenever there is something new."""
        while True:
            await workflow.wait_condition(lambda: self.snap.version > self.recorded)
            move = Move(self.snap, tuple(self._events), tuple(self._outgoing), self.start.key)
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
            self.recorded = move.snapshot.version

    async def until_recorded(self) -> None:
        await workflow.wait_condition(lambda: self.recorded >= self.snap.version)

    # Waiting

    async def wait(self, ready: Callable[[], bool], due: datetime | None, waiting_for: str) -> bool:
        """True when ready, False when `due` passed. Raises Withdrawn when the customer withdrew meanwhile."""
        if (self.snap.waiting_for, self.snap.next_deadline) != (waiting_for, due):
            self.change(waiting_for=waiting_for, next_deadline=due)
        came = await self.alarm.wait(lambda: ready() or self.leaving, due)
        self.checkpoint()
        return came

    @property
    def leaving(self) -> bool:
        return self.withdrawal is not None and self.can_withdraw

    def checkpoint(self) -> None:
        if self.leaving:
            raise Withdrawn

    # Acting on the world

    async def call(self, act: Callable[..., Any], ask: Any, queue: str, summary: str) -> Any:
        """One vendor call: Temporal retries what may be retried until the policy's patience ends."""
        return await workflow.execute_activity_method(
            act,
            ask,
            task_queue=queue,
            start_to_close_timeout=timedelta(seconds=90),
            schedule_to_close_timeout=timedelta(seconds=self.policy.vendor_patience),
            retry_policy=self.retries(),
            summary=summary,
        )

    def retries(self) -> RetryPolicy:
        return RetryPolicy(
            initial_interval=timedelta(milliseconds=500),
            maximum_interval=timedelta(seconds=self.policy.retry_at_most),
        )

    async def step(self, reason: str, owner: Owner, act: Callable[[], Coroutine[Any, Any, R]]) -> R:
        """Do `act`; what cannot be mended by repeating it is a hold that `owner` resolves with 'retry'."""
        while True:
            try:
                return await act()
            except ActivityError as error:
                await self.hold(reason, owner, failure(error)[1], ("retry",))

    async def together(self, *acts: Coroutine[Any, Any, Any]) -> list[Any]:
        """Do all at once and let all end before the first error, if any, is raised: nothing is left running."""
        results = await asyncio.gather(*acts, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return results

    # Holds

    async def hold(self, reason: str, owner: Owner, detail: str, choices: tuple[str, ...]) -> str:
        """Park here until the owner chooses. The customer may still withdraw while that is allowed."""
        hold = self.open_hold(reason, owner, detail, choices)
        await self.wait(lambda: hold.hold_id in self._choices, None, f"{owner}: {reason}")
        return self.close_hold(hold.hold_id)

    def open_hold(self, reason: str, owner: Owner, detail: str, choices: tuple[str, ...]) -> Hold:
        self._holds_opened += 1
        hold = Hold(f"H{self._holds_opened}", reason, owner, detail, choices, workflow.now())
        self.happened("held", f"on hold for {owner}: {reason}", hold=hold.hold_id, detail=detail)
        self.change(holds=(*self.snap.holds, hold))
        self.visible = self.snap.version
        workflow.upsert_search_attributes([HOLD.value_set(reason)])
        return hold

    def close_hold(self, hold_id: str) -> str:
        """Take the hold off the case; answers the choice ('' when it was lifted without one)."""
        left = tuple(hold for hold in self.snap.holds if hold.hold_id != hold_id)
        self.change(holds=left)
        self.visible = self.snap.version
        workflow.upsert_search_attributes([HOLD.value_set(left[0].reason) if left else HOLD.value_unset()])
        return self._choices.pop(hold_id, "")

    def choose(self, hold_id: str, choice: str) -> None:
        self._choices[hold_id] = choice

    def chosen(self, hold_id: str) -> bool:
        return hold_id in self._choices


def failure(error: ActivityError) -> tuple[str, str]:
    """(type, sentence) of what went wrong in an activity, also when Temporal's own patience ended."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        return cause.type or "", str(cause.message)
    return type(cause).__name__, f"no success in time: {cause or error}"


def details(snap: Snapshot) -> str:
    """The one-look summary for the Temporal UI (markdown, no personal data)."""
    rows = [f"**{snap.stage}**, order {snap.order_name or snap.order_id}, version {snap.version}"]
    if snap.quote:
        rows.append(f"quote {snap.quote.total}, agreed {snap.agreed or '-'}, credited {snap.credited or '-'}")
    rows += [f"hold {hold.hold_id}: {hold.reason} ({hold.owner}) {hold.detail}" for hold in snap.holds]
    if snap.waiting_for:
        rows.append(f"waits for {snap.waiting_for}" + (f" until {snap.next_deadline}" if snap.next_deadline else ""))
    return "\n\n".join(rows)
