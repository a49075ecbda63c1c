"""Live updates: server-sent events that say which return moved. What it looks like now is read from its own address."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api import measures
from api.documented import ANSWERS, Answers
from api.returns import by
from domain import ids
from runtime.news import Follower, Newsroom, mark_of
from runtime.refusals import unknown
from runtime.scope import check_sees
from security.roles import Action, Principal, sees
from store.port import News

_LOG = logging.getLogger(__name__)
router = APIRouter(tags=["events"])
# A stream ends now and then and the reader comes again: so a key that was taken back, or a narrower scope, counts.
_LIFE = 600.0
# Milliseconds after which a browser comes again.
_RETRY = 2000
# A reader that takes nothing at all for so long is let go.
_PATIENCE = 20.0

LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", description="the id of the last event that was seen; what moved since is told first"),
]
_STREAM: Answers = {
    200: {
        "description": "events `return` (a return moved), `reset` (too much was missed: look at everything anew)",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    },
    **{status: ANSWERS[status] for status in (400, 401, 403, 404, 429, 503)},
}


class EventStream(Response):
    """The events of a follower, until it leaves, is too slow, or the process ends."""

    media_type = "text/event-stream"

    def __init__(self, newsroom: Newsroom, follower: Follower, first: str) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._newsroom, self._follower, self._first = newsroom, follower, first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        measures.stream_opened()
        writing = asyncio.create_task(self._write(send))
        others = (asyncio.create_task(_gone(receive)), asyncio.create_task(self._follower.over.wait()))
        try:
            await asyncio.wait((writing, *others), return_when=asyncio.FIRST_COMPLETED)
        finally:
            measures.stream_ended()
            self._newsroom.leave(self._follower)
            for task in (writing, *others):
                task.cancel()
            await asyncio.gather(writing, *others, return_exceptions=True)
        if self._follower.slow:
            _LOG.info("a reader of live updates was too slow and is let go")
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for text in self._events():
            try:
                async with asyncio.timeout(_PATIENCE):
                    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
            except TimeoutError:
                self._follower.slow = True
                return

    async def _events(self) -> AsyncIterator[str]:
        yield f"retry: {_RETRY}\n{self._first}\n"
        end = time.monotonic() + _LIFE
        while time.monotonic() < end:
            try:
                news = await self._follower.next(self._newsroom.heartbeat)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            yield f"{_event(news)}\n" if news is not None else "event: reset\ndata: {}\n\n"


def _event(news: News) -> str:
    told = {"return_id": news.return_id, "version": news.version, "stage": news.stage, "held": news.held}
    told |= {"at": news.at.isoformat()}
    return f"id: {mark_of(news.at)}\nevent: return\ndata: {json.dumps(told)}\n"


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@router.get("/events", status_code=200, response_class=EventStream, responses=_STREAM)
async def all_returns(
    request: Request, who: Annotated[Principal, by(Action.RETURN_SEARCH)], last: LastEventId = None
) -> EventStream:
    """Every move of a return that may be seen, from now on or from the last event on."""
    newsroom: Newsroom = request.app.state.newsroom
    follower, mark = await newsroom.follow(who.name, lambda news: sees(who, news.region, news.shop), last)
    return EventStream(newsroom, follower, f"id: {mark}\n")


@router.get("/returns/{return_id}/events", status_code=200, response_class=EventStream, responses=_STREAM)
async def one_return(
    return_id: str, request: Request, who: Annotated[Principal, by(Action.RETURN_SEE)], last: LastEventId = None
) -> EventStream:
    """How it stands now, then every move of it."""
    snapshot = await request.app.state.stores.returns.snapshot(ids.check_return_id(return_id))
    if snapshot is None:
        raise unknown(return_id)
    check_sees(who, snapshot)
    newsroom: Newsroom = request.app.state.newsroom
    follower, mark = await newsroom.follow(who.name, lambda news: news.return_id == return_id, last, return_id)
    return EventStream(newsroom, follower, f"id: {mark}\n")
