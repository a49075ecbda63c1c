"""Who is who: pairs to look at, records of a party, decisions. Personal fields come as they are given, masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from store.port import Decision, Linked, Review


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record of the cross-reference, as org:object:id. `home` is the party it would be without any merge."""

    record: str
    system: str
    party: str
    home: str
    state: str
    merged_to: str | None
    first_seen: datetime
    evidence: Mapping[str, str]
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """Two records that may be one party. `features` say how far each comparison agrees; `score` is in bits."""

    id: int
    score: float
    rule: str
    features: Mapping[str, str]
    weights: str
    since: datetime
    one: RecordView
    other: RecordView


@dataclass(frozen=True, slots=True)
class DecisionView:
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
    at: datetime


@dataclass(frozen=True, slots=True)
class PartyView:
    """All records of a party, and what was decided about them."""

    party: str
    links: tuple[RecordView, ...]
    decisions: tuple[DecisionView, ...]


def review_of(review: Review) -> ReviewView:
    return ReviewView(
        review.id, round(review.score, 3), review.rule, review.features, review.weights_version, review.at,
        linked_of(review.one), linked_of(review.other),
    )  # fmt: skip


def linked_of(linked: Linked) -> RecordView:
    return RecordView(
        str(linked.ref), linked.ref.system, linked.party, linked.home, linked.state,
        str(linked.merged_to) if linked.merged_to else None, linked.first_seen, linked.evidence, linked.fields,
    )  # fmt: skip


def decision_of(decision: Decision) -> DecisionView:
    return DecisionView(
        decision.id, str(decision.one), str(decision.other), decision.verdict, decision.outcome, decision.rule,
        decision.into, decision.by, decision.why, decision.at,
    )  # fmt: skip


def party_of(found: tuple[str, tuple[Linked, ...], tuple[Decision, ...]]) -> PartyView:
    party, linked, decisions = found
    return PartyView(party, tuple(linked_of(one) for one in linked), tuple(decision_of(one) for one in decisions))
