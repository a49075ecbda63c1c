"""What the audit has done by itself: a checkpoint is signed, and what is older than it is kept is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from temporalio import activity

from activities.errors import speaks_temporal
from store.port import Checkpoint, Cut


class Audits(Protocol):
    """runtime/audit/auditing.py."""

    async def checkpoint(self) -> Checkpoint | None: ...

    async def retain(self, by: str, apply: bool) -> tuple[Cut, ...]: ...


@dataclass(frozen=True, slots=True)
class Signed:
    """`number` 0: nothing was done since the last one. `anchor` is its number and hash, to be noted elsewhere."""

    number: int = 0
    anchor: str = ""


class AuditActivities:
    def __init__(self, audits: Audits) -> None:
        self._audits = audits

    @activity.defn
    @speaks_temporal
    async def sign_checkpoint(self) -> Signed:
        made = await self._audits.checkpoint()
        if made is None:
            return Signed()
        anchor = f"{made.number}:{made.hash.hex()}"
        # Logs leave this machine, so that a checkpoint that vanishes from the database was noted elsewhere.
        activity.logger.info("audit checkpoint %s over %d streams", anchor, made.streams)
        return Signed(made.number, anchor)

    @activity.defn
    @speaks_temporal
    async def cut_old_acts(self) -> int:
        """How many acts were deleted."""
        return sum(cut.acts for cut in await self._audits.retain("backhaul", True))
