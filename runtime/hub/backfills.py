"""How far a backfill of a CRM org is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from runtime.hub.ages import seconds
from store.port import Backfill


def document_of(one: Backfill, now: datetime) -> dict[str, Any]:
    return {
        "org": one.org,
        "state": one.state,
        "stages": "open" if one.only_open else "all",
        "since": one.since.date().isoformat() if one.since else None,
        "total": one.total,
        "shown": one.shown,
        "newer": one.newer,
        "refused": one.refused,
        "age_seconds": seconds(now - one.started_at),
        "changed_seconds_ago": seconds(now - one.changed_at),
        "reason": one.reason,
    }
