"""One move of a return, one transaction: row, timeline, outbox. Run as a local activity by the workflow's recorder."""

from __future__ import annotations

from temporalio import activity

from activities import measures
from activities.errors import speaks_temporal
from domain.returns import Snapshot
from store.port import Move, Returns


class RecordActivities:
    def __init__(self, returns: Returns) -> None:
        self._returns = returns

    @activity.defn
    @speaks_temporal
    async def record(self, move: Move) -> None:
        count(await self._returns.record(move), move)


def count(before: Snapshot | None, move: Move) -> None:
    """Measure what a move changed. A repeat finds its own version in the books and counts nothing."""
    after = move.snapshot
    if before is not None and before.version >= after.version:
        return
    if before is None or before.stage is not after.stage:
        measures.stage_reached(after.stage, after.region, after.channel)
    held = before.holds if before else ()
    were, are = ({hold.hold_id for hold in holds} for holds in (held, after.holds))
    for hold in after.holds:
        if hold.hold_id not in were:
            measures.hold_opened(hold.reason, hold.owner)
    choices = {
        event.detail["hold"]: event.detail["choice"] for event in move.events if event.kind in ("resolved", "approved")
    }
    for hold in held:
        if hold.hold_id not in are:
            measures.hold_resolved(hold.reason, choices.get(hold.hold_id, "lifted"))
