"""What the CRMs show of returns, over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CrmLetter:
    """All that one org was owed of one return and that was given up for now. `since` the first of `given_up`
    publications was; `reason` is the last one's. `version` and `stage` are the return's newest in the books, `shown` is
    the version the CRM has (0: none)."""

    return_id: str
    org: str
    stage: str
    version: int
    shown: int
    since: datetime
    reason: str
    given_up: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What one org shows of one return: nothing when `version` is 0. `owed_since`: it is owed something newer since
    then, None when it is not. `reason`: why that was given up for now, at `given_up_at`; else empty."""

    org: str
    version: int
    stage: str
    shown_at: datetime | None
    owed_since: datetime | None
    given_up_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Lagging:
    """A return of which a CRM does not show what it should. `since` it was owed what is not shown; `reason` is empty
    unless it was given up for now."""

    return_id: str
    org: str
    stage: str
    version: int
    shown_stage: str
    shown: int
    since: datetime
    is_open: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from a move being recorded to the CRM showing it, over `count` publications."""

    count: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class OrgCoverage:
    """How many returns the org is to show, and how many it shows as they stand: open ones, and all with the ended.
    `region` is empty for all of them together."""

    org: str
    open: int
    open_current: int
    all: int
    all_current: int
    oldest: datetime | None
    latency: Latency | None
    region: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """As of one moment. `lagging` oldest first; `untold` are open returns that no CRM was ever to show; `regions` are
    the same counts by org and region."""

    orgs: tuple[OrgCoverage, ...]
    lagging: tuple[Lagging, ...]
    untold: int
    regions: tuple[OrgCoverage, ...] = ()


class Visibility(Protocol):
    """What the CRMs show of returns, over all of them."""

    async def orgs(self) -> tuple[str, ...]:
        """Every org that returns were ever shown in or are owed to."""
        ...

    async def whose(self, return_ids: tuple[str, ...]) -> Mapping[str, tuple[str, str]]:
        """Region and shop of those that are returns."""
        ...

    async def of_return(self, return_id: str) -> tuple[Shown, ...]:
        """By org, all that ever showed it or owe it."""
        ...

    async def letters(
        self, org: str | None = None, cause: str = "", return_ids: tuple[str, ...] | None = None
    ) -> tuple[CrmLetter, ...]:
        """Oldest first. Filters are ANDed; `cause` is looked for in the reason, in any case; None means any."""
        ...

    async def coverage(self, org: str | None, days: int, limit: int) -> Coverage:
        """`days` back the latency is measured; at most `limit` lagging are told."""
        ...
