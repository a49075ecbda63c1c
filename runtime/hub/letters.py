"""What CRMs were owed and was given up for now, and how showing it again went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from runtime.hub.ages import seconds
from runtime.visibility import Outcome, Told
from store.port import CrmLetter


@dataclass(frozen=True, slots=True)
class LetterView:
    """`shown` is the version the CRM has (0: none), of `version`; `given_up` so many publications were."""

    return_id: str
    org: str
    stage: str
    version: int
    shown: int
    since: datetime
    age_seconds: float
    given_up: int
    cause: str


@dataclass(frozen=True, slots=True)
class ReplayedLetters:
    """Each by itself, and how many of each outcome."""

    replayed: tuple[Told, ...]
    shown: int
    failed: int
    pending: int
    not_owed: int


def view_of(one: CrmLetter, now: datetime) -> LetterView:
    return LetterView(
        one.return_id, one.org, one.stage, one.version, one.shown, one.since, seconds(now - one.since), one.given_up,
        one.reason,
    )  # fmt: skip


def counted(told: tuple[Told, ...]) -> Mapping[Outcome, int]:
    return {outcome: sum(one.outcome is outcome for one in told) for outcome in Outcome}


def replayed(told: tuple[Told, ...]) -> ReplayedLetters:
    many = counted(told)
    return ReplayedLetters(
        told, many[Outcome.SHOWN], many[Outcome.FAILED], many[Outcome.PENDING], many[Outcome.NOT_OWED]
    )
