"""The cross-reference: which record of which system stands for whom, and what became of records that were merged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Live:
    """The records of one CRM org that stand for a party now; None: none that is known."""

    contact: str | None = None
    account: str | None = None


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

    async def shown(self, link: int, org: str, before: Live, now: Live) -> None:
        """The CRM shows the customer of `link` as `now`, after it was told `before`: what it was told and does not
        have is gone, and what it has stands for the customer from now on. Saved at once, so that no later failure loses
        the record's id."""
        ...
