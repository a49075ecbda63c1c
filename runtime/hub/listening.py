"""How far each CRM org was listened to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from runtime.hub.ages import seconds
from runtime.inbound import Running
from store.port import Position


def document_of(one: Running, now: datetime) -> dict[str, Any]:
    state = one.state
    objects = {of.object: position_of(of, now) for of in one.positions}
    for of, known in (state.objects if state else {}).items():
        objects.setdefault(of, {})["trouble"] = known.trouble
    return {"org": one.org, "status": one.status, "waiting": list(state.waiting) if state else []} | {
        "objects": objects
    }


def position_of(of: Position, now: datetime) -> dict[str, Any]:
    told = seconds(now - of.told_at) if of.told_at else None
    return {"listened_seconds_ago": seconds(now - of.saved_at), "told_seconds_ago": told, "comparing": of.comparing}
