"""A way to Tryton on which answers get lost: forwards every call, but for those it was told to break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_LENGTH = b"content-length:"


@dataclass
class Flaky:
    """`break_next` breaks the next call of a method once: its answer is lost ("after"), the call never arrives
    ("before"), or it is answered with a status."""

    url: str = ""
    seen: list[str] = field(default_factory=list)
    _broken: dict[str, str | int] = field(default_factory=dict)

    def break_next(self, method: str, how: str | int) -> None:
        self._broken[method] = how

    @property
    def pending(self) -> set[str]:
        """What was to be broken and was not called yet."""
        return set(self._broken)

    async def pass_on(self, here: asyncio.StreamReader, back: asyncio.StreamWriter, host: str, port: int) -> None:
        try:
            while request := await _message(here):
                method = request.partition(b'"method":"')[2].partition(b'"')[0].decode()
                self.seen.append(method)
                how = self._broken.pop(method, None)
                if how == "before":
                    return
                if isinstance(how, int):
                    answer = f"HTTP/1.1 {how} Broken\r\nContent-Length: 0\r\n\r\n".encode()
                else:
                    answer = await _asked(request, host, port)
                if how == "after":
                    return
                back.write(answer)
                await back.drain()
        except ConnectionError:
            return  # the caller hung up
        finally:
            back.close()


@asynccontextmanager
async def flaky(url: str) -> AsyncIterator[Flaky]:
    there = urlsplit(url)
    assert there.hostname is not None
    assert there.port is not None
    host, port, proxy = there.hostname, there.port, Flaky()
    server = await asyncio.start_server(lambda here, back: proxy.pass_on(here, back, host, port), "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await server.wait_closed()


async def _asked(request: bytes, host: str, port: int) -> bytes:
    """Tryton's whole answer, on a connection of its own, which it closes at the end."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        head, _, body = request.partition(b"\r\n\r\n")
        writer.write(head.replace(b"keep-alive", b"close") + b"\r\n\r\n" + body)
        await writer.drain()
        return await _message(reader)
    finally:
        writer.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One request or answer; empty when the other side has ended."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        row = await reader.readline()
        if not row:
            return head
        head += row
    sizes = [int(row[len(_LENGTH) :]) for row in head.lower().splitlines() if row.startswith(_LENGTH)]
    return head + await (reader.readexactly(sizes[0]) if sizes else reader.read())
