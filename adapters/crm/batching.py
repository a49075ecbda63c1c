"""Micro-batching: asks made at the same time travel in one call, and each caller gets its own record's answer.

While one call is under way the next asks gather, so the calls grow with the load and a lone ask hardly waits. Two asks
for the same record become one: the newer one is sent and answers both.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Ask = TypeVar("Ask")
Done = TypeVar("Done")


@dataclass(slots=True)
class _Waiting(Generic[Ask, Done]):
    ask: Ask
    futures: list[asyncio.Future[Done]] = field(default_factory=list)

    def wanted(self) -> bool:
        """False once every caller has gone (its activity was cancelled or timed out)."""
        return any(not future.done() for future in self.futures)


class Batcher(Generic[Ask, Done]):
    """`send` answers a batch in its order, an exception standing for the record it is about; when it raises, the
    exception is every caller's. `most` is the most records of one batch, `gather` the seconds a first ask waits."""

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
        answers: Sequence[Done | Exception]
        try:
            answers = await self._send([waiting.ask for waiting in batch])
            if len(answers) != len(batch):
                raise RuntimeError(f"a batch of {len(batch)} was answered with {len(answers)} results")
        except asyncio.CancelledError:
            for waiting in batch:
                _cancel(waiting)
            raise
        except Exception as error:
            answers = [error] * len(batch)
        for waiting, answer in zip(batch, answers, strict=True):
            for future in waiting.futures:
                _settle(future, answer)


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
