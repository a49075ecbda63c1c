"""Micro-batching: asks made at the same time travel in one call, and each caller gets its own record's answer.

While one call is under way the next asks gather, so the calls grow with the load and a lone ask hardly waits. Two asks
for the same record become one: the newer one is sent and answers both.

A call that is refused as a whole may be refused for one of its records: it is made again in halves, so that a record
nobody can take does not sink its neighbours.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from adapters.crm.spending import Priority, purpose
from adapters.errors import Retryable, SignInRefused, UnknownOutcome

Ask = TypeVar("Ask")
Done = TypeVar("Done")
# What strikes a call whatever its records are: half of them would meet the same.
_NOBODYS_FAULT = (Retryable, UnknownOutcome, SignInRefused)
# A batch, its halves and its quarters, refused alike: that is no single record's fault.
_ALL_ALIKE = 7


@dataclass(slots=True)
class _Waiting(Generic[Ask, Done]):
    ask: Ask
    futures: list[asyncio.Future[Done]] = field(default_factory=list)

    def wanted(self) -> bool:
        """False once every caller has gone (its activity was cancelled or timed out)."""
        return any(not future.done() for future in self.futures)


class Batcher(Generic[Ask, Done]):
    """`send` answers a batch in its order, an exception standing for the record it is about; when it raises, halves are
    tried where that may help, and else the exception is every caller's. `most` is the most records of one batch,
    `gather` the seconds a first ask waits."""

    def __init__(
        self,
        send: Callable[[list[Ask]], Awaitable[Sequence[Done | Exception]]],
        *,
        key: Callable[[Ask], str],
        newer: Callable[[Ask, Ask], Ask],
        most: int = 200,
        gather: float = 0.01,
    ) -> None:
        self._send, self._key, self._newer = send, key, newer
        self._most, self._gather = most, gather
        self._waiting: dict[str, _Waiting[Ask, Done]] = {}
        self._full = asyncio.Event()
        self._runner: asyncio.Task[None] | None = None

    async def do(self, ask: Ask) -> Done:
        future: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.get(self._key(ask))
        if waiting is None:
            self._waiting[self._key(ask)] = _Waiting(ask, [future])
        else:
            waiting.ask = self._newer(waiting.ask, ask)
            waiting.futures.append(future)
        if len(self._waiting) >= self._most:
            self._full.set()
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        return await future

    async def aclose(self) -> None:
        """Give up what is still waiting; its callers see a cancellation."""
        if self._runner is not None:
            self._runner.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._runner
        for waiting in self._waiting.values():
            _cancel(waiting)
        self._waiting.clear()

    async def _run(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._full.wait(), self._gather)
        while self._waiting:
            self._full.clear()
            taken = [self._waiting.pop(key) for key in list(self._waiting)[: self._most]]
            batch = [waiting for waiting in taken if waiting.wanted()]
            if batch:
                await self._answer(batch)

    async def _answer(self, batch: list[_Waiting[Ask, Done]]) -> None:
        """Every caller of the batch gets its answer, its error or the cancellation."""
        parts, refusals = [batch], _Refusals()
        try:
            while parts:
                part = parts.pop(0)
                answers = await self._answers([waiting.ask for waiting in part])
                if isinstance(answers, Exception):
                    if refusals.worth_halving(answers, len(part)):
                        parts += [part[: len(part) // 2], part[len(part) // 2 :]]
                        continue
                    if refusals.shared:
                        part, parts = [*part, *(waiting for each in parts for waiting in each)], []
                    answers = [answers] * len(part)
                else:
                    refusals.some_went = True
                for waiting, answer in zip(part, answers, strict=True):
                    for future in waiting.futures:
                        _settle(future, answer)
        except asyncio.CancelledError:
            for waiting in batch:
                _cancel(waiting)
            raise

    async def _answers(self, asks: list[Ask]) -> Sequence[Done | Exception] | Exception:
        try:
            answers = await self._send(asks)
            if len(answers) != len(asks):
                raise RuntimeError(f"a batch of {len(asks)} was answered with {len(answers)} results")
        except Exception as error:
            return error
        return answers


class ByPurpose(Generic[Ask, Done]):
    """A batcher for each purpose: a backfill's call that waits for its allowance holds up no live status, and is never
    paid as one. Takes what Batcher takes."""

    def __init__(
        self,
        send: Callable[[list[Ask]], Awaitable[Sequence[Done | Exception]]],
        *,
        key: Callable[[Ask], str],
        newer: Callable[[Ask, Ask], Ask],
        most: int = 200,
    ) -> None:
        self._of = {one: Batcher(send, key=key, newer=newer, most=most) for one in Priority}

    async def do(self, ask: Ask) -> Done:
        return await self._of[purpose()].do(ask)

    async def aclose(self) -> None:
        for batcher in self._of.values():
            await batcher.aclose()


@dataclass(slots=True)
class _Refusals:
    """How the calls of one batch were refused so far."""

    kinds: list[tuple[type[Exception], str]] = field(default_factory=list)
    some_went: bool = False

    @property
    def shared(self) -> bool:
        """True when it looks like a fault of all: other calls would be refused as well."""
        return not self.some_went and len(self.kinds) >= _ALL_ALIKE and len(set(self.kinds)) == 1

    def worth_halving(self, error: Exception, records: int) -> bool:
        self.kinds.append((type(error), getattr(error, "code", "")))
        return records > 1 and not isinstance(error, _NOBODYS_FAULT) and not self.shared


def _settle(future: asyncio.Future[Done], answer: Done | Exception) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _cancel(waiting: _Waiting[Ask, Done]) -> None:
    for future in waiting.futures:
        future.cancel()
