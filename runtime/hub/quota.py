"""Each CRM org's allowance, and its breakers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.allowance import BrokenOrg, Standing
from runtime.protection import Protected


def document_of(one: Protected, now: datetime) -> dict[str, Any]:
    """Also a part of an org's status."""
    return {
        "org": one.org,
        "window": _window(one.standing, now) if one.standing else None,
        "queue_slowed": one.slowed,
        "breakers": [
            {"family": each.family, "state": state(each, now), "cause": each.cause, "failures": each.failures}
            | {"opened_at": _moment(each.opened_at), "until": _moment(each.until)}
            | {"closed_by_hand": {"at": _moment(each.closed_at), "why": each.why} if each.closed_at else None}
            for each in one.breakers
        ],
    }


def _window(standing: Standing, now: datetime) -> dict[str, Any]:
    return {
        "began": standing.began.isoformat(),
        "ends": standing.ends.isoformat(),
        "limit": standing.most,
        "used": standing.used,
        "used_by_us": standing.ours,
        "used_by_others": standing.others,
        "in_hand": standing.leased,
        "used_ratio": standing.ratio,
        "reserve_percent": standing.reserve,
        "forecast": standing.forecast(now),
        "told_at": _moment(standing.told_at),
    }


def state(each: BrokenOrg, now: datetime) -> str:
    if each.until is None:
        return "closed"
    return "open" if each.until > now else "half_open"


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
