"""Where a record belongs as it comes in: to a party that is known, to one a person has to look at, or to none yet.

Rules that need no weighing come first, then the weights; what people decided stands above both. A source has a party
once, so a second record of it is for a person; and between two parties that fit alike nobody chooses but a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.identity import certain
from domain.identity.clusters import MOST_TOGETHER, WEAKER_BY
from domain.identity.comparing import COMPARISONS, LEVELS, SAME, Comparer, Pattern
from domain.identity.normal import email
from domain.identity.party import FIELDS, Party, Vocabulary
from domain.identity.rarity import SHARED_BY
from domain.identity.weights import Table, Weights, odds
from domain.identity.words import ROLES

VERIFIED, ORDER, LOYALTY = "verified_id", "order_and_mailbox", "loyalty_id"
# Of as many records one is expected to be the new one's, at the start: see estimating.py.
_FIRST_SHARE = 0.2
_FIRST_HOUSEHOLDS = 0.1
# A shop's first customers are drawn from a larger world: so many records there are at least, as far as chance goes.
FEWEST_RECORDS = 10_000
_SHORT_OF = 0.001
_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that shares something with the new one. `party` it belongs to now, which has `records` live ones;
    `taken` when one of them is of the new one's own source; `apart` when a person has told the two parties apart."""

    link: int
    party: str
    fields: Mapping[str, str]
    verified: bool = False
    order: bool = False
    loyalty: bool = False
    records: int = 1
    taken: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    candidate: Candidate
    pattern: Pattern
    weight: float
    rule: str

    @property
    def levels(self) -> dict[str, str]:
        """What was found, in words: comparisons only, nothing of what was compared."""
        return {
            name: LEVELS[name][level - 1] for name, level in zip(COMPARISONS, self.pattern, strict=True) if level > 0
        }


@dataclass(frozen=True, slots=True)
class Placing:
    """`link`: whose party the record joins. `reviews`: whom a person should look at, the likeliest first."""

    link: Judged | None
    reviews: tuple[Judged, ...]
    compared: tuple[Judged, ...]


def shared_mailbox(address: str, parties: int) -> bool:
    """Whether a mailbox says nothing of whose it is: it is a role's, or that of more than SHARED_BY parties."""
    normal = email(address)
    return bool(normal) and (parties > SHARED_BY or normal.partition("@")[0] in ROLES)


def for_population(weights: Weights, records: int, trained_on: int = 0) -> Weights:
    """The weights as they hold among so many records: the more there are, the more a stranger looks like one of them.

    `trained_on`: of how many records they were found; 0 for the shipped ones."""
    share = weights.prior * trained_on if trained_on else _FIRST_SHARE
    homes = weights.household_prior * trained_on if trained_on else _FIRST_SHARE * _FIRST_HOUSEHOLDS
    among = max(records, FEWEST_RECORDS)
    return replace(
        weights,
        prior=min(max(share / among, _LEAST), 0.4),
        household_prior=min(max(homes / among, _LEAST), 0.1),
    )


def place(fields: Mapping[str, str], candidates: Sequence[Candidate], weights: Weights) -> Placing:
    """`fields` without what is shared by too many (see `shared_mailbox`); `weights` as of the population."""
    judged = _judged(fields, candidates, weights)
    best: dict[str, Judged] = {}
    for one in judged:
        known = best.get(one.candidate.party)
        if known is None or _rank(one) > _rank(known):
            best[one.candidate.party] = one
    barred = {one.candidate.party for one in judged if one.candidate.apart}
    ranked = sorted((one for party, one in best.items() if party not in barred), key=_rank, reverse=True)
    near = [one for one in ranked if one.weight >= weights.review]
    if not near:
        return Placing(None, (), tuple(judged))
    first, *others = near
    rivals = [one for one in others if one.weight >= weights.link and one.weight > first.weight - WEAKER_BY]
    full = first.candidate.taken or first.candidate.records >= MOST_TOGETHER
    # A verified id names one record: no other comes near it.
    alone = not rivals or first.rule == VERIFIED
    if first.weight >= weights.link and alone and not full:
        return Placing(first, tuple(others), tuple(judged))
    return Placing(None, tuple(near), tuple(judged))


def _rank(one: Judged) -> tuple[bool, float]:
    return one.rule == VERIFIED, one.weight


def _judged(fields: Mapping[str, str], candidates: Sequence[Candidate], weights: Weights) -> list[Judged]:
    vocabulary = Vocabulary(FIELDS)
    ours, *theirs = vocabulary.prepare([fields, *(one.fields for one in candidates)])
    comparer, table = Comparer(), weights.table()
    return [
        _weighed(ours, candidate, comparer.compare(ours, other), table, weights)
        for candidate, other in zip(candidates, theirs, strict=True)
    ]


def _weighed(ours: Party, candidate: Candidate, pattern: Pattern, table: Table, weights: Weights) -> Judged:
    rule = _rule(ours, candidate, pattern)
    weight = odds(*table.sums(pattern))
    if not certain.names_somebody(pattern):
        weight = min(weight, weights.link - _SHORT_OF)
    return Judged(candidate, pattern, max(weight, weights.link) if rule else weight, rule)


def _rule(ours: Party, candidate: Candidate, pattern: Pattern) -> str:
    if candidate.verified:
        return VERIFIED
    if certain.contradicted(pattern):
        return ""
    if candidate.order and pattern[COMPARISONS.index("email")] == SAME["email"]:
        return ORDER
    if candidate.loyalty:
        return LOYALTY
    return certain.rule(pattern, ours)
