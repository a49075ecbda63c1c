"""A change that is asked of a return whose workflow has ended: answered from the books, and shown in the CRMs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities import queues
from domain import ids
from domain.change_request import Answered, ChangeRequest, RequestKind, RequestState, RequestStatus, worth_knowing
from domain.change_rules import OVER, Outcome, Ruling, Situation, judge
from domain.policy import Policy
from domain.returns import RequestedLine, Snapshot
from store.port import Move, Outgoing, Stores, TimelineEvent
from workflows.crm_replay import CrmReplay, Replay

# Seconds a CRM that says "not now" is asked again; what it was not shown by then is found by coverage.
_PATIENCE = 600


async def answer(client: Client, stores: Stores, return_id: str, request: ChangeRequest, now: datetime) -> Answered:
    """Recorded as a version of its own. Asked twice at once, it is answered once; of two requests at once the second
    takes the next version."""
    while True:
        known = await stores.changes.one(return_id, request.request_id)
        if known is not None and not known.pending:
            return known.answered
        before = await stores.returns.snapshot(return_id)
        assert before is not None
        state = _state(request, _ruling(request, before), now)
        after = replace(
            before,
            version=before.version + 1,
            changed_at=now,
            changes=worth_knowing((*(one for one in before.changes if one.request != request), state)),
        )
        orgs = tuple(one.org for one in await stores.outbox.crm_states(return_id))
        owed = tuple(Outgoing(ids.crm_lane(org), after.stage) for org in orgs)
        await stores.returns.record(Move(after, (_event(state, now),), owed, changes=(state,)))
        if await stores.changes.one(return_id, request.request_id) == state:
            await _show(client, return_id, orgs, after.version)
            return state.answered


def _ruling(request: ChangeRequest, snapshot: Snapshot) -> Ruling:
    """As a running return rules, of one that is over. One that was ended by force, in Temporal, takes nothing."""
    if snapshot.stage not in OVER and request.kind is not RequestKind.NOTE:
        return Ruling(Outcome.REFUSE, f"the return was ended as {snapshot.stage}; nothing of it can change any more")
    return judge(
        request,
        Situation(
            stage=snapshot.stage,
            undoing=False,
            posting=False,
            deciding=False,
            lines=tuple(RequestedLine(line.line_id, line.quantity, line.reason) for line in snapshot.lines),
            quoted=snapshot.quote.total if snapshot.quote else None,
            agreed=snapshot.agreed,
            opened_at=snapshot.opened_at,
            policy=Policy(),
        ),
    )


def _state(request: ChangeRequest, ruling: Ruling, now: datetime) -> RequestState:
    accepted = ruling.outcome is Outcome.ACCEPT
    return RequestState(
        request, RequestStatus.ACCEPTED if accepted else RequestStatus.REFUSED, ruling.sentence, answered_at=now
    )


def _event(state: RequestState, now: datetime) -> TimelineEvent:
    ask = state.request
    what = str(ask.kind).replace("_", " ")
    return TimelineEvent(
        f"change_{state.status}",
        f"{what}: {state.sentence}",
        now,
        ask.source,
        {"request": ask.request_id, "by": ask.by},
    )


async def _show(client: Client, return_id: str, orgs: tuple[str, ...], version: int) -> None:
    """By the workers, each org by itself. The answer is in the books: an engine that is away now leaves it owed."""
    for org in orgs:
        try:
            await client.start_workflow(
                CrmReplay.run,
                Replay(return_id, org, _PATIENCE),
                id=ids.replay_id(return_id, org, version),
                task_queue=queues.RETURNS,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=f"show what was answered about {return_id} in {org}",
            )
        except (RPCError, WorkflowAlreadyStartedError):
            continue
