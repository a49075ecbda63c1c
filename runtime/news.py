"""News of returns for everybody who watches in this process: one listening connection, any number of followers.

Nobody is waited for. A follower that does not take its news in time is let go; it comes again and says how far it was.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from domain.errors import BadInput, Refusal
from runtime.refusals import RetryLater
from store.port import SEEN_WITHIN, News, NewsWire, StoreUnavailable

_LOG = logging.getLogger(__name__)
# What may wait for one follower, and the most that is caught up with; beyond it one looks at everything anew.
MOST_WAITING = 500
MOST_MISSED = 1_000
_AGAIN = 2.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def mark_of(at: datetime) -> str:
    """A place in the news, as a follower is told it and brings it back."""
    return str((at - _EPOCH) // _MICROSECOND)


def place(mark: str, now: datetime) -> datetime:
    """The inverse. Raises BadInput for what is not the mark of anything that happened."""
    if mark.isascii() and mark.isdigit() and len(mark) <= 17:
        at = _EPOCH + int(mark) * _MICROSECOND
        if at <= now + SEEN_WITHIN:
            return at
    raise BadInput("Last-Event-ID", "is not one that this stream gave; leave it out, and look at what is there first")


class TooManyFollowers(Refusal):
    """One who follows as often as anybody may."""

    code = "too_many"


class Follower:
    """Its news, in a queue. `over` is set when there will be no more: it was too slow, or the process ends."""

    def __init__(self, wanted: Callable[[News], bool], who: str) -> None:
        self.over = asyncio.Event()
        self.slow = False
        self.who = who
        self._wanted = wanted
        self._waiting: asyncio.Queue[News | None] = asyncio.Queue(MOST_WAITING)

    async def next(self, seconds: float) -> News | None:
        """The next news; None says that too much was missed to tell. Raises TimeoutError when none came in time."""
        return await asyncio.wait_for(self._waiting.get(), seconds)

    def tell(self, news: News | None) -> None:
        if news is not None and not self._wanted(news):
            return
        try:
            self._waiting.put_nowait(news)
        except asyncio.QueueFull:
            self.slow = True
            self.over.set()


class Newsroom:
    """Listens from the first follower on, until `end`. `heartbeat`: a silent stream gives a sign of life that often.
    `most`: so many may follow at a time who speak as one."""

    def __init__(self, wire: NewsWire, most: int, heartbeat: float = 15.0) -> None:
        self.heartbeat = heartbeat
        self.most = most
        self._wire = wire
        self._followers: set[Follower] = set()
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._closed = False

    @property
    def followers(self) -> int:
        return len(self._followers)

    @property
    def closed(self) -> bool:
        return self._closed

    async def follow(
        self, who: str, wanted: Callable[[News], bool], mark: str | None, return_id: str | None = None
    ) -> tuple[Follower, str]:
        """From `mark` on (None: from now on), and the mark of where it begins. What moved at about that time may be
        told again. Of one return alone, its newest version is told first. Whoever follows must `leave`.

        Raises BadInput, TooManyFollowers, RetryLater, StoreUnavailable."""
        if self._closed:
            raise RetryLater("this process is ending; another one takes over, come again")
        if self._task is None:
            self._task = asyncio.create_task(self._listen())
        now = await self._wire.now()
        at = place(mark, now) if mark is not None else now
        with suppress(TimeoutError):
            await asyncio.wait_for(self._listening.wait(), self.heartbeat)
        if sum(one.who == who for one in self._followers) >= self.most:
            raise TooManyFollowers(f"{who} has {self.most} live updates open; close one, or read /events alone")
        follower = Follower(wanted, who)
        self._followers.add(follower)
        try:
            missed = await self._missed(at if mark is not None else None, return_id)
        except BaseException:
            self.leave(follower)
            raise
        for news in _all(missed):
            follower.tell(news)
        return follower, mark_of(at)

    async def _missed(self, at: datetime | None, return_id: str | None) -> tuple[News, ...]:
        if return_id is not None:
            return await self._wire.newest({return_id})
        return await self._wire.since(at - SEEN_WITHIN, MOST_MISSED + 1) if at is not None else ()

    def leave(self, follower: Follower) -> None:
        self._followers.discard(follower)

    def close(self) -> None:
        """Everybody is sent away, and nobody is taken any more."""
        self._closed = True
        for follower in self._followers:
            follower.over.set()

    async def end(self) -> None:
        self.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        """For ever, also when the database goes away and comes back: then what was missed is told first."""
        heard: datetime | None = None
        while True:
            try:
                async with self._wire.listening() as bursts:
                    if heard is None:
                        heard = await self._wire.now()
                    else:
                        self._tell(_all(await self._wire.since(heard - SEEN_WITHIN, MOST_MISSED + 1)))
                    self._listening.set()
                    async for ids in bursts:
                        news = await self._wire.newest(ids)
                        self._tell(news)
                        heard = max([heard, *(one.at for one in news)])
            except StoreUnavailable as error:
                _LOG.warning("no news of returns for now: %s", error)
            except Exception:
                _LOG.exception("no news of returns for now")
            self._listening.clear()
            await asyncio.sleep(_AGAIN)

    def _tell(self, told: tuple[News | None, ...]) -> None:
        for follower in self._followers:
            for news in told:
                follower.tell(news)


def _all(missed: tuple[News, ...]) -> tuple[News | None, ...]:
    return missed if len(missed) <= MOST_MISSED else (None,)
