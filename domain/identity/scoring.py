"""How right a matching is, against a known truth: pairs, precision, recall, F1 at a threshold and at the best one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from domain.identity.matching import Matching


class Truth:
    """Which places are one party. Within one source what is equal to the same is equal; between two, a pair is what was
    said."""

    def __init__(self, pairs: Iterable[tuple[int, int]], one_source: bool) -> None:
        self._pairs = set(pairs)
        self._party: dict[int, int] | None = None
        if one_source:
            self._party = _parties(self._pairs)
            self.count = sum(size * (size - 1) // 2 for size in Counter(self._party.values()).values())
        else:
            self.count = len(self._pairs)

    def holds(self, one: int, other: int) -> bool:
        if self._party is None:
            return (one, other) in self._pairs
        party = self._party.get(one)
        return party is not None and party == self._party.get(other)


@dataclass(frozen=True, slots=True)
class Score:
    threshold: float
    pairs: int
    right: int
    wanted: int

    @property
    def wrong(self) -> int:
        return self.pairs - self.right

    @property
    def missed(self) -> int:
        return self.wanted - self.right

    @property
    def precision(self) -> float:
        """Of no pairs, all are right."""
        return self.right / self.pairs if self.pairs else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.pairs + self.wanted) if self.pairs + self.wanted else 1.0


def scores(matching: Matching, truth: Truth) -> tuple[Score, Score]:
    """At the threshold of the weights, and at that with the best F1, the higher one of equals."""
    link = matching.weights.link
    shipped = best = Score(link, 0, 0, truth.count)
    pairs = right = 0
    last: float | None = None
    for pair, together in matching.taken():
        if last is not None and pair.weight < last:
            best = _better(best, Score(last, pairs, right, truth.count))
            if last >= link:
                shipped = Score(link, pairs, right, truth.count)
        pairs += len(together)
        right += sum(truth.holds(one, other) for one, other in together)
        last = pair.weight
    if last is not None:
        best = _better(best, Score(last, pairs, right, truth.count))
        if last >= link:
            shipped = Score(link, pairs, right, truth.count)
    return shipped, best


def _better(best: Score, score: Score) -> Score:
    return score if score.f1 > best.f1 else best


def _parties(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    of: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    for one, other in pairs:
        for place in (one, other):
            if place not in of:
                of[place] = place
                members[place] = [place]
        ours, theirs = of[one], of[other]
        if ours != theirs:
            for place in members[theirs]:
                of[place] = ours
            members[ours] += members.pop(theirs)
    return of
