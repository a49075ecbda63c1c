"""What each level of agreement is worth: how often it is seen of matches (m) and of others (u), in bits.

Fellegi and Sunter's model (1969): a pair's weight is the logarithm of the odds that it is a match. The others are of
two kinds here, because agreement of others is not independent: two parties at random, and two of one household (or
firms in one building), who share surname, address and telephone as one party would, and nothing else.

The shipped weights are a starting point, written down from what is generally known about names, addresses and typing
errors; they are fitted to no labelled data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log2
from typing import Any

from domain.identity.comparing import COMPARISONS, LEVELS, Pattern

Chances = Mapping[str, tuple[float, ...]]
# What people of one household share like one party does.
SHARED_AT_HOME = ("surname", "phone", "street", "postcode", "suburb", "suburb_of_postcode", "state")
_KINDS = ("match", "chance", "household")
_NUMBERS = ("prior", "household_prior", "link", "review")


@dataclass(frozen=True, slots=True)
class Weights:
    """`match`, `chance` and `household` have per comparison one probability per level; `prior` and `household_prior`
    are those of any pair to be one party, or of one household.

    From `link` bits on a pair is a match, from `review` on a person looks at it."""

    version: str
    match: Chances
    chance: Chances
    household: Chances
    prior: float
    household_prior: float
    link: float
    review: float

    def table(self) -> Table:
        return Table(self)

    def dump(self) -> dict[str, Any]:
        levels: dict[str, Any] = {}
        for name in COMPARISONS:
            kinds = [kind for kind in _KINDS if kind != "household" or name not in SHARED_AT_HOME]
            tables = [getattr(self, kind)[name] for kind in kinds]
            levels[name] = {
                level: dict(zip(kinds, chances, strict=True))
                for level, *chances in zip(LEVELS[name], *tables, strict=True)
            }
        return {name: getattr(self, name) for name in ("version", *_NUMBERS)} | {"levels": levels}


class Table:
    """Weights as logarithms to base 2, to be added up. Level 0, where one side says nothing, adds nothing."""

    def __init__(self, weights: Weights) -> None:
        self._match, self._chance, self._household = (
            [(0.0, *map(log2, table[name])) for name in COMPARISONS]
            for table in (weights.match, weights.chance, weights.household)
        )
        rest = 1 - weights.prior - weights.household_prior
        self._priors = log2(weights.prior), log2(rest), log2(weights.household_prior)

    def sums(self, pattern: Pattern) -> tuple[float, float, float]:
        """How likely the pattern is as a match, by chance, and in a household."""
        match, chance, household = self._priors
        for level, m, u, h in zip(pattern, self._match, self._chance, self._household, strict=True):
            if level:
                match += m[level]
                chance += u[level]
                household += h[level]
        return match, chance, household


def odds(match: float, chance: float, household: float) -> float:
    """The weight of a pair: bits for a match against bits for anything else."""
    more, less = (chance, household) if chance > household else (household, chance)
    return match - more - log2(1 + 2 ** (less - more))


def load(document: Mapping[str, Any]) -> Weights:
    """What `dump` wrote."""
    levels = document["levels"]

    def chances(kind: str) -> Chances:
        return {
            name: tuple(
                float(levels[name][level]["match" if kind == "household" and name in SHARED_AT_HOME else kind])
                for level in LEVELS[name]
            )
            for name in COMPARISONS
        }

    prior, household_prior, link, review = (float(document[name]) for name in _NUMBERS)
    match, chance, household = map(chances, _KINDS)
    return Weights(str(document["version"]), match, chance, household, prior, household_prior, link, review)


@cache
def shipped() -> Weights:
    return load(json.loads(files("domain.identity").joinpath("weights.json").read_text()))
