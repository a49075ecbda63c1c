"""Live updates over a real server: who is told what, what was missed, who is let go, and one connection for all."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api.app import build
from api.serving import Server
from runtime import news
from security.roles import Role
from store.engine import Database
from store.stores import open_stores
from tests.api.office import ABROAD, KEYS, settings
from tests.stack.api import serving
from tests.store.samples import move


@dataclass
class Event:
    kind: str
    id: str
    data: dict[str, Any]


@dataclass
class Live:
    """The API as browsers reach it, and its books."""

    app: FastAPI
    server: Server
    http: httpx.AsyncClient
    database: str

    @asynccontextmanager
    async def watching(
        self, path: str, key: str = KEYS[Role.SUPPORT], last: str | None = None
    ) -> AsyncIterator[AsyncIterator[Event]]:
        headers = {"Authorization": f"Bearer {key}"} | ({"Last-Event-ID": last} if last else {})
        async with self.http.stream("GET", path, headers=headers) as answer:
            assert answer.status_code == 200, await answer.aread()
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield events(answer)

    async def moves(self, return_id: str, version: int = 1, region: str = "DE") -> None:
        async with open_stores(self.database, 1) as stores:
            await stores.returns.record(move(return_id, version=version, region=region))


async def events(answer: httpx.Response) -> AsyncIterator[Event]:
    """Also the opening, which has a mark and no data: kind ''."""
    now = Event("", "", {})
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            now.kind = value
        elif name == "id":
            now.id = value
        elif name == "data":
            now.data = json.loads(value)
        elif not line and (now.id or now.kind):
            yield now
            now = Event("", "", {})


async def soon(stream: AsyncIterator[Event]) -> Event:
    return await asyncio.wait_for(anext(stream), 10)


@pytest.fixture
async def live(postgres_url: str) -> AsyncIterator[Live]:
    """The engine is not needed: news is PostgreSQL's."""
    app = build(settings(postgres_url, "127.0.0.1:1"))
    async with serving(app) as (server, address), httpx.AsyncClient(base_url=address, timeout=30) as http:
        yield Live(app, server, http, postgres_url)


async def test_who_watches_is_told_of_what_is_theirs_to_see(live: Live) -> None:
    async with (
        live.watching("/events") as mine,
        live.watching("/events", ABROAD[Role.SUPPORT]) as theirs,
        live.watching("/events", KEYS[Role.AUDITOR]) as more,
    ):
        opened = [await soon(one) for one in (mine, theirs, more)]
        assert all(one.id and not one.kind for one in opened)
        await live.moves("R-NEWS-1")
        await live.moves("R-NEWS-2", region="FR")
        told = [await soon(mine), await soon(mine)]
        assert [(one.kind, one.data["return_id"], one.data["version"]) for one in told] == [
            ("return", "R-NEWS-1", 1),
            ("return", "R-NEWS-2", 1),
        ]
        assert (await soon(theirs)).data["return_id"] == "R-NEWS-2"
        assert (await soon(more)).data == told[0].data
        database = Database(live.database, 1)
        async with database.statement() as connection:
            listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^LISTEN'"
            assert (await connection.execute(text(listening))).scalar_one() == 1
        await database.close()


async def test_what_was_missed_is_told_first(live: Live) -> None:
    await live.moves("R-NEWS-3")
    async with live.watching("/events") as stream:
        opened = await soon(stream)
    await live.moves("R-NEWS-3", 2)
    await live.moves("R-NEWS-4")
    async with live.watching("/events", last=opened.id) as stream:
        told: dict[str, int] = {}
        while told.get("R-NEWS-3") != 2 or "R-NEWS-4" not in told:
            event = await soon(stream)
            told |= {event.data["return_id"]: event.data["version"]} if event.kind else {}


async def test_one_return_is_told_as_it_stands_and_then_as_it_moves(live: Live) -> None:
    await live.moves("R-NEWS-5", 3)
    async with live.watching("/returns/R-NEWS-5/events", KEYS[Role.STOREFRONT]) as stream:
        await soon(stream)
        await live.moves("R-NEWS-6")
        await live.moves("R-NEWS-5", 4)
        versions = [(one.data["return_id"], one.data["version"]) for one in (await soon(stream), await soon(stream))]
        assert versions == [("R-NEWS-5", 3), ("R-NEWS-5", 4)]


