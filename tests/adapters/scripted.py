"""A server over TLS that answers whatever a test writes down: for what a vendor says once in a year."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.tls import certificates


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """`body` is bytes, or text, or what becomes JSON. With `cut` the connection ends in its middle."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


Answers = Callable[[Asked], Reply]


class Scripted:
    """`answers` may be replaced at any time; `asked` has every request. Threads may ask as well as this event loop."""

    def __init__(self, url: str, ca_file: str) -> None:
        self.url, self.ca_file = url, ca_file
        self.asked: list[Asked] = []
        self.open: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}
        self.answers: Answers = lambda asked: Reply(404)

    def count(self, part: str) -> int:
        """Requests whose path holds `part`."""
        return sum(part in asked.path for asked in self.asked)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open[asyncio.current_task()] = writer
        try:
            while (asked := await _request(reader)) is not None:
                self.asked.append(asked)
                reply = self.answers(asked)
                head = {"content-type": "application/json", "content-length": str(len(reply.content)), **reply.headers}
                lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
                writer.write(f"HTTP/1.1 {reply.status} Scripted\r\n{lines}\r\n".encode())
                writer.write(reply.content[: len(reply.content) // 2] if reply.cut else reply.content)
                await writer.drain()
                if reply.cut:
                    break
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            return
        finally:
            # Aborted, for a client that has gone does not answer the end of TLS.
            writer.transport.abort()

    async def hang_up(self) -> None:
        for writer in self.open.values():
            writer.transport.abort()
        await asyncio.gather(*(task for task in self.open if task is not None), return_exceptions=True)


@asynccontextmanager
async def scripted(folder: Path) -> AsyncIterator[Scripted]:
    """`folder` keeps its certificates."""
    ca, cert, key = certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    one = Scripted("", str(ca))
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0, ssl=context)
    one.url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    try:
        yield one
    finally:
        server.close()
        await one.hang_up()


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    """None when the client has nothing more to ask."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *rest = head.strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, path, headers, body)
