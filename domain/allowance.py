"""An org's allowance of calls: who may take the last ones, and how long an org that does not answer is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Family(StrEnum):
    """Kinds of calls that break apart from each other: an org may take writes while its bulk jobs fail."""

    WRITE = "write"
    READ = "read"
    FEED = "feed"
    BULK = "bulk"


EVERYTHING = "org"
"""The breaker of all families: sign-in, throttling and used up calls know no difference between them."""

# Of the live reserve, what each purpose leaves untouched (adapters/crm/spending.py counts from 1). Change requests of
# customers go before our own comparing, and that before a backfill.
_LEAVES = {1: 0.0, 2: 0.5, 4: 0.75, 5: 1.0}


@dataclass(frozen=True, slots=True)
class Terms:
    """What an org allows, as far as it is known beforehand. `most` calls in `window` seconds, None: as the org tells.
    `reserve` is the percentage kept for the live status of returns. `per_second` 0: no pace. `at_once` calls of one
    process."""

    window: float
    most: int | None = None
    reserve: int = 20
    per_second: float = 0.0
    at_once: int = 25


@dataclass(frozen=True, slots=True)
class Usage:
    """What the org itself said of its window: calls of everybody, `age` seconds ago."""

    used: int
    most: int | None
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class Lease:
    """Calls that may be made within `good` seconds. None of them: the window is used up for this purpose, and turns in
    `turns` seconds. `used` of `most` (None: not known) counts everybody's."""

    calls: int
    good: float
    turns: float
    used: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Slots:
    """Turns of the pace: the first in `wait` seconds, then one every `step`. No `count`: ask again after `wait`."""

    count: int
    wait: float
    step: float


@dataclass(frozen=True, slots=True)
class Breaker:
    """One family's breaker. `wait` seconds until a probe may be made; None: it is closed. `turned` says that this very
    question opened it."""

    family: str
    failures: int
    wait: float | None
    cause: str
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """An org's window as it stands. `ours` and `others` add up to what is used; `leased` is in the hands of workers."""

    org: str
    began: datetime
    ends: datetime
    most: int | None
    ours: int
    others: int
    leased: int
    reserve: int
    told_at: datetime | None

    @property
    def used(self) -> int:
        return self.ours + self.others

    @property
    def ratio(self) -> float | None:
        """Of what the org allows, the part that is used."""
        return self.used / self.most if self.most else None

    def forecast(self, now: datetime) -> int | None:
        """What will be used at the end of the window when it goes on like this; None while it is too young to say."""
        gone, whole = now - self.began, self.ends - self.began
        if gone < min(whole / 20, timedelta(minutes=15)):
            return None
        return round(self.used * (whole / min(gone, whole)))


@dataclass(frozen=True, slots=True)
class BrokenOrg:
    """A breaker that is not closed, or was closed by hand, as people are told. `until` it is open; past that one probe
    at a time is let through. `why` it was closed by hand, and when."""

    org: str
    family: str
    failures: int
    cause: str
    opened_at: datetime | None
    until: datetime | None
    why: str
    closed_at: datetime | None


def left_alone(reserve: int, purpose: int) -> float:
    """The part of the window that this purpose must not touch."""
    return reserve / 100 * _LEAVES.get(purpose, 1.0)
