"""What matching learns from: stored comparisons, people's facts about them, and the weights found so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from domain.identity.comparing import Pattern


@dataclass(frozen=True, slots=True)
class Seen:
    """Patterns of all pairs compared so far, counted; those that people decided about also apart. `sample` are the
    fields of records taken evenly, for counting chance; `records` is how many there are."""

    patterns: Mapping[Pattern, int]
    together: Mapping[Pattern, int]
    apart: Mapping[Pattern, int]
    sample: tuple[Mapping[str, str], ...]
    records: int


@dataclass(frozen=True, slots=True)
class SavedWeights:
    version: int
    document: Mapping[str, Any]
    records: int
    active: bool
    by: str
    at: datetime


class Weighing(Protocol):
    async def seen(self, sample: int) -> Seen: ...

    async def save(self, document: Mapping[str, Any], records: int, by: str) -> int:
        """Keep weights as a new version; they do not count until they are activated."""
        ...

    async def activate(self, version: int, by: str, why: str) -> None:
        """From now on records are weighed with this version; 0 are the shipped weights. Raises UnknownParty."""
        ...

    async def versions(self) -> tuple[SavedWeights, ...]:
        """Oldest first."""
        ...
