"""How much of what returns are each CRM shows, and what lags."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from runtime.hub.ages import seconds
from store.port import Coverage, OrgCoverage


def document_of(found: Coverage, days: int, now: datetime) -> dict[str, Any]:
    return {
        "orgs": [
            {
                "org": one.org,
                "open": _counted(one.open, one.open_current),
                "all": _counted(one.all, one.all_current),
                "oldest_lag_seconds": seconds(now - one.oldest) if one.oldest else None,
                "latency": _latency(one),
            }
            for one in found.orgs
        ],
        "latency_days": days,
        "untold": found.untold,
        "lagging": [
            {"return_id": one.return_id, "org": one.org, "stage": one.stage, "version": one.version}
            | {"shown_stage": one.shown_stage, "shown_version": one.shown, "open": one.is_open}
            | {"age_seconds": seconds(now - one.since), "cause": one.reason}
            for one in found.lagging
        ],
    }


def _counted(many: int, current: int) -> dict[str, Any]:
    return {"returns": many, "current": current, "coverage": current / many if many else None}


def _latency(one: OrgCoverage) -> dict[str, Any] | None:
    told = one.latency
    return {"count": told.count, "p50": told.p50, "p95": told.p95, "p99": told.p99} if told else None
