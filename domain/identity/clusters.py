"""From pairs to parties: pairs are taken by falling weight; which further pairs each of them brings is told at once.

Within one source a link joins clusters, and everybody in them becomes one party. Between two sources, each of which is
meant to have a party once, a link that is much weaker than a better one of the same record is not taken. Two that a
person has told apart never come together, by no chain of links either.
"""

from __future__ import annotations

from collections.abc import Collection

from domain.identity.facts import Places

# No party is in one source more often than this; a larger cluster is a chain of mistakes.
MOST_TOGETHER = 50
# By how many bits a second partner may be weaker than the first.
WEAKER_BY = 12.0


class Clusters:
    """Of the records of one source. `apart` may not be in one cluster."""

    def __init__(self, count: int, apart: Collection[Places] = ()) -> None:
        self._of = list(range(count))
        self._members: dict[int, list[int]] = {place: [place] for place in range(count)}
        self._apart: dict[int, set[int]] = {}
        for one, other in apart:
            self._apart.setdefault(one, set()).add(other)
            self._apart.setdefault(other, set()).add(one)

    def take(self, one: int, other: int, weight: float) -> list[tuple[int, int]]:
        """The pairs that are one party from now on; none when they were before, may not be, or would be too many
        together."""
        first, second = self._of[one], self._of[other]
        if first == second:
            return []
        ours, theirs = self._members[first], self._members[second]
        if len(ours) + len(theirs) > MOST_TOGETHER:
            return []
        if any(not self._apart[place].isdisjoint(theirs) for place in ours if place in self._apart):
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
    """Of the records of one source to those of another. `apart` are never assigned to each other."""

    def __init__(self, apart: Collection[Places] = ()) -> None:
        self._best_left: dict[int, float] = {}
        self._best_right: dict[int, float] = {}
        self._apart = frozenset(apart)

    def take(self, one: int, other: int, weight: float) -> list[tuple[int, int]]:
        if (one, other) in self._apart:
            return []
        best = max(self._best_left.get(one, weight), self._best_right.get(other, weight))
        if weight < best - WEAKER_BY:
            return []
        self._best_left.setdefault(one, weight)
        self._best_right.setdefault(other, weight)
        return [(one, other)]
