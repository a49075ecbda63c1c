"""Who is who."""

from __future__ import annotations

from typing import TypedDict


class PartyRecord(TypedDict):
    """A record of the cross-reference, as org:object:id. `home` is the party it would be without any merge."""

    record: str
    system: str
    party: str
    home: str
    state: str
    merged_to: str | None
    first_seen: str
    evidence: dict[str, str]
    fields: dict[str, str]


class Review(TypedDict):
    """Two records that may be one party. `features` say how far each comparison agrees; `score` is in bits."""

    id: int
    score: float
    rule: str
    features: dict[str, str]
    weights: str
    since: str
    one: PartyRecord
    other: PartyRecord


class Decision(TypedDict):
    """What was decided of two records; `into` is the party that survived."""

    id: int
    one: str
    other: str
    verdict: str
    outcome: str
    rule: str
    into: str | None
    by: str
    why: str
    at: str


class Party(TypedDict):
    """All records of a party, and what was decided about them."""

    party: str
    links: list[PartyRecord]
    decisions: list[Decision]
