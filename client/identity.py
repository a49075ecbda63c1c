"""Who is who: doubtful pairs, decisions about them, and the records of a party."""

from __future__ import annotations

from typing import cast

from client.calls import Calls, at
from client.shapes import Decision, Party, Review


class Identity:
    """A party is named by its id, or by one of its records (`record`, as org:object:id)."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def reviews(self, limit: int | None = None) -> list[Review]:
        """Pairs to look at, the likeliest first, masked."""
        return cast("list[Review]", self._calls.get("/identity/reviews", limit=limit)["reviews"])

    def review(self, review_id: int) -> Review:
        return cast("Review", self._calls.get(at("identity", "reviews", review_id)))

    def disclose_review(self, review_id: int, reason: str) -> Review:
        """Unmasked, for a reason that is kept with who asked."""
        return cast("Review", self._calls.say(at("identity", "reviews", review_id, "disclosure"), {"reason": reason}))

    def accept(self, review_id: int, why: str) -> Decision:
        """They are one party."""
        return cast("Decision", self._calls.say(at("identity", "reviews", review_id, "acceptance"), {"why": why}))

    def reject(self, review_id: int, why: str) -> Decision:
        """They are not."""
        return cast("Decision", self._calls.say(at("identity", "reviews", review_id, "rejection"), {"why": why}))

    def merge(self, keep: str, other: str, why: str) -> Decision:
        """Two parties are one; `keep` survives."""
        told = {"keep": keep, "other": other, "why": why}
        return cast("Decision", self._calls.say("/identity/merges", told))

    def undo(self, decision_id: int, why: str) -> Decision:
        """Take a link back."""
        return cast("Decision", self._calls.say(at("identity", "decisions", decision_id, "undoing"), {"why": why}))

    def party(self, party: str | None = None, record: str | None = None) -> Party:
        """All its records, masked, and what was decided about them."""
        return cast("Party", self._calls.get("/identity/parties", party=party, record=record))

    def disclose_party(self, reason: str, party: str | None = None, record: str | None = None) -> Party:
        """Unmasked, for a reason that is kept with who asked."""
        told = {"party": party, "record": record, "reason": reason}
        return cast("Party", self._calls.say("/identity/parties/disclosure", told))
