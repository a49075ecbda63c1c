"""What every front door may ask of returns: say something to one, look at one, find some. One class, no transport.

Raises domain refusals (with NotFound for what is not there) and RetryLater; never an engine's or a vendor's error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateHandle,
    WorkflowUpdateStage,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities import queues
from domain import change_rules, ids
from domain.change_request import Answered, ChangeRequest, RequestKind, RequestState
from domain.errors import BadInput, KeyReused
from domain.returns import Snapshot, Stage
from runtime import ended
from runtime.refusals import NotFound, Over, RetryLater, refusal, unknown
from runtime.sending import LATE, PATIENCE, Sending, pass_on_cancellation, update_id
from store.port import DeadLetter, Page, Search, Stores, TimelineEvent
from workflows import messages as m
from workflows.return_lifecycle import ReturnLifecycle

_QUERY_PATIENCE = timedelta(seconds=5)
_OVER = frozenset({Stage.CLOSED, Stage.REFUSED, Stage.WITHDRAWN})


class Returns:
    """`client` speaks to Temporal, `stores` to PostgreSQL. `fits` looks at the version that a return has before
    something new is said to it, and refuses by raising."""

    def __init__(self, client: Client, stores: Stores, fits: Callable[[int], None] | None = None) -> None:
        self._client, self._stores, self._fits = client, stores, fits
        self._sending = Sending(client, stores, self.live, fits)

    async def start(self, start: m.StartReturn, patience: timedelta = PATIENCE) -> m.RequestAnswer:
        """Start the return, or find the one this very request started; answers the quote in the same call.

        decision 'pending' says that the ERP has not answered within `patience`: ask `snapshot` later."""
        ids.check_key(start.key)
        lines = sorted((line.line_id, line.quantity, str(line.reason)) for line in start.lines)
        place = f"{start.return_id}/{m.UPDATE_REQUEST}"
        async with self._sending.keys.held(place, start.key, lines, "idempotency_key"):
            return await self._start(start, patience)

    async def _start(self, start: m.StartReturn, patience: timedelta) -> m.RequestAnswer:
        known = await self._stores.returns.snapshot(start.return_id)
        if known is not None:
            _check_same(start, known)
            if known.stage in _OVER:
                return await self._answered(start, known)
        operation = WithStartWorkflowOperation(
            ReturnLifecycle.run,
            start,
            id=ids.workflow_id(start.return_id),
            task_queue=queues.RETURNS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            static_summary=f"return of order {start.order_id}",
        )
        taken = False
        try:
            async with asyncio.timeout(patience.total_seconds()):
                update: WorkflowUpdateHandle[m.RequestAnswer] = await self._client.start_update_with_start_workflow(
                    m.UPDATE_REQUEST,
                    m.Request(start.key),
                    start_workflow_operation=operation,
                    wait_for_stage=WorkflowUpdateStage.ACCEPTED,
                    id=update_id(m.UPDATE_REQUEST, start.key),
                    result_type=m.RequestAnswer,
                )
                taken = True
                return await update.result()
        except WorkflowUpdateFailedError as error:
            raise refusal(error) from error
        except WorkflowAlreadyStartedError:
            # It ended since the books were asked, or after its expiry: this very request, since its key is in its id.
            return await self._answered(start, await self.snapshot(start.return_id))
        except LATE as error:
            pass_on_cancellation(error)
            if taken:
                return m.RequestAnswer(start.return_id, "pending")
            raise RetryLater(f"no worker took the request within {patience.total_seconds():.0f} s") from error
        except RPCError as error:
            raise RetryLater(f"the engine did not answer ({error})") from error

    async def confirm(self, return_id: str, message: m.Confirm) -> m.Ack:
        return await self._sending.say(return_id, m.UPDATE_CONFIRM, message, message.key)

    async def withdraw(self, return_id: str, message: m.Withdraw) -> m.Ack:
        return await self._sending.say(return_id, m.UPDATE_WITHDRAW, message, message.key)

    async def receive(self, return_id: str, message: m.Receipt) -> m.Ack:
        return await self._sending.say(
            return_id, m.UPDATE_RECEIVE, message, f"receipt-{message.receipt_id}", "receipt_id"
        )

    async def inspect(self, return_id: str, message: m.Inspection) -> m.Ack:
        return await self._sending.say(
            return_id, m.UPDATE_INSPECT, message, f"inspection-{message.inspection_id}", "inspection_id"
        )

    async def told_of(self, return_id: str, inspection_id: str) -> bool:
        """Whether this inspection was told before, whatever became of it, unless it was refused."""
        return await self._sending.keys.known(f"{return_id}/{m.UPDATE_INSPECT}", f"inspection-{inspection_id}")

    async def consent(self, return_id: str, message: m.Consent) -> m.Ack:
        return await self._sending.say(return_id, m.UPDATE_CONSENT, message, message.key)

    async def report_lost(self, return_id: str, message: m.ReportLost) -> m.Ack:
        return await self._sending.say(return_id, m.UPDATE_REPORT_LOST, message, message.key)

    async def resolve(self, return_id: str, message: m.Resolve) -> m.Ack:
        return await self._sending.say(return_id, m.UPDATE_RESOLVE, message, message.key)

    async def second_word(self, return_id: str, message: m.SecondWord) -> m.Ack:
        """What somebody says to a proposal. Raises Forbidden when it is not theirs to say."""
        return await self._sending.say(return_id, m.UPDATE_SECOND_WORD, message, message.key)

    async def ask(self, return_id: str, request: ChangeRequest, note: str = "") -> Answered:
        """A change somebody asks for: accepted, refused or pending, in the books and shown in every CRM. The same
        request id again is answered as it was. `note` is the text of a NOTE; it goes to PostgreSQL and nowhere else.

        An ended return answers from the books. Raises NotFound, BadInput for a note without text, RetryLater."""
        ids.check_key(request.request_id, "request_id")
        snapshot = await self.snapshot(return_id)
        request = change_rules.plain(request)
        known = await self._stores.changes.one(return_id, request.request_id)
        if known is not None and (known.request.kind, known.request.value) != (request.kind, request.value):
            raise KeyReused("request_id", "was used for another change of this return; take a new one")
        if known is not None and not known.pending:
            return known.answered
        if known is None:
            self.check(snapshot)
        if request.kind is RequestKind.NOTE:
            text = note.replace("\0", "").strip()
            if not text:
                raise BadInput("note", "has no text")
            await self._stores.changes.save_note(return_id, request.request_id, text)
        try:
            return await self._sending.send(return_id, m.UPDATE_CHANGE, request, request.request_id, Answered)
        except Over:
            return await ended.answer(self._client, self._stores, return_id, request, datetime.now(UTC))

    async def changes(self, return_id: str) -> tuple[RequestState, ...]:
        """Everything that was asked of a return, oldest first."""
        await self.snapshot(return_id)
        return await self._stores.changes.of(return_id)

    async def notes(self, return_id: str) -> dict[str, str]:
        """What notes say, by request. Personal."""
        return await self._stores.changes.notes(return_id)

    def check(self, snapshot: Snapshot) -> None:
        """Refuses when what is said was decided on another version than this one."""
        self._sending.check(snapshot)

    async def tracking(self, return_id: str, message: m.Tracking) -> None:
        handle = self._client.get_workflow_handle(ids.workflow_id(ids.check_return_id(return_id)))
        if self._fits is not None:
            self.check(await self.snapshot(return_id))
        try:
            await handle.signal(m.SIGNAL_TRACKING, message)
        except RPCError as error:
            raise await self._sending.gone(return_id, error) from error

    async def snapshot(self, return_id: str) -> Snapshot:
        """What the books say; a return is there as soon as its first move is recorded."""
        found = await self._stores.returns.snapshot(ids.check_return_id(return_id))
        if found is None:
            raise unknown(return_id)
        return found

    async def live(self, return_id: str) -> Snapshot:
        """What the workflow itself says, with what each CRM shows; what the books say when it cannot be asked."""
        handle = self._client.get_workflow_handle(ids.workflow_id(ids.check_return_id(return_id)))
        try:
            found: Snapshot = await handle.query(ReturnLifecycle.snapshot, rpc_timeout=_QUERY_PATIENCE)
            return await self._with_crms(found)
        except (RPCError, WorkflowQueryFailedError) as error:
            # Long over, or nobody is there to answer.
            try:
                return await self._with_crms(await self.snapshot(return_id))
            except NotFound:
                if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
                    raise
            raise RetryLater(f"the engine did not answer ({error})") from error

    async def _with_crms(self, snapshot: Snapshot) -> Snapshot:
        """What each CRM shows by the books: a replay is no message to the return, which may be over."""
        known = await self._stores.outbox.crm_states(snapshot.return_id)
        orgs = {state.org for state in known}
        return replace(snapshot, crm=(*(state for state in snapshot.crm if state.org not in orgs), *known))

    async def timeline(self, return_id: str) -> tuple[TimelineEvent, ...]:
        await self.snapshot(return_id)
        return await self._stores.returns.timeline(return_id)

    async def dead_letters(self) -> tuple[DeadLetter, ...]:
        """What was owed to a CRM or a customer and given up for now, oldest first."""
        return await self._stores.outbox.dead_letters()

    async def search(self, search: Search) -> Page:
        return await self._stores.returns.search(search)

    async def _answered(self, start: m.StartReturn, known: Snapshot) -> m.RequestAnswer:
        """The first answer, from the engine while it keeps it, else from the books."""
        handle = self._client.get_workflow_handle(ids.workflow_id(start.return_id))
        update: WorkflowUpdateHandle[m.RequestAnswer] = handle.get_update_handle(
            update_id(m.UPDATE_REQUEST, start.key), result_type=m.RequestAnswer
        )
        try:
            async with asyncio.timeout(_QUERY_PATIENCE.total_seconds()):
                return await update.result()
        except (RPCError, WorkflowUpdateFailedError, *LATE):
            decision = "quoted" if known.quote else str(known.stage)
            return m.RequestAnswer(start.return_id, decision, known.quote, known.reasons)


def _check_same(start: m.StartReturn, known: Snapshot) -> None:
    """One key for two requests would answer the second with the first one's quote."""
    asked = {(line.line_id, line.quantity) for line in start.lines}
    before = {(line.line_id, line.quantity) for line in known.lines}
    if before and asked != before:
        sentence = f"was used for other lines of this order, in {start.return_id}; take a new one"
        raise KeyReused("idempotency_key", sentence)
