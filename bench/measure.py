"""The whole measurement: warm up, read the plan off real returns, then the rounds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from adapters.http import client as trusting
from bench.history import plan_of
from bench.plan import Counts, counts
from bench.players import FloorPlayer, ReturnsPlayer
from bench.rounds import Round, interleaved, played
from bench.site import Site
from runtime import wiring
from runtime.cost import Cost, cost
from runtime.temporal import connect


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured. `warmup` returns are played one at a time before anything counts."""

    rounds: int
    returns: int
    at_once: int
    warmup: int


@dataclass(frozen=True, slots=True)
class Side:
    """One side's rounds, and what a workflow of it costs by its history: the median, and what the plan's own does."""

    rounds: list[Round]
    costs: list[Cost]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Measured:
    backhaul: Side
    floor: Side
    # The first answers of the warm-up, when nothing else was going on.
    alone_ms: tuple[float, ...]
    load: float


async def measure(site: Site, sizes: Sizes, said: Callable[[str], None]) -> Measured:
    client = await connect(site.settings)
    address = f"https://localhost:{site.ports['control']}"
    async with trusting(str(site.settings.files.ca), address) as control, wiring.returns(site.settings, client) as desk:
        # No API runs here to take the shop's webhooks; trying in vain would cost the sandbox a quarter of its time.
        (await control.post("/shopify/webhooks/hold", json={"held": True})).raise_for_status()
        player = ReturnsPlayer(client, desk, control)
        said("warming up: Backhaul")
        # The first of all opens connections and signs in everywhere.
        await played(site, player, 1, 1)
        alone = await played(site, player, sizes.warmup, 1)
        plans = [plan_of(await _history(client, one)) for one, _ in alone]
        usual, _ = Counter(counts(plan) for plan in plans).most_common(1)[0]
        floor = FloorPlayer(client, next(plan for plan in plans if counts(plan) == usual))
        said("warming up: floor, and both at once")
        for side in (floor, player):
            await played(site, side, sizes.at_once, sizes.at_once)
        ours, theirs = await interleaved(site, (player, floor), sizes.rounds, sizes.returns, sizes.at_once, said)
        said("reading histories")
        walked = counts(plan_of(await _history(client, theirs[0].workflows[0])))
        return Measured(
            Side(ours, await _costs(client, ours), usual),
            Side(theirs, await _costs(client, theirs), walked),
            tuple(first for _, first in alone),
            os.getloadavg()[0],
        )


async def _costs(client: Client, rounds: list[Round]) -> list[Cost]:
    return [cost(await _history(client, one)) for one in rounds[-1].workflows]


async def _history(client: Client, workflow_id: str) -> Sequence[HistoryEvent]:
    return (await client.get_workflow_handle(workflow_id).fetch_history()).events
