"""The access token: client credentials, a day long."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import httpx

from adapters.errors import Retryable, SignInRefused, excerpt
from adapters.http import Call, Wire

# What a refused sign-in is about, by its status.
_MENDS: Mapping[int, str] = MappingProxyType(
    {
        400: "client id and secret are not accepted, or the app is not installed in this shop",
        401: "client id and secret are not accepted",
        403: "client id and secret are not accepted for this shop: the app must belong to the shop's organization",
        404: "there is no shop at this address",
    }
)


class Purchase:
    """Signs in with client id and secret."""

    def __init__(self, wire: Wire, url: str, client_id: str, client_secret: str) -> None:
        self._wire = wire
        self._call = Call(
            name="TOKEN",
            method="POST",
            url=f"{url}/admin/oauth/access_token",
            repeatable=True,
            form={"client_id": client_id, "client_secret": client_secret, "grant_type": "client_credentials"},
            judge=self._judge,
        )

    async def __call__(self) -> tuple[str, float]:
        """The token and its seconds."""
        answer = await self._wire.send(self._call)
        fields = self._wire.json_of(self._call, answer)
        try:
            token, lasts = fields["access_token"], float(fields["expires_in"])
        except (KeyError, TypeError, ValueError):
            token, lasts = "", 0.0
        if not (isinstance(token, str) and token and lasts > 0):
            raise Retryable(self._wire.vendor, self._call.name, "answer holds no token")
        return token, lasts

    def _judge(self, answer: httpx.Response) -> None:
        mend = _MENDS.get(answer.status_code)
        if mend is not None:
            reason = f"{mend}: {excerpt(answer.text)}"
            raise SignInRefused(self._wire.vendor, self._call.name, reason, str(answer.status_code))
