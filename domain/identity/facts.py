"""What people have decided about two records: facts, which no weight, no training and no new matching overrules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

Places = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Facts:
    """Pairs of places as in matching.Pair: `together` are one party, `apart` are not."""

    together: Collection[Places] = ()
    apart: Collection[Places] = ()


NO_FACTS = Facts()
