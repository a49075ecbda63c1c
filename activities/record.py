"""One move of a return, one transaction: row, timeline, outbox. Run as a local activity by the workflow's recorder."""

from __future__ import annotations

from collections.abc import Iterable

from temporalio import activity

from activities import measures
from activities.errors import speaks_temporal
from domain.returns import Hold, Snapshot, Stage
from store.port import Move, Returns

# What happens when a return reaches a stage, as its timeline says. Moves that follow each other quickly are recorded
# together, so the stage of the snapshot alone would skip some.
REACHED = {
    "requested": Stage.REQUESTED,
    "quoted": Stage.QUOTED,
    "confirmed": Stage.CONFIRMED,
    "authorized": Stage.AWAITING_GOODS,
    "inspection_done": Stage.INSPECTED,
    "credited": Stage.CREDITED,
    "paid": Stage.PAID,
    "closed": Stage.CLOSED,
    "refused": Stage.REFUSED,
    "expired": Stage.EXPIRED,
    "withdrawn": Stage.WITHDRAWN,
}


class RecordActivities:
    def __init__(self, returns: Returns) -> None:
        self._returns = returns

    @activity.defn
    @speaks_temporal
    async def record(self, move: Move) -> None:
        # Only a decided hold needs the state before: it is off the snapshot by now.
        decided = any(event.kind == "resolved" for event in move.events)
        before = await self._returns.snapshot(move.snapshot.return_id) if decided else None
        await self._returns.record(move)
        count(move, before)


def count(move: Move, before: Snapshot | None) -> None:
    """Measure a recorded move."""
    after = move.snapshot
    holds = {hold.hold_id: hold for hold in (*(before.holds if before else ()), *after.holds)}
    for event in move.events:
        if stage := REACHED.get(event.kind):
            measures.stage_reached(stage, after.region, after.channel)
