"""The cross-reference: which record of which system stands for whom, and what became of records that were merged."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Links(Protocol):
    """`object` is the CRM's own word; a `record` is its 18 characters or GUID."""

    async def survivor(self, org: str, of: str, record: str) -> str | None:
        """The live record this one was merged into, however often; itself when it lives. None: unknown, or gone."""
        ...

    async def merged(self, org: str, of: str, loser: str, winner: str, at: datetime) -> bool:
        """Re-point what was linked to the loser. False when that was known: telling it twice is harmless."""
        ...

    async def gone(self, org: str, of: str, record: str, at: datetime) -> bool:
        """The record was deleted: a tombstone stays, so that it is never made again by mistake."""
        ...
