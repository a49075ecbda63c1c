"""Micro-batching by itself: who travels together, who gets what, and what a failure or a cancelled caller does."""

import asyncio
from dataclasses import dataclass

import pytest

from adapters.crm.batching import Batcher
from adapters.errors import Permanent, Retryable, SignInRefused, UnknownOutcome, VendorError


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
            raise Retryable("crm", "upsert", "down")
        return await there.send(asks)

    batcher: Batcher[Ask, str] = Batcher(send, key=lambda ask: ask.key, newer=lambda one, other: one, gather=0.005)

    failed = await asyncio.gather(batcher.do(Ask("a")), batcher.do(Ask("b")), return_exceptions=True)

    assert [type(each) for each in failed] == [Retryable, Retryable]
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


class Choosy(Counterpart):
    """Refuses a whole call for one record that begins with "poison"."""

    async def send(self, asks: list[Ask]) -> list[str | Exception]:
        answers = await super().send(asks)
        if any(ask.key.startswith("poison") for ask in asks):
            raise Permanent("crm", "upsert", "cannot be read", "JSON_PARSER_ERROR")
        return answers


@pytest.mark.parametrize("places", [(0,), (77,), (199,), (3, 150), (0, 50, 100), (10, 11, 12, 13, 14)])
async def test_a_record_that_spoils_the_whole_call_is_found_and_its_neighbours_go_through(
    places: tuple[int, ...],
) -> None:
    there = Choosy()
    batcher = there.batcher()
    keys = [f"poison{at}" if at in places else f"r{at}" for at in range(200)]

    answers = await asyncio.gather(*(batcher.do(Ask(key)) for key in keys), return_exceptions=True)

    for key, answer in zip(keys, answers, strict=True):
        assert isinstance(answer, Permanent) if key.startswith("poison") else answer == f"{key}@1"
    assert len(there.batches) <= 17 * len(places)


async def test_what_is_everybodys_fault_is_not_asked_for_each() -> None:
    there = Choosy()
    batcher = there.batcher()

    answers = await asyncio.gather(*(batcher.do(Ask(f"poison{at}")) for at in range(200)), return_exceptions=True)

    assert {type(each) for each in answers} == {Permanent}
    assert len(there.batches) == 7


@pytest.mark.parametrize("kind", [Retryable, UnknownOutcome, SignInRefused])
async def test_a_fault_of_the_wire_is_not_looked_for_among_the_records(kind: type[VendorError]) -> None:
    calls = 0

    async def send(asks: list[Ask]) -> list[str | Exception]:
        nonlocal calls
        calls += 1
        raise kind("crm", "upsert", "no")

    batcher: Batcher[Ask, str] = Batcher(send, key=lambda ask: ask.key, newer=lambda one, other: one, gather=0.005)
    answers = await asyncio.gather(*(batcher.do(Ask(f"r{at}")) for at in range(8)), return_exceptions=True)

    assert {type(each) for each in answers} == {kind}
    assert calls == 1


async def test_the_versions_of_one_record_are_sent_in_their_order() -> None:
    there = Counterpart()
    batcher = there.batcher(most=5)

    async def life(key: str) -> None:
        for version in range(1, 6):
            await batcher.do(Ask(key, version))

    await asyncio.gather(*(life(f"r{at}") for at in range(12)))

    sent = [ask for batch in there.batches for ask in batch]
    for at in range(12):
        assert [ask.version for ask in sent if ask.key == f"r{at}"] == [1, 2, 3, 4, 5]
