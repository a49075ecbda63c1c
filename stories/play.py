"""Plays the stories concurrently against a running stack and says how each ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx
from temporalio.client import Client

from domain import ids
from domain.money import Money
from runtime.cost import cost
from runtime.returns import Returns
from runtime.visibility import Replaying
from stories import ending
from stories.office import Office
from stories.playbill import Story
from stories.scene import Crew, NotAsTold, Scene


@dataclass(frozen=True, slots=True)
class Ending:
    """How a story ended. Amounts are those of its last return; events and actions are summed over all its returns."""

    name: str
    ok: bool
    return_id: str = ""
    stage: str = ""
    quote: str = ""
    credit_memo: str = ""
    payout: str = ""
    events: int = 0
    actions: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Theatre:
    """What the stories play on, and who is told of each line: (place of the story, line)."""

    client: Client
    returns: Returns
    crms: Replaying
    control: httpx.AsyncClient
    crew: Crew
    office: Office
    heard: Callable[[int, str], None]


async def play(theatre: Theatre, stories: Sequence[Story]) -> list[Ending]:
    """All that may be told together together, then the others one by one; answers in the order given."""
    first = _first_number()
    endings: dict[int, Ending] = {}

    async def tell(place: int) -> None:
        endings[place] = await _tell(theatre, stories[place], place, first + place)

    await asyncio.gather(*(tell(place) for place, story in enumerate(stories) if not story.alone))
    for place, story in enumerate(stories):
        if story.alone:
            await tell(place)
    return [endings[place] for place in range(len(stories))]


async def _tell(theatre: Theatre, story: Story, place: int, number: int) -> Ending:
    scene = Scene(
        theatre.returns, theatre.crms, theatre.control, theatre.crew, theatre.office, number,
        tell=lambda line: theatre.heard(place, line),
    )  # fmt: skip
    why = ""
    try:
        await story.tell(scene)
        scene.tell("comparing the books")
        await ending.books_agree(scene)
    except Exception as error:
        # Whatever goes wrong in one story, the others go on and the table says what it was.
        why = str(error) if isinstance(error, NotAsTold) else f"{type(error).__name__}: {error}"
    found = await _ending(theatre, story, scene, why)
    theatre.heard(place, "as told" if found.ok else f"NOT as told: {why}")
    return found


async def _ending(theatre: Theatre, story: Story, scene: Scene, why: str) -> Ending:
    if not scene.told:
        return Ending(story.name, ok=not why, why=why)
    events = actions = 0
    for telling in scene.told:
        history = await theatre.client.get_workflow_handle(ids.workflow_id(telling.return_id)).fetch_history()
        spent = cost(history.events)
        events, actions = events + spent.events, actions + spent.actions
    last = await theatre.returns.snapshot(scene.told[-1].return_id)
    return Ending(
        story.name, not why, last.return_id, str(last.stage), _text(last.quote.total if last.quote else None),
        _text(last.credited), _text(last.payout.total if last.payout else None), events, actions, why,
    )  # fmt: skip


def _text(amount: Money | None) -> str:
    return str(amount) if amount else ""


def _first_number() -> int:
    """Order numbers nobody used before: the books of a stack stay from demo to demo."""
    return int(time.time() - 1_767_225_600) * 100
