"""Interleaved rounds: so many returns, the same number of walks over the floor, and again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from bench.meters import actions, cpu_ms
from bench.players import Player
from bench.site import Site

_LOOK_SECONDS = 0.5
# A return that takes longer than this will not end: better to say so than to wait.
_PATIENCE_SECONDS = 120.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Round:
    """One side's round. `cpu_ms` and `actions` are per workflow; `first_ms` has the first answer's time of each."""

    per_second: float
    actions: float
    cpu_ms: dict[str, float]
    first_ms: tuple[float, ...]
    workflows: tuple[str, ...]


async def round_of(site: Site, player: Player, count: int, at_once: int) -> Round:
    """`count` plays, `at_once` of them at a time. What they need is prepared before the clock runs."""
    await player.prepare(count)
    counted = await actions(site.ports["temporal_metrics"])
    spent = cpu_ms(site.pids)
    began = time.perf_counter()
    each = await watched(site, _all(player, count, at_once))
    seconds = time.perf_counter() - began
    after = cpu_ms(site.pids)
    counted = await actions(site.ports["temporal_metrics"]) - counted
    return Round(
        per_second=count / seconds,
        actions=counted / count,
        cpu_ms={name: (after[name] - spent[name]) / count for name in after},
        first_ms=tuple(first for _, first in each),
        workflows=tuple(workflow_id for workflow_id, _ in each),
    )


async def played(site: Site, player: Player, count: int, at_once: int) -> list[tuple[str, float]]:
    """`count` plays of which nothing is counted: of each its workflow, and how long its first answer took."""
    await player.prepare(count)
    return await watched(site, _all(player, count, at_once))


async def interleaved(
    site: Site, sides: tuple[Player, Player], rounds: int, count: int, at_once: int, said: Callable[[str], None]
) -> tuple[list[Round], list[Round]]:
    """Each side's rounds, one after the other, so that both meet the same weather on a shared machine."""
    found: tuple[list[Round], list[Round]] = ([], [])
    for number in range(rounds):
        for rounds_of_side, player, name in zip(found, sides, ("Backhaul", "floor"), strict=True):
            said(f"round {number + 1} of {rounds}: {name}")
            rounds_of_side.append(await round_of(site, player, count, at_once))
    return found


async def watched(site: Site, work: Coroutine[Any, Any, T]) -> T:
    """The work, unless a worker dies meanwhile: nobody would ever finish it."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait((task,), timeout=_LOOK_SECONDS))[0]:
            site.check()
    finally:
        if not task.done():
            task.cancel()
    return task.result()


async def _all(player: Player, count: int, at_once: int) -> list[tuple[str, float]]:
    places = asyncio.Semaphore(at_once)

    async def one() -> tuple[str, float]:
        async with places, asyncio.timeout(_PATIENCE_SECONDS):
            return await player.play()

    return await asyncio.gather(*(one() for _ in range(count)))