async def test_too_much_to_tell_is_said(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    async with live.watching("/events") as stream:
        opened = await soon(stream)
    monkeypatch.setattr(news, "MOST_MISSED", 1)
    await live.moves("R-NEWS-7")
    await live.moves("R-NEWS-8")
    async with live.watching("/events", last=opened.id) as stream:
        await soon(stream)
        # What the newsroom hears of the two moves meanwhile may be told before.
        kinds = [(await soon(stream)).kind]
        while kinds[-1] != "reset":
            kinds.append((await soon(stream)).kind)
        assert len(kinds) <= 3


async def test_a_mark_that_was_never_given_is_refused(live: Live) -> None:
    for last in ("x", "-1", "9" * 17, "9" * 30):
        answer = await live.http.get(
            "/events", headers={"Authorization": f"Bearer {KEYS[Role.SUPPORT]}", "Last-Event-ID": last}
        )
        assert (answer.status_code, answer.json()["field"]) == (400, "Last-Event-ID")


async def test_a_silent_stream_gives_signs_of_life(live: Live) -> None:
    live.app.state.newsroom.heartbeat = 0.01
    headers = {"Authorization": f"Bearer {KEYS[Role.SUPPORT]}"}
    async with live.http.stream("GET", "/events", headers=headers) as answer:
        lines = answer.aiter_lines()
        while not (await asyncio.wait_for(anext(lines), 10)).startswith(":"):
            pass


async def test_who_leaves_is_forgotten(live: Live) -> None:
    async with live.watching("/events") as stream:
        await soon(stream)
        assert live.app.state.newsroom.followers == 1
    await nobody_follows(live)


async def test_one_who_watches_in_too_many_places_is_refused_another_and_others_are_not(live: Live) -> None:
    live.app.state.newsroom.most = 2
    key = {"Authorization": f"Bearer {KEYS[Role.SUPPORT]}"}
    async with live.watching("/events") as first, live.watching("/events") as second:
        await soon(first), await soon(second)
        answer = await live.http.get("/events", headers=key)
        assert (answer.status_code, answer.json()["code"], "retry-after" in answer.headers) == (429, "too_many", True)
        async with live.watching("/events", KEYS[Role.AUDITOR]) as another:
            await soon(another)
    await nobody_follows(live)
    async with live.watching("/events") as again:
        await soon(again)


async def test_a_slow_reader_is_let_go_and_others_are_not(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "MOST_WAITING", 8)
    listening = live.server.servers[0].sockets[0]
    # Connections inherit it: the less the system keeps for a reader, the sooner it shows.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
    loop, newsroom = asyncio.get_running_loop(), live.app.state.newsroom
    asked = f"GET /events HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {KEYS[Role.SUPPORT]}\r\n\r\n"
    await live.moves("R-NEWS-10")
    with socket.socket() as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        lazy.setblocking(False)
        await loop.sock_connect(lazy, listening.getsockname())
        await loop.sock_sendall(lazy, asked.encode())
        while not newsroom.followers:
            await live.http.get("/health")
        async with live.watching("/events") as stream, opened(live.database) as tell:
            await soon(stream)
            while newsroom.followers == 2:
                await tell("R-NEWS-10")
                assert (await soon(stream)).data["return_id"] == "R-NEWS-10"
    await nobody_follows(live)


async def test_it_ends_at_once_when_the_process_is_told_to(live: Live) -> None:
    async with live.watching("/events") as stream:
        await soon(stream)
        live.server.should_exit = True
        ending = asyncio.create_task(live.server.shutdown())
        async for event in stream:
            assert not event.kind
        await asyncio.wait_for(ending, 10)


async def test_it_goes_on_after_the_database_was_away(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "_AGAIN", 0.05)
    database = Database(live.database, 1)
    async with live.watching("/events") as stream:
        await soon(stream)
        async with database.statement() as connection:
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^LISTEN'"
            await connection.execute(text(f"{cut} AND datname = current_database()"))
        await live.moves("R-NEWS-9")
        while (await soon(stream)).data["return_id"] != "R-NEWS-9":
            pass
    await database.close()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """Tells that a return moved, though it did not."""
    database = Database(url, 1)
    async with database.statement() as connection:

        async def tell(return_id: str) -> None:
            await connection.execute(text("SELECT pg_notify('returns', :one)"), {"one": return_id})

        yield tell
    await database.close()


async def nobody_follows(live: Live) -> None:
    async with asyncio.timeout(10):
        while live.app.state.newsroom.followers:
            await live.http.get("/health")
