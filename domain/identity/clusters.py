"""From pairs to parties: pairs are taken by falling weight; which further pairs each of them brings is told at once.

Within one source a link joins clusters, and everybody in them becomes one party. Between two sources, each of which is
meant to have a party once, a link that is much weaker than a better one of the same record is not taken.
"""

from __future__ import annotations

# No party is in one source more often than this; a larger cluster is a chain of mistakes.
MOST_TOGETHER = 50
# By how many bits a second partner may be weaker than the first.
WEAKER_BY = 12.0


class Clusters:
    """Of the records of one source."""

    def __init__(self, count: int) -> None:
        self._of = list(range(count))
        self._members: dict[int, list[int]] = {place: [place] for place in range(count)}

    def take(self, one: int, other: int, weight: float) -> list[tuple[int, int]]:
        """The pairs that are one party from now on; none when they were before, or would be too many together."""
        first, second = self._of[one], self._of[other]
        if first == second:
            return []
        ours, theirs = self._members[first], self._members[second]
        if len(ours) + len(theirs) > MOST_TOGETHER:
            return []
        if len(ours) < len(theirs):
            first, second, ours, theirs = second, first, theirs, ours
        pairs = [(min(a, b), max(a, b)) for a in ours for b in theirs]
        for place in theirs:
            self._of[place] = first
        ours += theirs
        del self._members[second]
        return pairs


class Assignment:
    """Of the records of one source to those of another."""

    def __init__(self) -> None:
        self._best_left: dict[int, float] = {}
        self._best_right: dict[int, float] = {}

    def take(self, one: int, other: int, weight: float) -> list[tuple[int, int]]:
        best = max(self._best_left.get(one, weight), self._best_right.get(other, weight))
        if weight < best - WEAKER_BY:
            return []
        self._best_left.setdefault(one, weight)
        self._best_right.setdefault(other, weight)
        return [(one, other)]
