"""How far a backfill of a CRM org is, and what one would take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from runtime.hub.ages import seconds
from store.port import Backfill, BackfillState


@dataclass(frozen=True, slots=True)
class BackfillView:
    """`shown`, `newer` (a lane was there first) and `refused` add up to what is behind it, of about `total`."""

    org: str
    state: BackfillState
    stages: Literal["open", "all"]
    since: date | None
    total: int
    shown: int
    newer: int
    refused: int
    age_seconds: float
    changed_seconds_ago: float
    reason: str


def view_of(one: Backfill, now: datetime) -> BackfillView:
    return BackfillView(
        org=one.org,
        state=one.state,
        stages="open" if one.only_open else "all",
        since=one.since.date() if one.since else None,
        total=one.total,
        shown=one.shown,
        newer=one.newer,
        refused=one.refused,
        age_seconds=seconds(now - one.started_at),
        changed_seconds_ago=seconds(now - one.changed_at),
        reason=one.reason,
    )
