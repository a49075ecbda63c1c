"""Figures of the CRMs from what is stored: how attempts ended, and how good the data are that they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Attempts:
    """Of one org in one region (empty: all together). `causes` of those that failed, by the vendor's code."""

    org: str
    region: str
    went: int
    failed: int
    causes: Mapping[str, int]

    @property
    def error_rate(self) -> float | None:
        every = self.went + self.failed
        return self.failed / every if every else None


@dataclass(frozen=True, slots=True)
class FieldQuality:
    """Of `every` return: how many have the field, and in how many of those it is well-formed."""

    field: str
    every: int
    filled: int
    valid: int


@dataclass(frozen=True, slots=True)
class Staleness:
    """Of one org and one class of fields: returns that it shows otherwise than they are, and since when the oldest."""

    org: str
    fields: str
    behind: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """`duplicates` are mail addresses that stand for several customers."""

    fields: tuple[FieldQuality, ...]
    duplicates: int
    staleness: tuple[Staleness, ...]


class Kpis(Protocol):
    async def attempts(self, org: str | None, days: int) -> tuple[Attempts, ...]:
        """By org and region, and of each org together. A publication that told several versions at once is one."""
        ...

    async def quality(self, org: str | None, days: int) -> Scorecard:
        """Of returns opened that many days back."""
        ...
