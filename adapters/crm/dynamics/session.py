"""Signing in to a Dynamics environment with msal, off the event loop, once for everybody who waits."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import msal
import requests
from msal.exceptions import MsalError

from adapters.crm.dynamics.settings import DynamicsSettings
from adapters.crm.patience import session
from adapters.errors import Permanent, Retryable, VendorError, excerpt

VENDOR = "dynamics"
_CALL = "sign in"
# A token is renewed before its end, so that no call starts with one that expires under way.
_MARGIN_SECONDS = 300.0
_OUR_FAULT = ("invalid_tenant", "AADSTS90002", "invalid_client", "unauthorized_client", "invalid_scope")


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    good_until: float


class Session:
    def __init__(self, settings: DynamicsSettings) -> None:
        self._settings = settings
        self._lock = asyncio.Lock()
        self._token: Token | None = None

    async def token(self, stale: Token | None = None) -> Token:
        """The token in use; a new one when there is none, it nears its end, or it is the `stale` one.

        Raises Retryable when the identity platform cannot be reached, Permanent when it refuses the credentials."""
        async with self._lock:
            held = self._token
            if held is None or held is stale or held.good_until <= time.monotonic():
                self._token = None
                self._token = held = await asyncio.to_thread(self._sign_in)
            return held

    def _sign_in(self) -> Token:
        """A new msal application each time: its cache forgets the port of a host, and keeps refusals for a minute."""
        mine = self._settings
        with session(mine.ca_file) as http:
            try:
                app = msal.ConfidentialClientApplication(
                    mine.client_id,
                    client_credential=mine.client_secret,
                    authority=f"{mine.authority}/{mine.tenant}",
                    # Otherwise an authority msal does not know makes it ask login.microsoftonline.com first.
                    instance_discovery=False,
                    http_client=http,
                )
                answer: dict[str, Any] = app.acquire_token_for_client([f"{mine.url}/.default"]) or {}
            except (requests.RequestException, MsalError, RuntimeError, ValueError, KeyError, TypeError) as error:
                raise _unusable(error) from error
        if not isinstance(answer.get("access_token"), str):
            raise _refused(answer)
        return Token(answer["access_token"], time.monotonic() + float(answer.get("expires_in", 3599)) - _MARGIN_SECONDS)


def _unusable(error: Exception) -> VendorError:
    """msal raises for an answer it cannot read; only a wrong tenant among them will not mend itself. What the
    authority said stands in the error that msal replaced by its own."""
    said = f"{error} {error.__context__}"
    if any(word in said for word in _OUR_FAULT):
        return Permanent(VENDOR, _CALL, "the authority does not know this tenant; check authority and tenant")
    return Retryable(VENDOR, _CALL, f"no usable answer ({type(error).__name__})")


def _refused(answer: dict[str, Any]) -> VendorError:
    error, description = answer.get("error"), excerpt(str(answer.get("error_description", "")))
    if error in _OUR_FAULT or error == "invalid_resource":
        return Permanent(VENDOR, _CALL, f"{description}; check client id, secret and url", str(error))
    return Retryable(VENDOR, _CALL, f"no token: {description or 'no reason given'}")
