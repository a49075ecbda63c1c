"""What CRMs were owed and was given up for now, and how showing it again went."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from runtime.hub.ages import seconds
from runtime.visibility import Outcome, Told
from store.port import CrmLetter


def document_of(one: CrmLetter, now: datetime) -> dict[str, Any]:
    return (
        {"return_id": one.return_id, "org": one.org, "stage": one.stage, "version": one.version, "shown": one.shown}
        | {"since": one.since.isoformat(), "age_seconds": seconds(now - one.since), "given_up": one.given_up}
        | {"cause": one.reason}
    )


def counted(told: tuple[Told, ...]) -> Mapping[Outcome, int]:
    return {outcome: sum(one.outcome is outcome for one in told) for outcome in Outcome}


def replayed(told: tuple[Told, ...]) -> dict[str, Any]:
    """Each by itself, and how many of each outcome."""
    each = [
        {"return_id": one.return_id, "org": one.org, "outcome": one.outcome, "version": one.version}
        | {"detail": one.detail}
        for one in told
    ]
    return {"replayed": each} | {str(outcome): many for outcome, many in counted(told).items()}
