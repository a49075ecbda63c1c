"""How much an equal value says by its own frequency: to share a rare surname is more than to share a common one."""

from __future__ import annotations

from math import log2

from domain.identity.comparing import COMPARISONS, SAME, Pattern
from domain.identity.party import PLACES, Party, Value
from domain.identity.weights import SHARED_AT_HOME, Weights
from domain.identity.words import ROLES

# Counted values are few, so what they add is kept within bounds; what they take off may undo the agreement.
_MOST_BITS = 2.0
# A mailbox or number that more parties than this have is shared: to have it in common says nothing.
SHARED_BY = 8
_SHAREABLE = ("email", "phone")
# Values that many have by nature, and values that one party has but in several records: those count only beyond that.
_COMMON = ("name", "given_name", "surname", "suburb")
_OWN = (*_SHAREABLE, "birth_date", "street", "national_id")


def is_shared(field: str, value: Value) -> bool:
    if value.count > SHARED_BY:
        return True
    return field == "email" and value.text.partition("@")[0] in ROLES


class Rarity:
    """Corrections in bits for equal values, of one set of weights and one vocabulary of `parties`."""

    def __init__(self, weights: Weights, parties: int) -> None:
        self._parties = parties
        self._weights = weights
        self._places = [
            (COMPARISONS.index(name), SAME[name], PLACES[name], name, name not in SHARED_AT_HOME)
            for name in (*_COMMON, *_OWN)
        ]
        self._known: dict[tuple[str, int], float] = {}

    def bits(self, pattern: Pattern, party: Party) -> tuple[float, float]:
        """What the agreement is worth more than that of an average value, against chance and within a household."""
        against_chance = at_home = 0.0
        for at, same, place, field, personal in self._places:
            if pattern[at] == same and (value := party[place]) is not None:
                known = self._known.get((field, value.number))
                if known is None:
                    known = self._known[field, value.number] = self._of(field, value)
                against_chance += known
                if personal:
                    at_home += known
        return against_chance, at_home

    def _of(self, field: str, value: Value) -> float:
        chance = self._weights.chance[field][-1]
        worth = log2(self._weights.match[field][-1] / chance)
        if field in _SHAREABLE and is_shared(field, value):
            return -worth
        # The two that are compared are not there by chance, and of a value nobody else has, that much is known only.
        others = max(value.count - (2 if field in _COMMON else SHARED_BY), 0) + min(1.0, chance * self._parties)
        return max(min(log2(chance * self._parties / others), _MOST_BITS), -worth)
