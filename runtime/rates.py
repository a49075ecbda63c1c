"""How much anybody may have in a minute. Counted in memory, by each process for itself: see docs/security.md."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

WINDOW = 60.0


class TooFast(Exception):
    """More than was allowed; `seconds` until the next is taken."""

    def __init__(self, left: Left) -> None:
        super().__init__(f"more than {left.most} in {WINDOW:.0f} seconds; try again in {left.seconds} s")
        self.left = left


@dataclass(frozen=True, slots=True)
class Left:
    """Of `most` in this minute `calls` are left, and in `seconds` it begins anew."""

    most: int
    calls: int
    seconds: int


class Rates:
    """Minutes begin for everybody at the same moment, and then all counts are thrown away: nothing piles up."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._began, self._counts = -math.inf, dict[str, int]()

    def take(self, who: str) -> Left:
        """One more of theirs. Raises TooFast."""
        left = self.check(who)
        self._counts[who] = self._counts.get(who, 0) + 1
        return Left(left.most, left.calls - 1, left.seconds)

    def check(self, who: str) -> Left:
        """What is left of theirs. Raises TooFast when that is nothing."""
        left = self._left(who)
        if left.calls == 0:
            raise TooFast(left)
        return left

    def _left(self, who: str) -> Left:
        now = self._clock()
        if now - self._began >= WINDOW:
            self._began, self._counts = now, {}
        seconds = math.ceil(self._began + WINDOW - now)
        return Left(self._most, max(self._most - self._counts.get(who, 0), 0), max(seconds, 1))
