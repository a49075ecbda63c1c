"""Whether the estimated probabilities deserve trust on this data; every doubt is a code and a sentence for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.identity.certain import OF_A_PARTY
from domain.identity.comparing import LEVELS
from domain.identity.estimating import Estimate, probability

_FEWEST_MATCHES = 30
# With three the estimate fits whatever there is; only more can contradict each other.
_FEWEST_COMPARISONS = 4
_MOST_MISSED = 0.03
_MOST_WRONG = 0.005
_MOST_DIFFERING = 0.5
# Compared only where the postcode does not agree, which is where they rightly differ.
_ASKED_WHEN_OTHERS_DIFFER = frozenset({"suburb", "state"})


@dataclass(frozen=True, slots=True)
class Doubt:
    code: str
    sentence: str


def doubts(estimate: Estimate, weights: Sequence[float]) -> tuple[Doubt, ...]:
    """`weights` are those of all pairs that were weighed."""
    chances = [probability(weight) for weight in weights]
    link = estimate.weights.link
    linked = [chance for weight, chance in zip(weights, chances, strict=True) if weight >= link]
    wrong = sum(1 - chance for chance in linked)
    found = []
    if not estimate.used:
        return (Doubt("nothing_compared", "no two records share anything that few others have too"),)
    if len(estimate.used) < _FEWEST_COMPARISONS:
        learned = "" if estimate.fitted else "; the shipped weights were used as they are"
        found.append(
            Doubt(
                "few_comparisons",
                f"records can be compared by {', '.join(estimate.used)} only: with fewer than {_FEWEST_COMPARISONS} "
                f"things nothing is left to check the estimate by{learned}",
            )
        )
    if not set(estimate.used) & set(OF_A_PARTY):
        found.append(
            Doubt("nothing_personal", "addresses and telephones are of places: nothing here tells who lives there")
        )
    if estimate.matches < _FEWEST_MATCHES:
        found.append(
            Doubt(
                "few_matches",
                f"about {estimate.matches:.0f} matches are expected; below {_FEWEST_MATCHES}, shipped weights decide",
            )
        )
    missed = estimate.matches - sum(linked)
    if estimate.matches >= _FEWEST_MATCHES and missed > _MOST_MISSED * estimate.matches:
        found.append(
            Doubt(
                "missed_matches",
                f"about {missed:.0f} of {estimate.matches:.0f} expected matches are below {link:g} bits: these "
                "fields do not tell all parties apart",
            )
        )
    if linked and wrong > _MOST_WRONG * len(linked):
        found.append(
            Doubt(
                "wrong_links",
                f"about {wrong:.0f} of {len(linked)} links should be wrong by the weights' own account",
            )
        )
    if not linked and estimate.matches >= 1:
        found.append(
            Doubt("out_of_reach", f"no pair reaches {link:g} bits: what these fields say is not enough to link anybody")
        )
    for name in estimate.used:
        if name in _ASKED_WHEN_OTHERS_DIFFER:
            continue
        differs = estimate.weights.match[name][LEVELS[name].index("differs")]
        if estimate.fitted and differs > _MOST_DIFFERING:
            found.append(
                Doubt(
                    "field_disagrees",
                    f"{name} differs in {differs:.0%} of the expected matches: it is another thing in each source, or "
                    "what was found are not matches",
                )
            )
    return tuple(found)
