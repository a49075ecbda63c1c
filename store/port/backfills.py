"""Backfills of CRM orgs: which returns they take, how far they are, and what became of each return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.order import Contact
from domain.returns import Snapshot


class BackfillState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    """Over, and some returns were refused: each is a dead letter."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which returns: only open ones or all, opened `since`. Those whose lane is telling the org now are left to it."""

    org: str
    only_open: bool = True
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Size:
    """How many returns are wanted, and how many lines they have together."""

    returns: int
    lines: int


@dataclass(frozen=True, slots=True)
class Portion:
    """The next returns by rising id. `last` is None when there is none behind them."""

    returns: tuple[tuple[Snapshot, Contact], ...]
    last: str | None


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one return: `version` the CRM shows, at `stage` ('' when it is not the one of the books); or
    `cause` in a word and `reason` in a sentence why it does not take the version."""

    return_id: str
    version: int
    stage: str = ""
    newer: bool = False
    cause: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Backfill:
    """As it stands. `newer` were shown in a newer version than the one read: their lane was there first."""

    backfill_id: str
    org: str
    state: BackfillState
    only_open: bool
    since: datetime | None
    total: int
    shown: int
    newer: int
    refused: int
    after: str
    ticket: str
    reason: str
    started_at: datetime
    changed_at: datetime


class Backfills(Protocol):
    async def size(self, wanted: Wanted) -> Size: ...

    async def begin(self, backfill_id: str, wanted: Wanted, total: int) -> None:
        """Open its row; one that is there is left as it is."""
        ...

    async def get(self, backfill_id: str) -> Backfill | None: ...

    async def latest(self, org: str | None = None) -> tuple[Backfill, ...]:
        """The newest of each org."""
        ...

    async def portion(self, wanted: Wanted, after: str, most: int) -> Portion: ...

    async def keep(self, backfill_id: str, ticket: str) -> None:
        """The CRM has taken the portion that is under way: whoever goes on needs this."""
        ...

    async def ended(self, backfill_id: str, before: str, last: str, results: tuple[Ended, ...]) -> None:
        """What became of a portion, all or none: what the org shows, a dead letter for each that was refused, how the
        attempts ended, and how far the backfill is. Told again it changes nothing: `before` is behind it."""
        ...

    async def mark(self, backfill_id: str, state: BackfillState, reason: str = "") -> None: ...
