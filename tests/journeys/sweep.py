"""Returns of every shape undisturbed, then as many as there are writes to spoil, side by side on one installation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.returns import Snapshot
from stories.baskets import Basket
from stories.play import Theatre
from tests.journeys import footprint, writes
from tests.journeys.footprint import Books
from tests.journeys.journey import Journey
from tests.journeys.shapes import PLAIN, SHAPES, Shape
from tests.journeys.writes import CRMS, EVERYBODY, SHOP_AND_ERP, Fault, Marking, Spoiling, Write

# So many rows of returns, one after the other in each: the machine is busy with less.
_ROWS = 10

Plan = tuple[Shape, tuple[Fault, ...]]
"""A return of a shape, and what goes wrong on it: at a CRM one thing, elsewhere at most one at each vendor."""


@dataclass(frozen=True)
class Told:
    """How a return ended. `trouble` says why it did not; `missed` are faults that never met a call."""

    shape: Shape
    basket: Basket
    snapshot: Snapshot | None
    trouble: str = ""
    faults: tuple[Fault, ...] = ()
    missed: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.shape.name}, {' and '.join(map(str, self.faults))}"


@dataclass
class Sweep:
    """`found` are the writes of each shape, `plain` is the undisturbed return of each, `spoiled` all others."""

    theatre: Theatre
    found: dict[str, list[Write]] = field(default_factory=dict)
    plain: dict[str, Told] = field(default_factory=dict)
    spoiled: list[Told] = field(default_factory=list)
    nobodys: list[str] = field(default_factory=list)
    books: Books = field(default_factory=lambda: Books({}, []))

    def __post_init__(self) -> None:
        # Numbers nobody used before, all of one length: none is a part of another.
        self._next = int(time.time() * 10) * 1000

    async def look(self) -> None:
        """Every shape once, undisturbed; by the log of it, what there is to spoil."""
        (await self.theatre.control.delete("/calls")).raise_for_status()
        # A CRM's call holds the news of many returns and counts for one: only one return is looked at there.
        watched = {shape.name: Marking(self.theatre, SHOP_AND_ERP) for shape in SHAPES}
        watched[PLAIN.name] = Marking(self.theatre, EVERYBODY)
        told = await asyncio.gather(*(self._undisturbed(shape, watched[shape.name]) for shape in (*SHAPES, PLAIN)))
        self.plain = {one.shape.name: one for one in told}
        log = await writes.calls(self.theatre)
        await self._heal()
        self.found = {name: marking.writes(log) for name, marking in watched.items()}
        self.nobodys = [
            f"{call['vendor']} {call['operation']}"
            for call in log
            if not call["plan"] and call["vendor"] in SHOP_AND_ERP and writes.is_write(call)
        ]

    async def spoil(self, plans: Iterable[Plan]) -> None:
        """One return for each plan."""
        chosen = list(plans)
        # Two returns in one call of a CRM would share one fault: those go one after the other, each CRM's on its own.
        rows = [[plan for plan in chosen if _first(plan) == vendor] for vendor in CRMS]
        others = [plan for plan in chosen if _first(plan) not in CRMS]
        rows += [others[row::_ROWS] for row in range(_ROWS)]
        for told in await asyncio.gather(*(self._one_by_one(row) for row in rows)):
            self.spoiled += told

    async def read(self) -> None:
        await self._heal()
        self.books = await footprint.books(self.theatre)

    async def _heal(self) -> None:
        (await self.theatre.control.delete("/faults")).raise_for_status()

    async def _one_by_one(self, plans: list[Plan]) -> list[Told]:
        return [await self._spoiled(*plan) for plan in plans]

    async def _undisturbed(self, shape: Shape, marking: Marking) -> Told:
        journey = self._journey(shape)
        journey.learned = marking.learned
        return Told(shape, journey.basket, *await self._walked(shape, journey))

    async def _spoiled(self, shape: Shape, faults: tuple[Fault, ...]) -> Told:
        journey, spoiling = self._journey(shape), Spoiling(self.theatre, faults)
        journey.learned = spoiling.learned
        snapshot, trouble = await self._walked(shape, journey)
        return Told(shape, journey.basket, snapshot, trouble, faults, tuple(await spoiling.missed()))

    async def _walked(self, shape: Shape, journey: Journey) -> tuple[Snapshot | None, str]:
        try:
            await shape.walk(journey)
            return await journey.over(), ""
        except Exception as error:
            # One that is stuck must not hide how the others ended.
            return None, f"{type(error).__name__}: {error}"

    def _journey(self, shape: Shape) -> Journey:
        self._next += 1
        return Journey(self.theatre, shape.basket(self._next), calmly=shape is PLAIN)


def _first(plan: Plan) -> str:
    return plan[1][0].write.vendor
