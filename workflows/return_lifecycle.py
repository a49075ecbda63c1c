"""One return, from the customer's request to a three-way-matched end. `run` is the story; each step has a file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.change_request import Answered, ChangeRequest
    from domain.returns import Snapshot, Stage

from workflows import answers, changes, confirmation, decisions, goods, payout, posting, settlement, verdict, withdrawal
from workflows import messages as m
from workflows.case import Case, Withdrawn
from workflows.lanes import CrmLane, NoticeLane

M = TypeVar("M")


@workflow.defn
class ReturnLifecycle:
    """Started by update-with-start of `request`; ends when nothing is owed to anybody."""

    @workflow.init
    def __init__(self, start: m.StartReturn) -> None:
        self._case = Case(start)
        self._notices = NoticeLane(self._case)
        self._crm: list[CrmLane] = []
        self._lanes: set[asyncio.Task[None]] = set()
        self._broken: Exception | None = None

    @workflow.run
    async def run(self, start: m.StartReturn) -> Snapshot:
        self._case.happened(
            "requested", f"{sum(line.quantity for line in start.lines)} units asked back", actor="customer"
        )
        self._begin(self._case.keep_recording())
        self._begin(self._notices.run())
        story = asyncio.create_task(self._story(self._case))
        await workflow.wait_condition(lambda: story.done() or self._broken is not None)
        if self._broken is not None:
            raise self._broken
        return story.result()

    async def _story(self, case: Case) -> Snapshot:
        try:
            await confirmation.load(case)
            self._show_in_crms()
            await confirmation.quote(case)
            if not await confirmation.confirmation(case):
                await withdrawal.undo(case, Stage.EXPIRED)
            else:
                await confirmation.authorize(case)
                await self._take_back(case)
        except confirmation.NotAccepted:
            await withdrawal.refuse(case)
        except Withdrawn:
            await withdrawal.undo(case, Stage.WITHDRAWN)
        return await self._end(case)

    async def _take_back(self, case: Case) -> None:
        """Goods and verdict, unless the customer keeps the goods; then the money."""
        if not case.snap.keep_item:
            if not await self._goods(case):
                await withdrawal.undo(case, Stage.EXPIRED)
                return
            await verdict.agree(case)
            await goods.unexpected(case)
        memo = await posting.post_credit_memo(case) if posting.anything(case) else None
        if memo is None:
            await settlement.close_without_credit(case)
            return
        paid = await payout.pay_out(case, memo)
        settlement.close(case, await settlement.settle(case, memo, paid))

    async def _goods(self, case: Case) -> bool:
        """Goods that never come end in expiry; late ones may reopen it."""
        if await goods.arrive_and_inspect(case):
            return True
        case.happened("expired", "no goods came in time")
        case.tell("expired")
        case.move(Stage.EXPIRED)
        return await goods.late_arrival(case) and await goods.arrive_and_inspect(case)

    async def _end(self, case: Case) -> Snapshot:
        """Everything recorded, every lane drained or parked, every caller answered."""
        case.want()
        await workflow.wait_condition(
            lambda: (
                case.recorded >= case.wanted
                and self._notices.idle
                and all(lane.idle for lane in self._crm)
                and not any(state.pending for state in case.requests.values())
                and workflow.all_handlers_finished()
            )
        )
        return case.snap

    def _begin(self, lane: Coroutine[Any, Any, None]) -> None:
        self._lanes.add(asyncio.create_task(self._watched(lane)))

    async def _watched(self, lane: Coroutine[Any, Any, None]) -> None:
        """A lane catches what the world does to it. What is left is a mistake of ours: raised by `run` it fails the
        workflow task, where it is seen and goes on with mended code, instead of vanishing with its task."""
        try:
            await lane
        except Exception as error:
            self._broken = error

    def _show_in_crms(self) -> None:
        for org in self._case.crm_orgs:
            lane = CrmLane(self._case, org)
            self._crm.append(lane)
            self._begin(lane.run())

    # What callers may say

    @workflow.update(name=m.UPDATE_REQUEST)
    async def request(self, message: m.Request) -> m.RequestAnswer:
        """The quote, the refusal or the hold: whatever comes of the request first, in the same call."""
        case = self._case
        await workflow.wait_condition(lambda: case.snap.stage is not Stage.REQUESTED or bool(case.snap.holds))
        snap = case.snap
        await case.until_recorded()
        if snap.stage is Stage.REFUSED:
            return m.RequestAnswer(snap.return_id, "refused", reasons=snap.reasons)
        if snap.stage is Stage.REQUESTED:
            return m.RequestAnswer(snap.return_id, "review", reasons=snap.reasons, hold=snap.holds[0])
        if snap.quote is None:
            return m.RequestAnswer(snap.return_id, str(snap.stage), reasons=snap.reasons)
        return m.RequestAnswer(snap.return_id, "quoted", quote=snap.quote, reasons=snap.reasons)

    @workflow.update(name=m.UPDATE_CONFIRM)
    async def confirm(self, message: m.Confirm) -> m.Ack:
        # Answered with what follows at once: authorized, on hold, or still trying.
        return await self._take(confirmation.take_confirm, message, soon=False)

    @confirm.validator
    def check_confirm(self, message: m.Confirm) -> None:
        self._check(confirmation.check_confirm, message)

    @workflow.update(name=m.UPDATE_WITHDRAW)
    async def withdraw(self, message: m.Withdraw) -> m.Ack:
        return await self._take(withdrawal.take_withdraw, message)

    @withdraw.validator
    def check_withdraw(self, message: m.Withdraw) -> None:
        self._check(withdrawal.check_withdraw, message)

    @workflow.update(name=m.UPDATE_RECEIVE)
    async def receive(self, message: m.Receipt) -> m.Ack:
        return await self._take(goods.take_receive, message)

    @receive.validator
    def check_receive(self, message: m.Receipt) -> None:
        self._check(goods.check_receive, message)

    @workflow.update(name=m.UPDATE_INSPECT)
    async def inspect(self, message: m.Inspection) -> m.Ack:
        return await self._take(goods.take_inspect, message)

    @inspect.validator
    def check_inspect(self, message: m.Inspection) -> None:
        self._check(goods.check_inspect, message)

    @workflow.update(name=m.UPDATE_CONSENT)
    async def consent(self, message: m.Consent) -> m.Ack:
        return await self._take(verdict.take_consent, message)

    @consent.validator
    def check_consent(self, message: m.Consent) -> None:
        self._check(verdict.check_consent, message)

    @workflow.update(name=m.UPDATE_REPORT_LOST)
    async def report_lost(self, message: m.ReportLost) -> m.Ack:
        return await self._take(goods.take_lost, message)

    @report_lost.validator
    def check_report_lost(self, message: m.ReportLost) -> None:
        self._check(goods.check_lost, message)

    @workflow.update(name=m.UPDATE_RESOLVE)
    async def resolve(self, message: m.Resolve) -> m.Ack:
        ack = await self._take(decisions.take_resolve, message)
        return replace(ack, proposal=decisions.proposed(self._case, message))

    @resolve.validator
    def check_resolve(self, message: m.Resolve) -> None:
        self._check(decisions.check_resolve, message)

    @workflow.update(name=m.UPDATE_SECOND_WORD)
    async def second_word(self, message: m.SecondWord) -> m.Ack:
        return await self._take(decisions.take_second_word, message)

    @second_word.validator
    def check_second_word(self, message: m.SecondWord) -> None:
        self._check(decisions.check_second_word, message)

    @workflow.update(name=m.UPDATE_CHANGE)
    async def change(self, message: ChangeRequest) -> Answered:
        """Answered as soon as there is something to say: accepted, refused, or who decides. Never an error: a refusal
        is an answer, in the books and in the CRM."""
        case = self._case
        if changes.take(case, message):
            self._begin(changes.deal(case, message))
        await workflow.wait_condition(lambda: bool(case.requests[message.request_id].sentence))
        await case.until_recorded()
        return case.requests[message.request_id].answered

    @workflow.signal(name=m.SIGNAL_TRACKING)
    def tracking(self, message: m.Tracking) -> None:
        self._case.track(message)

    @workflow.query(name=m.QUERY_SNAPSHOT)
    def snapshot(self) -> Snapshot:
        return self._case.snap

    def _check(self, check: Callable[[Case, M], None], message: M) -> None:
        try:
            check(self._case, message)
        except ApplicationError:
            raise
        except Exception as error:
            raise answers.translated(error) from error

    async def _take(self, take: Callable[[Case, M], str], message: M, soon: bool = True) -> m.Ack:
        """Answered when it is recorded: what a caller was told has happened is in the books."""
        case = self._case
        try:
            note = take(case, message)
        except ApplicationError:
            raise
        except Exception as error:
            raise answers.translated(error) from error
        await case.until_recorded(soon)
        return m.Ack(case.snap.return_id, case.snap.stage, note)
