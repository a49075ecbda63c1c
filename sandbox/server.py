"""The servers: one uvicorn per vendor, all in one event loop, each on its own TLS port."""

import asyncio
import contextlib
import socket
from collections.abc import Generator, Iterable
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp


class Server(uvicorn.Server):
    """Leaves the signals alone: with several servers in one loop, the process's own entry handles them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def listen(port: int = 0, *, beyond_loopback: bool = False) -> socket.socket:
    """A listening socket; 0 lets the system choose the port. The address can be taken again after a kill."""
    # asyncio turns Nagle's delay off only for sockets that say they are TCP; else each answer waits 40 ms.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("0.0.0.0" if beyond_loopback else "127.0.0.1", port))
    return sock


def server(app: ASGIApp, certificate: Path, key: Path) -> Server:
    return Server(
        uvicorn.Config(
            app,
            ssl_certfile=certificate,
            ssl_keyfile=key,
            # httptools when it is installed: it reads requests in C.
            http="auto",
            lifespan="off",
            proxy_headers=False,
            access_log=False,
            log_level="critical",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=2,
        )
    )


async def started(servers: Iterable[Server]) -> None:
    for one in servers:
        # uvicorn tells that it listens by this flag alone.
        while not one.started:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
