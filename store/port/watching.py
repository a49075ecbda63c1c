"""How far a CRM was listened to, and which of its known records are gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Position:
    """Of one object, by one version of the mapping. `comparing` says why everything is compared (empty: it is not),
    `after` how far that came, and `began` since when. `told_at` is when the CRM last told a change.

    Only `Watching.position` says: `decided`, whether a person decided about an item of the object and nothing was done
    about it yet; `asking`, whether a request waits to be handed to its return."""

    org: str
    object: str
    mapping: str
    cursor: str
    saved_at: datetime
    told_at: datetime | None = None
    comparing: str = ""
    after: str = ""
    began: datetime | None = None
    probed_at: datetime | None = None
    restarted_at: datetime | None = None
    decided: bool = False
    asking: bool = False


@dataclass(frozen=True, slots=True)
class Losses:
    """How many records of an object are known, and how many of them were found gone within a time."""

    known: int
    gone: int


class Watching(Protocol):
    async def position(self, org: str, of: str, mapping: str) -> Position | None: ...

    async def positions(self, org: str | None = None) -> tuple[Position, ...]: ...

    async def begun(self, org: str, of: str, mapping: str, cursor: str, comparing: str) -> None:
        """A new cursor, and from now on everything is compared for the reason given."""
        ...

    async def moved(self, before: Position, cursor: str, changes: int) -> bool:
        """The effects are saved: go on from `cursor`. False: somebody else went on before."""
        ...

    async def probed(self, org: str, of: str, mapping: str) -> None: ...

    async def compared(self, at: Position, records: tuple[str, ...], after: str | None) -> tuple[str, ...]:
        """These records are there, and the comparing goes on behind `after`. None: these were the last; answers the
        known records that were there when it began and were not seen."""
        ...

    async def over(self, at: Position) -> None:
        """Everything is compared, unless that was begun anew meanwhile."""
        ...

    async def missing(self, org: str, of: str, records: tuple[str, ...], at: datetime, window: timedelta) -> Losses:
        """Those of the records that are known are no longer there. Answers how many were found so within the window."""
        ...

    async def is_missing(self, org: str, of: str) -> tuple[str, ...]:
        """The records of an object of whose absence nothing was concluded yet."""
        ...
