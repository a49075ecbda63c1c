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

    def __init__(self, wire: Wire, url: str, client_id: str) -> None:
        self._wire, self._url, self._client_id = wire, f"{url}/admin/oauth/access_token", client_id

    async def __call__(self, client_secret: str) -> tuple[str, float]:
        """The token and its seconds."""
        form = {"client_id": self._client_id, "client_secret": client_secret, "grant_type": "client_credentials"}
        call = Call("TOKEN", "POST", self._url, repeatable=True, form=form, judge=self._judge)
        answer = await self._wire.send(call)
        fields = self._wire.json_of(call, answer)
        try:
            token, lasts = fields["access_token"], float(fields["expires_in"])
        except (KeyError, TypeError, ValueError):
            token, lasts = "", 0.0
        if not (isinstance(token, str) and token and lasts > 0):
            raise Retryable(self._wire.vendor, call.name, "answer holds no token")
        return token, lasts

    def _judge(self, answer: httpx.Response) -> None:
        mend = _MENDS.get(answer.status_code)
        if mend is not None:
            reason = f"{mend}: {excerpt(answer.text)}"
            raise SignInRefused(self._wire.vendor, "TOKEN", reason, str(answer.status_code))
