"""Runs that compared a CRM org with the books: how far they are, what they found. No value is kept in clear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.drift import Action, Cause, Standing
from domain.order import Contact
from domain.returns import Snapshot


class RunState(StrEnum):
    RUNNING = "running"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    """The org did not tell all it has: what differs is told, and nothing is called missing."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One field of one record, or the whole record (`field` empty). `ours` and `theirs` are keyed hashes. `return_id`
    is the key as the org has it, also when it is no return of ours."""

    return_id: str
    record: str
    field: str
    cause: Cause
    action: Action
    ours: str = ""
    theirs: str = ""


@dataclass(frozen=True, slots=True)
class Comparable:
    """A return as the books have it, and what they say of the org."""

    snapshot: Snapshot
    contact: Contact
    standing: Standing


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`in_crm` records were met, `in_books` returns should be there; `sample` 0 compares all. `alive` is False when the
    org no longer sends its changes."""

    run_id: str
    org: str
    object: str
    sample: int
    state: RunState
    in_crm: int
    in_books: int
    same: int
    healed: int
    alive: bool
    reason: str
    started_at: datetime
    ended_at: datetime | None
    causes: Mapping[str, int]
    fields: Mapping[str, int]


class Reconciliations(Protocol):
    async def begin(self, run_id: str, org: str, of: str, sample: int) -> None:
        """Open its row; one that is there is left as it is."""
        ...

    async def comparable(self, org: str, return_ids: tuple[str, ...]) -> Mapping[str, Comparable]: ...

    async def sample(self, org: str, many: int) -> tuple[str, ...]:
        """Returns the org was told of, by chance."""
        ...

    async def met(
        self, run_id: str, before: str, after: str, seen: tuple[str, ...], same: int, drifts: tuple[Drift, ...]
    ) -> None:
        """What a part of the org's records came to. Told again it changes nothing: `before` is behind the run."""
        ...

    async def unmet(self, run_id: str, after: str, most: int) -> tuple[str, ...]:
        """Returns of the books that should be in the org and were not met, by rising id."""
        ...

    async def missing(self, run_id: str, drifts: tuple[Drift, ...]) -> None: ...

    async def end(self, run_id: str, state: RunState, alive: bool, reason: str) -> None: ...

    async def healed(self, run_id: str, many: int) -> None: ...

    async def drifts(self, run_id: str, action: Action | None = None, limit: int = 1000) -> tuple[Drift, ...]: ...

    async def latest(self, org: str | None = None) -> tuple[Reconciliation, ...]:
        """The newest of each org."""
        ...
