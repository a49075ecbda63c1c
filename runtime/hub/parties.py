"""Who is who: pairs to look at, records of a party, decisions. Personal fields come as they are given, masked."""

from __future__ import annotations

from typing import Any

from store.port import Decision, Linked, Review


def review_of(review: Review) -> dict[str, Any]:
    return {
        "id": review.id,
        "score": round(review.score, 3),
        "rule": review.rule,
        "features": dict(review.features),
        "weights": review.weights_version,
        "since": review.at.isoformat(),
        "one": linked_of(review.one),
        "other": linked_of(review.other),
    }


def linked_of(linked: Linked) -> dict[str, Any]:
    return {
        "record": str(linked.ref),
        "system": linked.ref.system,
        "party": linked.party,
        "home": linked.home,
        "state": linked.state,
        "merged_to": str(linked.merged_to) if linked.merged_to else None,
        "first_seen": linked.first_seen.isoformat(),
        "evidence": dict(linked.evidence),
        "fields": dict(linked.fields),
    }


def decision_of(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.id,
        "one": str(decision.one),
        "other": str(decision.other),
        "verdict": decision.verdict,
        "outcome": decision.outcome,
        "rule": decision.rule,
        "into": decision.into,
        "by": decision.by,
        "why": decision.why,
        "at": decision.at.isoformat(),
    }
