"""What waits for people: holds, and what was given up for now."""

from __future__ import annotations

from typing import TypedDict

from client.shapes.parts import Hold


class TakenBy(TypedDict):
    """Who works on it."""

    by: str
    since: str
    until: str


class HeldReturn(Hold):
    """A hold, whose it is, and who works on it."""

    return_id: str
    order_name: str
    stage: str
    age_seconds: int
    taken: TakenBy | None
    mine: bool


class DeadLetter(TypedDict):
    """An outgoing item that was given up for now; the newest state goes out with the next change or a replay."""

    return_id: str
    lane: str
    subject: str
    since: str
    reason: str


class CrmLetter(TypedDict):
    """`shown` is the version the CRM has (0: none), of `version`; `given_up` so many publications were."""

    return_id: str
    org: str
    stage: str
    version: int
    shown: int
    since: str
    age_seconds: float
    given_up: int
    cause: str


class Replayed(TypedDict):
    """How the replay of one return ended in one org. `version` the CRM shows now; `detail` says why it does not."""

    return_id: str
    org: str
    outcome: str
    version: int
    detail: str


class ReplayedLetters(TypedDict):
    """Each by itself, and how many of each outcome."""

    replayed: list[Replayed]
    shown: int
    failed: int
    pending: int
    not_owed: int
