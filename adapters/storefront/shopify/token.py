"""The access token: client credentials, a day long, kept and renewed before it runs out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from adapters.errors import Permanent, excerpt
from adapters.http import Call, Wire

# Renewed this long before its end, so a token never runs out under way.
_SPARE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    good_until: float


class Tokens:
    """One token per process; callers that need a new one at the same time share one request."""

    def __init__(
        self, wire: Wire, url: str, client_id: str, client_secret: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._wire, self._clock = wire, clock
        self._call = Call(
            name="TOKEN",
            method="POST",
            url=f"{url}/admin/oauth/access_token",
            repeatable=True,
            form={"client_id": client_id, "client_secret": client_secret, "grant_type": "client_credentials"},
            judge=self._judge,
        )
        self._token: _Token | None = None
        self._lock = asyncio.Lock()

    async def get(self, refused: str | None = None) -> str:
        """A token that has time left and is not the one the shop has just `refused`."""
        async with self._lock:
            known = self._token
            if known is None or known.text == refused or known.good_until <= self._clock():
                self._token = known = await self._fetch()
            return known.text

    async def _fetch(self) -> _Token:
        answer = await self._wire.send(self._call)
        fields = self._wire.json_of(self._call, answer)
        try:
            lasts = float(fields["expires_in"])
            return _Token(str(fields["access_token"]), self._clock() + max(lasts - _SPARE_SECONDS, lasts / 2))
        except (KeyError, TypeError, ValueError) as error:
            raise self._wire.lost(self._call, "answer holds no token") from error

    def _judge(self, answer: httpx.Response) -> None:
        if answer.status_code in (400, 401, 403):
            reason = f"client id and secret are not accepted: {excerpt(answer.text)}"
            raise Permanent(self._wire.vendor, self._call.name, reason, str(answer.status_code))
