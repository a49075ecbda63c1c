"""Whole minor units given out over several places, so that the parts always sum to the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

K = TypeVar("K")


def allocate(amount: int, weights: Sequence[int | Fraction]) -> list[int]:
    """`amount` over `weights` by largest remainder, ties to the first. Weights of nothing at all count alike.

    Both are at least 0; without any weight there must be nothing to give out."""
    if amount < 0 or any(weight < 0 for weight in weights):
        raise ValueError("only positive magnitudes are given out; negate afterwards")
    whole = sum(weights)
    if not whole:
        if amount and not weights:
            raise ValueError(f"nobody is there to take {amount}")
        weights, whole = [1] * len(weights), len(weights)
    shares = [Fraction(amount * weight) / whole for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    by_remainder = sorted(range(len(parts)), key=lambda place: parts[place] - shares[place])
    for place in by_remainder[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def at_most(parts: Mapping[K, int], limit: int) -> dict[K, int]:
    """`parts` as they are when they sum to no more than `limit` (at least 0), else scaled down to sum to it."""
    if sum(parts.values()) <= limit:
        return dict(parts)
    return dict(zip(parts, allocate(limit, [max(part, 0) for part in parts.values()]), strict=True))


def by_deficit(
    amount: int, posted: Mapping[str, int], already: Mapping[str, int], reached: int, whole: int
) -> dict[str, int]:
    """`amount` over components of which `reached` of `whole` should be given in all, to the largest deficits first,
    among equal ones to the first.

    Each part is at least 0 and at most what remains of its component, `posted` less `already`. The amount must not be
    more than remains of all together.
    """
    # Deficits are kept exact, as numerators over `whole`, so that no fraction is ever rounded twice.
    room = {key: max(posted[key] - already.get(key, 0), 0) for key in posted}
    deficit = {key: posted[key] * reached - already.get(key, 0) * whole for key in posted}
    if not 0 <= amount <= sum(room.values()):
        raise ValueError(f"{amount} is not between nothing and the {sum(room.values())} that remain")

    def level(height: int) -> dict[str, int]:
        """Every whole unit of deficit above `height`; a lower height gives more, and one less at most one more each."""
        return {key: min(max((deficit[key] - height) // whole, 0), room[key]) for key in posted}

    height = 0
    if not sum(level(0).values()) <= amount <= sum(level(-whole).values()):
        # Somebody was given far more or less than the rule says, by other hands: find where the others level out.
        low = min(deficit.values()) - (max(room.values()) + 1) * whole
        height = max(*deficit.values(), 0)
        while height - low > 1:
            middle = (low + height) // 2
            low, height = (low, middle) if sum(level(middle).values()) <= amount else (middle, height)
    parts = level(height)
    for _ in range(amount - sum(parts.values())):
        key = max((k for k in parts if parts[k] < room[k]), key=lambda k: deficit[k] - parts[k] * whole)
        parts[key] += 1
    return parts
