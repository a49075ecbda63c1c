"""The returns themselves, without an engine: recorded in the real store, asked by the real rules."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from domain.change_request import (
    Answered,
    ChangeRequest,
    RequestKind,
    RequestState,
    RequestStatus,
    worth_knowing,
)
from domain.change_rules import Outcome, Situation, judge, plain
from domain.money import Money
from domain.order import Contact
from domain.policy import Policy
from domain.refund import Quote
from domain.returns import Reason, RequestedLine, Snapshot, SnapshotLine, Stage, customer_stage
from store.port import Move, Outgoing, Returns
from tests.store.samples import event

# The way of a return to which nothing happens but what is foreseen.
WAY = (
    Stage.QUOTED, Stage.CONFIRMED, Stage.AWAITING_GOODS, Stage.PENDING_INSPECTION, Stage.INSPECTED, Stage.CREDITED,
    Stage.PAID, Stage.CLOSED,
)  # fmt: skip
_EPOCH = datetime(2026, 11, 21, 10, tzinfo=UTC)


@dataclass
class Asked:
    """A request as the desk got it first."""

    return_id: str
    request: ChangeRequest
    note: str


@dataclass
class Desk:
    """Implements activities.desk.ReturnDesk. `states` are the requests of each return in the order they came."""

    returns: Returns
    orgs: tuple[str, ...]
    asked: list[Asked] = field(default_factory=list)
    states: dict[str, dict[str, RequestState]] = field(default_factory=lambda: defaultdict(dict))
    moves: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """How often what a return says of its reason or stage changed."""
    reasons: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """All that a return ever said."""

    async def open(self, return_id: str, order: dict[str, Any], reason: Reason) -> None:
        line, person = order["lines"][0], order["customer"]
        total = Money(1189, "EUR")
        quote = Quote(1, "ra-1", "RA1", (), total, _EPOCH, None, "digest")
        await self.record(
            Snapshot(
                return_id,
                str(order["order_id"]),
                1,
                Stage.QUOTED,
                customer_stage(Stage.QUOTED),
                _EPOCH,
                _EPOCH,
                order_name=order["name"],
                customer_id=str(person["id"]),
                region="DE",
                currency="EUR",
                quote=quote,
                lines=(SnapshotLine(str(line["line_id"]), line["sku"], line["title"], 1, reason),),
                waiting_for="the customer",
            )
        )
        contact = Contact(f"{person['first_name']} {person['last_name']}", person["email"], str(person["id"]))
        await self.returns.save_contact(return_id, contact)

    async def record(self, now: Snapshot, *changes: RequestState) -> None:
        before = await self.returns.snapshot(now.return_id)
        owed = tuple(Outgoing(f"crm:{org}", str(now.stage)) for org in self.orgs)
        await self.returns.record(Move(now, (event(f"step_{now.version}"),), owed, changes=changes))
        self.reasons[now.return_id].add(str(now.lines[0].reason))
        if before is not None and said(before) != said(now):
            self.moves[now.return_id] += 1

    async def now(self, return_id: str) -> Snapshot:
        found = await self.returns.snapshot(return_id)
        assert found is not None
        return found

    async def moved(self, return_id: str, **more: Any) -> Snapshot:
        """The next version."""
        before = await self.now(return_id)
        stage = more.get("stage", before.stage)
        at = datetime.now(UTC)
        now = replace(before, version=before.version + 1, changed_at=at, customer_stage=customer_stage(stage), **more)
        await self.record(now)
        return now

    async def goes_on(self, return_id: str) -> bool:
        """To its next stage; False at the end."""
        before = await self.now(return_id)
        if before.stage not in WAY[:-1]:
            return False
        await self.moved(return_id, stage=WAY[WAY.index(before.stage) + 1])
        return True

    async def ask(self, return_id: str, request: ChangeRequest, note: str = "") -> Answered:
        known = self.states[return_id].get(request.request_id)
        if known is not None:
            return known.answered
        self.asked.append(Asked(return_id, request, note))
        now = await self.now(return_id)
        ruling = judge(plain(request), situation(now))
        status = {
            Outcome.ACCEPT: RequestStatus.ACCEPTED, Outcome.REFUSE: RequestStatus.REFUSED,
            Outcome.DECIDE: RequestStatus.PENDING,
        }[ruling.outcome]  # fmt: skip
        more: dict[str, Any] = {}
        if status is RequestStatus.ACCEPTED and not ruling.as_it_is:
            if ruling.reason is not None:
                more["lines"] = tuple(replace(line, reason=ruling.reason) for line in now.lines)
            elif request.kind is RequestKind.CANCELLATION:
                more["stage"] = Stage.WITHDRAWN
        return await self._answer(now, plain(request), status, ruling.sentence, **more)

    async def decide(self, granted: bool) -> bool:
        """A person answers the oldest request that waits for one; False when none does."""
        for return_id, states in self.states.items():
            for state in states.values():
                if state.pending:
                    status = RequestStatus.ACCEPTED if granted else RequestStatus.REFUSED
                    now = await self.now(return_id)
                    await self._answer(now, state.request, status, f"finance says {'yes' if granted else 'no'}")
                    return True
        return False

    async def _answer(
        self, now: Snapshot, request: ChangeRequest, status: RequestStatus, sentence: str, **more: Any
    ) -> Answered:
        at = datetime.now(UTC)
        state = RequestState(request, status, sentence, None if status is RequestStatus.PENDING else at)
        mine = self.states[now.return_id]
        mine[request.request_id] = state
        stage = more.get("stage", now.stage)
        changes = worth_knowing(mine.values())
        version = now.version + 1
        after = replace(
            now, version=version, changed_at=at, customer_stage=customer_stage(stage), changes=changes, **more
        )
        await self.record(after, state)
        return state.answered


def situation(now: Snapshot) -> Situation:
    return Situation(
        stage=now.stage,
        undoing=False,
        posting=False,
        deciding=any(one.pending and one.request.kind is RequestKind.PARTIAL_REFUND for one in now.changes),
        lines=tuple(RequestedLine(line.line_id, line.quantity, line.reason) for line in now.lines),
        quoted=now.quote.total if now.quote else None,
        agreed=now.agreed,
        opened_at=now.opened_at,
        policy=Policy(),
    )


def said(snapshot: Snapshot) -> tuple[str, str]:
    """What people in a CRM could edit although it is ours."""
    return str(snapshot.lines[0].reason), str(snapshot.stage)
