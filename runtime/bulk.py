"""Many messages at once: each is said by itself, those to one return in their order, and each gets its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from domain.errors import Refusal
from runtime.refusals import RetryLater

T = TypeVar("T")
A = TypeVar("A")

# So many returns are spoken to at the same time.
_AT_ONCE = 16


async def each(
    messages: Sequence[T], about: Callable[[T], str], say: Callable[[T], Awaitable[A]]
) -> tuple[A | Refusal | RetryLater, ...]:
    """The answers in the order of the messages, a refusal where that is the answer. `about` names the return.

    When one was not taken for now, later ones to the same return are not said: they would come before it."""
    room = asyncio.Semaphore(_AT_ONCE)
    answers: dict[int, A | Refusal | RetryLater] = {}
    places: dict[str, list[int]] = {}
    for place, message in enumerate(messages):
        places.setdefault(about(message), []).append(place)

    async def to_one(mine: list[int]) -> None:
        stopped: RetryLater | None = None
        for place in mine:
            if stopped is not None:
                answers[place] = RetryLater("not said: an earlier one to this return was not taken; send both again")
                continue
            async with room:
                try:
                    answers[place] = await say(messages[place])
                except Refusal as no:
                    answers[place] = no
                except RetryLater as later:
                    answers[place] = stopped = later

    await asyncio.gather(*(to_one(mine) for mine in places.values()))
    return tuple(answers[place] for place in range(len(messages)))
