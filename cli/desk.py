"""How a command speaks to returns: the connection for one question, the documents it takes, the documents it gives."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

import typer

from cli import remote
from cli.remote import RemoteReturns
from client import Backhaul
from domain.errors import BadInput
from runtime import reading, telemetry, wiring
from runtime.returns import Returns
from runtime.settings import given, read
from runtime.temporal import connect

T = TypeVar("T")
Id = Annotated[str, typer.Argument(metavar="RETURN", help="The return's id, such as R-5001-9F2C41AB.")]


Url = Annotated[
    str | None,
    typer.Option("--url", help="Ask the API there, with the key in BACKHAUL_API_KEY; also by BACKHAUL_URL."),
]


def ask(question: Callable[[Returns], Awaitable[T]]) -> T:
    """The answer to one question."""

    async def run() -> T:
        async with _desk() as desk:
            return await question(desk)

    return asyncio.run(run())


def ask_at(url: str | None, question: Callable[[Returns | RemoteReturns], Awaitable[T]]) -> T:
    """The answer to one question: by the API at `url` or BACKHAUL_URL, else from the engine and the books."""

    async def over(api: Backhaul) -> T:
        return await question(RemoteReturns(api))

    return either(url, lambda api: asyncio.run(over(api)), lambda: ask(question))


def either(url: str | None, far: Callable[[Backhaul], T], near: Callable[[], T]) -> T:
    """What the API at `url` or BACKHAUL_URL says, else what is found out here."""
    values = given(os.environ)
    where = url or values.get(remote.URL)
    if where is None:
        return near()
    with remote.speaking(where, values) as api:
        return far(api)


def document(body: str) -> Any:
    """The argument itself when it looks like JSON, else what is in the file (or standard input) it names."""
    if body.lstrip().startswith(("{", "[")):
        return reading.read_json(os.fsencode(body), "body")
    if body == "-":
        return reading.read_json(sys.stdin.buffer.read(reading.MOST_BYTES + 1), "standard input")
    try:
        with open(body, "rb") as file:
            return reading.read_json(file.read(reading.MOST_BYTES + 1), body)
    except (OSError, ValueError) as error:
        shown = body if len(body) <= 80 else body[:80] + "…"
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BadInput("body", f"{shown!r} is neither JSON nor a file that can be read ({reason})") from None


@asynccontextmanager
async def _desk() -> AsyncIterator[Returns]:
    settings = read()
    # A call that is given up leaves a trace of the client library's in asyncio's log; our own sentence says it all.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    end_telemetry = telemetry.start("cli")
    try:
        async with wiring.returns(settings, await connect(settings)) as desk:
            yield desk
    finally:
        end_telemetry()
