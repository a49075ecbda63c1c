"""One move of a return, one transaction: row, timeline, outbox. Run as a local activity by the workflow's recorder."""

from __future__ import annotations

from temporalio import activity

from activities.errors import speaks_temporal
from store.port import Move, Returns


class RecordActivities:
    def __init__(self, returns: Returns) -> None:
        self._returns = returns

    @activity.defn
    @speaks_temporal
    async def record(self, move: Move) -> None:
        await self._returns.record(move)
