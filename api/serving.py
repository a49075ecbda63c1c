"""Serving until told to stop, and stopping well: who waits for an answer gets it, who watches is sent away."""

from __future__ import annotations

import os
import socket

import uvicorn
from fastapi import FastAPI

from api.connections import MOST_HEAD_BYTES, Connection

# A call waits 25 seconds for its answer at most (runtime/returns.py).
_LAST_ANSWERS = 30
# Longer than proxies and clients let a connection rest, as they come: whoever closes it first cannot be closing it
# under a request that is on its way.
_RESTING = 75
# A peer that acknowledges nothing for so long is gone, whatever is still to be sent to it.
_UNHEARD_MILLISECONDS = 30_000


class Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            for listening in (one for server in self.servers for one in server.sockets):
                # Connections inherit it.
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNHEARD_MILLISECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Live updates have no end of their own, and would be waited for.
        app = self.config.app
        assert isinstance(app, FastAPI)
        app.state.newsroom.close()
        await super().shutdown(sockets)
        # It did what it was told: the signal is not to end the process once more, as if nobody had listened.
        self._captured_signals.clear()


def server(app: FastAPI, host: str, port: int) -> Server:
    # Our own log settings, not uvicorn's. And asyncio's loop, whatever else is installed: asyncpg under uvloop has
    # ended processes by a signal (MagicStack/asyncpg#1292). What is said to be forwarded is believed where a proxy is
    # named only: else whoever is on this machine could be as many callers as they like.
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, loop="asyncio",
        timeout_graceful_shutdown=_LAST_ANSWERS, timeout_keep_alive=_RESTING,
        http=Connection, h11_max_incomplete_event_size=MOST_HEAD_BYTES, ws="none",
        server_header=False, proxy_headers="FORWARDED_ALLOW_IPS" in os.environ,
    )  # fmt: skip
    return Server(config)
