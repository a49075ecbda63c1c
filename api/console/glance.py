"""A return at a glance: the customer's three stages, and who waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.console import wording
from domain.returns import CustomerStage, Snapshot, Stage, customer_stage
from domain.units import Acceptance, Reception

_STEPS = (CustomerStage.CONFIRMATION, CustomerStage.INSPECTION, CustomerStage.FINANCIAL_POSTING)
_BROKEN_OFF = frozenset({Stage.REFUSED, Stage.EXPIRED, Stage.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Step:
    """`state` is done, now, later or halted: it ended here."""

    name: str
    state: str
    says: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """`for_whom` is empty when nobody waits. `since` or `until` is given where it is known."""

    for_whom: str
    why: str
    since: datetime | None = None
    until: datetime | None = None


def steps(snap: Snapshot) -> tuple[Step, ...]:
    said = (_confirmation(snap), _inspection(snap), _posting(snap))
    reached = _reached(snap)
    return tuple(
        Step(wording.spoken(step), _state(snap, place, reached), says)
        for place, (step, says) in enumerate(zip(_STEPS, said, strict=True))
    )


def waiting(snap: Snapshot) -> Waiting:
    if snap.holds:
        hold = snap.holds[0]
        return Waiting(wording.owner(hold.owner), wording.hold(hold.reason).title, since=hold.since)
    if snap.waiting_for:
        return Waiting(snap.waiting_for, wording.stage(snap.stage).means, until=snap.next_deadline)
    return Waiting("", wording.stage(snap.stage).means)


def _reached(snap: Snapshot) -> int:
    """How many of the steps are behind us."""
    if snap.stage in _BROKEN_OFF:
        inspected = bool(snap.lots) and all(lot.acceptance is not Acceptance.PENDING for lot in snap.lots)
        return 0 if snap.agreed is None else 2 if inspected else 1
    stage = customer_stage(snap.stage)
    return len(_STEPS) if stage is CustomerStage.DONE else _STEPS.index(stage)


def _state(snap: Snapshot, place: int, reached: int) -> str:
    if place < reached:
        return "done"
    if place > reached:
        return "later"
    return "halted" if snap.stage in _BROKEN_OFF else "now"


def _confirmation(snap: Snapshot) -> str:
    if snap.agreed is not None:
        return f"{snap.agreed} agreed"
    return f"{snap.quote.total} quoted, not confirmed" if snap.quote else "No quote yet"


def _inspection(snap: Snapshot) -> str:
    if snap.keep_item:
        return "The customer keeps the goods"
    every = sum(lot.quantity for lot in snap.lots)
    if not every:
        return "Nothing is awaited yet"
    here = [lot for lot in snap.lots if lot.reception is Reception.RECEIVED]
    judged = sum(lot.quantity for lot in here if lot.acceptance is not Acceptance.PENDING)
    gone = sum(lot.quantity for lot in snap.lots if lot.reception in (Reception.LOST, Reception.MISSING))
    never = f", {gone} never came" if gone else ""
    return f"{sum(lot.quantity for lot in here)} of {every} units here, {judged} inspected{never}"


def _posting(snap: Snapshot) -> str:
    if snap.payout is not None:
        return f"{snap.payout.total} paid"
    return f"{snap.credited} credited, not paid yet" if snap.credited is not None else "Not posted yet"
