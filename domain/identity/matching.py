"""Records in, pairs with weights out: blocking, comparing, estimating and weighing in one go."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from domain.identity import calibration, certain
from domain.identity.blocking import candidates
from domain.identity.calibration import Doubt
from domain.identity.clusters import Assignment, Clusters
from domain.identity.comparing import Comparer, Pattern
from domain.identity.estimating import Estimate, Told, estimate
from domain.identity.facts import NO_FACTS, Facts
from domain.identity.party import Party, Vocabulary
from domain.identity.rarity import Rarity
from domain.identity.weights import Weights, odds

# Pairs below this are not even shown to anybody: odds of a thousand to one against, and far below the best there is.
_LOWEST = -10.0
_REACH = 20.0
# Where a pair ends up that may not be linked, whatever speaks for it.
_SHORT_OF = 0.001

Record = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pair:
    """Places in left and right (both in left without right, the lower first), the weight in bits, and the rule that
    links the pair whatever the weight says ("" for none)."""

    left: int
    right: int
    weight: float
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Matching:
    """`pairs` by falling weight. `compared` counts all that were."""

    pairs: tuple[Pair, ...]
    compared: int
    estimate: Estimate
    doubts: tuple[Doubt, ...]
    records: int
    one_source: bool
    facts: Facts = NO_FACTS

    @property
    def weights(self) -> Weights:
        return self.estimate.weights

    def bands(self) -> tuple[int, int]:
        """How many pairs are links, and how many are for a person to look at."""
        links = sum(pair.weight >= self.weights.link for pair in self.pairs)
        return links, sum(pair.weight >= self.weights.review for pair in self.pairs) - links

    def taken(self) -> Iterator[tuple[Pair, list[tuple[int, int]]]]:
        """Pairs by falling weight with all pairs that become one party by them."""
        apart = self.facts.apart
        taking = Clusters(self.records, apart) if self.one_source else Assignment(apart)
        for pair in self.pairs:
            yield pair, taking.take(pair.left, pair.right, pair.weight)


def match(
    left: Sequence[Record],
    right: Sequence[Record] | None,
    fields: Collection[str],
    before: Weights,
    facts: Facts = NO_FACTS,
) -> Matching:
    """Find who of `left` is who of `right`; without `right`, who is there several times.

    Pairs that are facts are links whatever their weight, or no links; and the estimate believes them."""
    vocabulary = Vocabulary(fields)
    ours = vocabulary.prepare(left)
    theirs = None if right is None else vocabulary.prepare(right)
    others = ours if theirs is None else theirs
    width = len(others)
    comparer = Comparer()
    by_pattern: dict[Pattern, list[int]] = {}
    together, apart = (frozenset(one * width + other for one, other in kind) for kind in (facts.together, facts.apart))
    for code in candidates(ours, theirs) | together:
        by_pattern.setdefault(comparer.compare(ours[code // width], others[code % width]), []).append(code)
    told = Told(
        {pattern: sum(code in together for code in codes) for pattern, codes in by_pattern.items()},
        {pattern: sum(code in apart for code in codes) for pattern, codes in by_pattern.items()},
    )
    seen = {pattern: len(codes) for pattern, codes in by_pattern.items()}
    found = estimate(before, seen, ours, theirs, comparer, told)
    weighed = _weighed(by_pattern, ours, width, found.weights, vocabulary.parties, together)
    pairs = [pair for pair in weighed if pair.left * width + pair.right not in apart]
    pairs.sort(key=lambda pair: (-pair.weight, pair.left, pair.right))
    doubts = calibration.doubts(found, [pair.weight for pair in pairs])
    compared = sum(map(len, by_pattern.values()))
    return Matching(tuple(pairs), compared, found, doubts, len(ours), right is None, facts)


def _weighed(
    by_pattern: Mapping[Pattern, Sequence[int]],
    left: Sequence[Party],
    width: int,
    weights: Weights,
    parties: int,
    together: Collection[int],
) -> Iterator[Pair]:
    table = weights.table()
    rarity = Rarity(weights, parties)
    sums = {pattern: table.sums(pattern) for pattern in by_pattern}
    lowest = min(_LOWEST, max((odds(*bits) for bits in sums.values()), default=0.0) - _REACH)
    for pattern, codes in by_pattern.items():
        match, chance, household = sums[pattern]
        most = inf if certain.names_somebody(pattern) else weights.link - _SHORT_OF
        for code in codes:
            party = left[code // width]
            rarer, rarer_at_home = rarity.bits(pattern, party)
            if code in together:
                yield Pair(code // width, code % width, inf, certain.DECIDED)
                continue
            weight = min(odds(match, chance - rarer, household - rarer_at_home), most)
            if weight < lowest:
                continue
            rule = certain.rule(pattern, party)
            weight = max(weight, weights.link) if rule else weight
            yield Pair(code // width, code % width, weight, rule)
