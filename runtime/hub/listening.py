"""How far each CRM org was listened to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from runtime.hub.ages import seconds
from runtime.inbound import Running
from store.port import Position


@dataclass(frozen=True, slots=True)
class ObjectHeard:
    """One object of an org. Seconds are null where it was never listened to, or nothing was told. `comparing` says why
    everything is compared (empty: it is not), `trouble` what went wrong last."""

    listened_seconds_ago: float | None = None
    told_seconds_ago: float | None = None
    comparing: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class OrgHeard:
    """`waiting` are returns whose publication failed and comes again."""

    org: str
    status: str
    waiting: tuple[str, ...]
    objects: Mapping[str, ObjectHeard]


def view_of(one: Running, now: datetime) -> OrgHeard:
    state = one.state
    objects = positions_of(one.positions, now)
    for of, known in (state.objects if state else {}).items():
        objects[of] = replace(objects.get(of, ObjectHeard()), trouble=known.trouble)
    return OrgHeard(one.org, one.status, state.waiting if state else (), objects)


def positions_of(found: tuple[Position, ...], now: datetime) -> dict[str, ObjectHeard]:
    """By object."""
    return {
        of.object: ObjectHeard(
            seconds(now - of.saved_at), seconds(now - of.told_at) if of.told_at else None, of.comparing
        )
        for of in found
    }
