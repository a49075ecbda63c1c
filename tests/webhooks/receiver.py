"""A receiver of events on this machine, that answers as it is told."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Taken:
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


@dataclass
class Listener:
    """`answer` is the whole answer after 'HTTP/1.1 '; empty: it never answers."""

    port: int = 0
    answer: str = "204 No Content\r\n\r\n"
    taken: list[Taken] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?from=us"

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        headers[":request"] = head[0]
        body = await reader.readexactly(int(headers["content-length"]))
        self.taken.append(Taken(headers, body))
        if self.answer:
            writer.write(f"HTTP/1.1 {self.answer}".encode())
            await writer.drain()
        else:
            await reader.read()
        writer.close()


@asynccontextmanager
async def listening(trusted: ssl.SSLContext | None = None) -> AsyncIterator[Listener]:
    one = Listener()
    async with await asyncio.start_server(one.meet, "127.0.0.1", 0, ssl=trusted) as server:
        one.port = server.sockets[0].getsockname()[1]
        yield one
