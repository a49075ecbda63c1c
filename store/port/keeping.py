"""How long it is kept what was decided about edits in the CRMs, and how attempts to tell them ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many were deleted."""

    conflicts: int
    asks: int
    events: int
    attempts: int


class Keeping(Protocol):
    async def forget(self, org: str, days: int) -> Forgotten:
        """Delete what is older. A request that was not answered stays, however old it is."""
        ...
