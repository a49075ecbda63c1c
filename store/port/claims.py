"""Who works on which hold, so that two people do not mend the same. A claim ends by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Claim:
    return_id: str
    hold_id: str
    by: str
    taken_at: datetime
    until: datetime


class Claims(Protocol):
    """Times are PostgreSQL's. A claim that is over is none, whoever asks."""

    async def take(self, return_id: str, hold_id: str, by: str, lasts: timedelta) -> Claim:
        """Whose it is now: the asker's, for so long from now on, unless somebody else has it."""
        ...

    async def release(self, return_id: str, hold_id: str, by: str) -> bool:
        """False when it was not theirs."""
        ...

    async def of(self, return_ids: tuple[str, ...]) -> tuple[Claim, ...]: ...

    async def by(self, name: str) -> tuple[Claim, ...]:
        """What somebody took, oldest first."""
        ...
