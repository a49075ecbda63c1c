"""How much of what returns are each CRM shows, and what lags."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runtime.hub.ages import seconds
from store.port import Coverage, Latency, OrgCoverage


@dataclass(frozen=True, slots=True)
class Counted:
    """`coverage` is the share of `returns` that is `current`; null of none."""

    returns: int
    current: int
    coverage: float | None


@dataclass(frozen=True, slots=True)
class CoveredOrg:
    org: str
    open: Counted
    all: Counted
    oldest_lag_seconds: float | None
    latency: Latency | None


@dataclass(frozen=True, slots=True)
class LaggingReturn:
    """`cause` is empty unless showing it was given up for now."""

    return_id: str
    org: str
    stage: str
    version: int
    shown_stage: str
    shown_version: int
    open: bool
    age_seconds: float
    cause: str


@dataclass(frozen=True, slots=True)
class CoverageView:
    """`untold` are open returns that no CRM was ever to show; the latency is measured `latency_days` back."""

    orgs: tuple[CoveredOrg, ...]
    latency_days: int
    untold: int
    lagging: tuple[LaggingReturn, ...]


def view_of(found: Coverage, days: int, now: datetime) -> CoverageView:
    lagging = tuple(
        LaggingReturn(
            one.return_id, one.org, one.stage, one.version, one.shown_stage, one.shown, one.is_open,
            seconds(now - one.since), one.reason,
        )
        for one in found.lagging
    )  # fmt: skip
    return CoverageView(tuple(_org(one, now) for one in found.orgs), days, found.untold, lagging)


def counted(many: int, current: int) -> Counted:
    return Counted(many, current, part(current, many))


def part(many: int, of: int) -> float | None:
    return many / of if of else None


def _org(one: OrgCoverage, now: datetime) -> CoveredOrg:
    lag = seconds(now - one.oldest) if one.oldest else None
    return CoveredOrg(one.org, counted(one.open, one.open_current), counted(one.all, one.all_current), lag, one.latency)
