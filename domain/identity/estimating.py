"""Weights from the data itself, without anybody's labels: what chance does is counted, what matches do is found by EM.

Chance (u) is counted over pairs of parties taken at even steps and, for equal values, from how often each value occurs.
Expectation-maximisation (Dempster, Laird and Rubin 1977) then finds how matches agree (m) and how many there are. The
shipped weights count as a number of pairs seen before, so that little data changes them little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, log

from domain.identity import households
from domain.identity.comparing import COMPARISONS, LEVELS, SAME, Comparer, Pattern
from domain.identity.party import PLACES, Party
from domain.identity.weights import SHARED_AT_HOME, Weights

_STEPS = 40
_STILL = 1e-4
_SAMPLE = 20_000
# How many pairs the shipped weights count for.
_MATCHES_BEFORE = 30.0
_CHANCE_BEFORE = 100.0
# Below this nobody can tell two comparisons' parts in a match from each other.
_FEWEST_COMPARISONS = 3
# Equal values of a column are partly those of matches; what is left for chance is at least this part of them.
_LEAST_OF_EQUAL = 0.02
_LEAST = 1e-9
_MOST = 0.99
# What is assumed before anything is known: of the smaller source a part is in the other, and some share a home.
_FIRST_SHARE = 0.2
_FIRST_HOUSEHOLDS = 0.1
# These depend on another comparison, so that random pairs say little about them: EM finds their chance too.
_CONDITIONAL = frozenset({"suburb_of_postcode"})
_FIELD = {name: name for name in COMPARISONS if name not in _CONDITIONAL}


@dataclass(frozen=True, slots=True)
class Estimate:
    weights: Weights
    # Expected matches among the pairs compared.
    matches: float
    # Comparisons of which at least some pairs say something.
    used: tuple[str, ...]
    steps: int
    # Whether m was found from the data, or is the shipped one.
    fitted: bool


@dataclass(frozen=True, slots=True)
class Told:
    """How many of the pairs seen people have decided about, by pattern: certain matches, and certain others."""

    matches: Mapping[Pattern, int] = field(default_factory=dict)
    others: Mapping[Pattern, int] = field(default_factory=dict)


def estimate(
    before: Weights,
    seen: Mapping[Pattern, int],
    left: Sequence[Party],
    right: Sequence[Party] | None,
    comparer: Comparer,
    told: Told | None = None,
    population: int = 0,
) -> Estimate:
    """`seen` counts the patterns of the pairs compared; all other pairs are taken for no matches. Of those `told`
    nothing is estimated: they are what people say they are. `population`: how many records `left` is a sample of."""
    many = max(len(left), population)
    total = max(many * (many - 1) // 2 if right is None else len(left) * len(right), 1)
    used = tuple(name for place, name in enumerate(COMPARISONS) if any(pattern[place] for pattern in seen))
    telling = [name for name in used if name not in _CONDITIONAL]
    fitted = len(telling) >= _FEWEST_COMPARISONS
    counted, equal = _counted(before, left, right, comparer)
    most = min(many, len(right)) if right is not None else many
    start = max(min(_FIRST_SHARE * most / total, 0.4), _LEAST)
    # Between two sources a pair of one household looks like a match; within one of them it cannot be one.
    at_home = None if right is None else min(households.share((left, right)), 0.1)
    weights = replace(before, prior=start, household_prior=at_home or start * _FIRST_HOUSEHOLDS, chance=counted)
    matches = 0.0
    step = 0
    for step in range(1, _STEPS + 1):  # noqa: B007 - how many it took is part of the answer
        last = matches
        matches, homes, levels, others = _expected(weights, seen, told or Told())
        match = before.match
        if fitted:
            match = {name: _mixed(levels[name], before.match[name], _MATCHES_BEFORE) for name in COMPARISONS}
        household = {
            name: match[name] if name in SHARED_AT_HOME else _at_least(before.household[name], weights.chance[name])
            for name in COMPARISONS
        }
        chance = {
            name: _mixed(others[name], before.chance[name], _CHANCE_BEFORE)
            if name in _CONDITIONAL
            else _by_chance(
                counted[name],
                equal.get(name),
                ((0 if right is not None else matches * match[name][-1]) + homes * household[name][-1]) / total,
            )
            for name in COMPARISONS
        }
        chance["given_name"] = _swapped(chance["given_name"], chance["surname"])
        weights = replace(
            weights,
            match=match,
            chance=chance,
            household=household,
            prior=min(max(matches / total, _LEAST), 0.8),
            household_prior=at_home or min(max(homes / total, _LEAST), 0.1),
        )
        if abs(matches - last) <= _STILL * max(matches, 1.0):
            break
    return Estimate(weights, matches, used, step, fitted)


def _expected(
    weights: Weights, seen: Mapping[Pattern, int], told: Told
) -> tuple[float, float, dict[str, list[float]], dict[str, list[float]]]:
    """How many matches and how many pairs of one household there should be, and how often matches and those who have
    nothing in common show each level."""
    table = weights.table()
    matching = [[0.0] * (SAME[name] + 1) for name in COMPARISONS]
    others = [[0.0] * (SAME[name] + 1) for name in COMPARISONS]
    matches = homes = 0.0
    for pattern, count in seen.items():
        bits = table.sums(pattern)
        most = max(bits)
        parts = [2 ** (part - most) for part in bits]
        matched, apart = told.matches.get(pattern, 0), told.others.get(pattern, 0)
        match, chance, household = ((count - matched - apart) * part / sum(parts) for part in parts)
        match += matched
        # Which kind of others they are, the weights may say.
        household_share = parts[2] / (parts[1] + parts[2]) if parts[1] + parts[2] else 0.0
        chance, household = chance + apart * (1 - household_share), household + apart * household_share
        matches += match
        homes += household
        for place, level in enumerate(pattern):
            if level:
                matching[place][level] += match
                others[place][level] += chance
    named = [dict(zip(COMPARISONS, [table[1:] for table in tables], strict=True)) for tables in (matching, others)]
    return matches, homes, named[0], named[1]


def probability(bits: float) -> float:
    """Of a weight, the logarithm of odds to base 2."""
    return 1 / (1 + exp(-max(min(bits, 60.0), -60.0) * log(2)))


def _counted(
    before: Weights, left: Sequence[Party], right: Sequence[Party] | None, comparer: Comparer
) -> tuple[dict[str, tuple[float, ...]], dict[str, float]]:
    """Chance of each level over random pairs, and the chance of equal values counted exactly."""
    others = left if right is None else right
    tables = [[0.0] * (SAME[name] + 1) for name in COMPARISONS]
    for step in range(min(_SAMPLE, len(left) * len(others))):
        one, other = step % len(left), (step * 7919 + step // len(left) * 31 + 1) % len(others)
        if right is not None or one != other:
            for place, level in enumerate(comparer.compare(left[one], others[other])):
                tables[place][level] += 1
    chance = {
        name: _mixed(table[1:], before.chance[name], _CHANCE_BEFORE)
        for name, table in zip(COMPARISONS, tables, strict=True)
    }
    sources = (left,) if right is None else (left, right)
    equal = {}
    for name, column in _FIELD.items():
        same = _equal(PLACES[column], sources, before.chance[name][-1])
        if same is not None:
            equal[name] = same
    return chance, equal


def _equal(place: int, sources: Sequence[Sequence[Party]], before: float) -> float | None:
    """How many of all pairs within a source that have the field have it equal; None when no two have it.

    In one of two sources a party is meant to be once, so that there these are chance alone."""
    pairs = same = 0
    for parties in sources:
        counts = Counter(value.number for party in parties if (value := party[place]) is not None)
        here = sum(counts.values())
        pairs += here * (here - 1)
        same += sum(count * (count - 1) for count in counts.values())
    # Before anything is seen it is what was shipped, and it takes as many pairs as would show one to move it.
    return (same + 0.5) / (pairs + 0.5 / before) if pairs else None


def _mixed(seen: Sequence[float], before: Sequence[float], weight: float) -> tuple[float, ...]:
    whole = sum(seen) + weight
    return tuple(max((count + weight * share) / whole, _LEAST) for count, share in zip(seen, before, strict=True))


def _by_chance(counted: tuple[float, ...], equal: float | None, explained: float) -> tuple[float, ...]:
    """Chance of each level, without the equal values that matches and households explain."""
    *lower, same = counted
    if equal is not None:
        same = min(max(equal - explained, _LEAST_OF_EQUAL * equal, _LEAST), _MOST)
    whole = sum(lower)
    return (*(max(part * (1 - same) / whole, _LEAST) for part in lower), same)


def _at_least(home: tuple[float, ...], chance: tuple[float, ...]) -> tuple[float, ...]:
    """Nobody agrees less with those at home than with strangers."""
    agreeing = [max(pair) for pair in zip(home[1:], chance[1:], strict=True)]
    most = min(sum(agreeing), 0.9)
    return (1 - most, *(part * most / sum(agreeing) for part in agreeing))


def _swapped(given: tuple[float, ...], surname: tuple[float, ...]) -> tuple[float, ...]:
    """Both names crosswise by chance is as rare as both equal by chance, which no sample of pairs shows."""
    place = LEVELS["given_name"].index("swapped")
    return (*given[:place], max(given[place], given[-1] * surname[-1]), *given[place + 1 :])
