"""A connection to somebody who may mean harm: what comes before a request is whole has an end in size and in time."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

# The first line and all headers of a request; what is longer is answered 400.
MOST_HEAD_BYTES = 65_536
# For these to come: a browser sends them at once.
HEAD_SECONDS = 20.0


class Connection(H11Protocol):
    """Of the two parsers there are, this one has a measure for headers. The other one, which would be chosen where it
    is installed, keeps whatever is sent."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._heard()
        elif self._waiting is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._heard()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _heard(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
