"""Each CRM org's allowance, and its breakers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.allowance import BrokenOrg, Standing
from runtime.protection import Protected

BreakerState = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, slots=True)
class Window:
    """Calls of the org's own window: `used` of `limit` (null: the org has none), of these by us and by others;
    `forecast` for its end, null while it is too young to say."""

    began: datetime
    ends: datetime
    limit: int | None
    used: int
    used_by_us: int
    used_by_others: int
    in_hand: int
    used_ratio: float | None
    reserve_percent: int
    forecast: int | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class ByHand:
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Breaker:
    family: str
    state: BreakerState
    cause: str
    failures: int
    opened_at: datetime | None
    until: datetime | None
    closed_by_hand: ByHand | None


@dataclass(frozen=True, slots=True)
class AllowanceView:
    """`window` is null while nothing was asked of the org in it; `queue_slowed` its task queue."""

    org: str
    window: Window | None
    queue_slowed: bool
    breakers: tuple[Breaker, ...]


def view_of(one: Protected, now: datetime) -> AllowanceView:
    """Also a part of an org's status."""
    window = _window(one.standing, now) if one.standing else None
    return AllowanceView(one.org, window, one.slowed, tuple(_breaker(each, now) for each in one.breakers))


def state(each: BrokenOrg, now: datetime) -> BreakerState:
    if each.until is None:
        return "closed"
    return "open" if each.until > now else "half_open"


def _window(standing: Standing, now: datetime) -> Window:
    return Window(
        began=standing.began,
        ends=standing.ends,
        limit=standing.most,
        used=standing.used,
        used_by_us=standing.ours,
        used_by_others=standing.others,
        in_hand=standing.leased,
        used_ratio=standing.ratio,
        reserve_percent=standing.reserve,
        forecast=standing.forecast(now),
        told_at=standing.told_at,
    )


def _breaker(each: BrokenOrg, now: datetime) -> Breaker:
    by_hand = ByHand(each.closed_at, each.why) if each.closed_at else None
    return Breaker(each.family, state(each, now), each.cause, each.failures, each.opened_at, each.until, by_hand)
