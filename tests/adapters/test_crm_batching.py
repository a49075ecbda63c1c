"""Micro-batching by itself: who travels together, who gets what, and what a failure or a cancelled caller does."""

import asyncio
from dataclasses import dataclass

import pytest

from adapters.crm.batching import Batcher


@dataclass(frozen=True)
class Ask:
    key: str
    version: int = 1


class Counterpart:
    """Answers key and version; refuses keys that begin with "bad"; waits at the gate while it is closed."""

    def __init__(self) -> None:
        self.batches: list[list[Ask]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, asks: list[Ask]) -> list[str | Exception]:
        self.batches.append(asks)
        await self.gate.wait()
        return [ValueError(ask.key) if ask.key.startswith("bad") else f"{ask.key}@{ask.version}" for ask in asks]

    def batcher(self, most: int = 200) -> Batcher[Ask, str]:
        return Batcher(
            self.send,
            key=lambda ask: ask.key,
            newer=lambda one, other: max(one, other, key=lambda ask: ask.version),
            most=most,
            gather=0.005,
        )


async def test_asks_made_together_travel_together_and_each_gets_its_own_answer() -> None:
    there = Counterpart()
    batcher = there.batcher()

    answers = await asyncio.gather(*(batcher.do(Ask(f"r{at}")) for at in range(30)))

    assert answers == [f"r{at}@1" for at in range(30)]
    assert [len(batch) for batch in there.batches] == [30]


async def test_no_batch_is_larger_than_the_most() -> None:
    there = Counterpart()
    batcher = there.batcher(most=10)

    await asyncio.gather(*(batcher.do(Ask(f"r{at}")) for at in range(25)))

    assert [len(batch) for batch in there.batches] == [10, 10, 5]


async def test_a_refused_record_fails_alone() -> None:
    batcher = Counterpart().batcher()

    good, bad = await asyncio.gather(batcher.do(Ask("good")), batcher.do(Ask("bad1")), return_exceptions=True)

    assert good == "good@1"
    assert isinstance(bad, ValueError)


async def test_two_asks_for_one_record_send_the_newer_and_both_hear_of_it() -> None:
    there = Counterpart()
    batcher = there.batcher()

    answers = await asyncio.gather(batcher.do(Ask("r", 7)), batcher.do(Ask("r", 5)))

    assert list(answers) == ["r@7", "r@7"]
    assert there.batches == [[Ask("r", 7)]]


async def test_asks_gather_while_a_call_is_under_way() -> None:
    there = Counterpart()
    batcher = there.batcher()
    there.gate.clear()
    first = asyncio.create_task(batcher.do(Ask("first")))
    await asyncio.sleep(0.03)
    rest = [asyncio.create_task(batcher.do(Ask(f"r{at}"))) for at in range(20)]
    await asyncio.sleep(0.03)
    there.gate.set()

    await asyncio.gather(first, *rest)

    assert [len(batch) for batch in there.batches] == [1, 20]


async def test_a_caller_who_has_gone_is_not_sent_and_disturbs_nobody() -> None:
    there = Counterpart()
    batcher = there.batcher()
    gone, staying = asyncio.create_task(batcher.do(Ask("gone"))), asyncio.create_task(batcher.do(Ask("staying")))
    await asyncio.sleep(0)
    gone.cancel()

    assert await staying == "staying@1"
    assert there.batches == [[Ask("staying")]]


async def test_a_call_that_fails_as_a_whole_fails_everybody_and_the_next_goes_through() -> None:
    there = Counterpart()
    calls = 0

    async def send(asks: list[Ask]) -> list[str | Exception]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ConnectionError("down")
        return await there.send(asks)

    batcher: Batcher[Ask, str] = Batcher(send, key=lambda ask: ask.key, newer=lambda one, other: one, gather=0.005)

    failed = await asyncio.gather(batcher.do(Ask("a")), batcher.do(Ask("b")), return_exceptions=True)

    assert [type(each) for each in failed] == [ConnectionError, ConnectionError]
    assert await batcher.do(Ask("a")) == "a@1"


async def test_closing_cancels_what_is_under_way() -> None:
    there = Counterpart()
    batcher = there.batcher()
    there.gate.clear()
    waiting = asyncio.create_task(batcher.do(Ask("r")))
    await asyncio.sleep(0.03)

    await batcher.aclose()

    with pytest.raises(asyncio.CancelledError):
        await waiting
