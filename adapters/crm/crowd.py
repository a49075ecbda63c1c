"""How many calls to one org this process makes at once: one more while all goes well, half as many when it objects."""

from __future__ import annotations

import asyncio
import heapq
import itertools

_BEGIN = 8.0


class Crowd:
    """At most `most`. Those who wait go in by purpose, and among the same purpose in their order."""

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self.room = min(_BEGIN, self._most)
        self.inside = 0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    async def enter(self, purpose: int) -> None:
        if self.inside < int(self.room) and not self._waiting:
            self.inside += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (purpose, next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        self.inside -= 1
        while self._waiting and self.inside < int(self.room):
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                self.inside += 1
                turn.set_result(None)

    def went_well(self) -> None:
        self.room = min(self._most, self.room + 1 / self.room)

    def objected(self) -> None:
        self.room = max(1.0, self.room / 2)
