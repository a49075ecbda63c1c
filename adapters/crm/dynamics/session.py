"""Signing in to a Dynamics environment with msal, off the event loop, once for everybody who waits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msal
import requests
from msal.exceptions import MsalError

from adapters.crm.dynamics.settings import DynamicsSettings
from adapters.crm.patience import SignIn, signing_in
from adapters.errors import Retryable, SignInRefused, VendorError, excerpt
from adapters.tokens import Tokens

VENDOR = "dynamics"
_CALL = "sign in"
_HOUR = 3599.0
# How msal meets what it does not understand.
_UNREADABLE = (RuntimeError, ValueError, KeyError, TypeError, AttributeError)
_CHECK = "check client id, secret and url"
# OAuth errors by what is to be mended; of any other the whole sign-in is to be checked.
_MENDS: Mapping[str, str] = MappingProxyType(
    {
        "invalid_client": "check the client secret: it is wrong or has ended",
        "unauthorized_client": "check client id and tenant: the tenant has no such application",
        "invalid_resource": "check the url: the tenant has no such environment",
        "invalid_scope": "check the url: the tenant has no such environment",
        "access_denied": "an administrator of the tenant must consent to the application",
        "interaction_required": "a policy of the tenant wants a person to sign in: exempt the application",
    }
)
# OAuth errors that are over by themselves.
_NOT_NOW = frozenset({"server_error", "temporarily_unavailable"})
_NO_TENANT = ("invalid_tenant", "AADSTS90002")


@dataclass(frozen=True, slots=True)
class Token:
    text: str = field(repr=False)


class Session:
    def __init__(self, settings: DynamicsSettings) -> None:
        self._settings = settings
        self._tokens: Tokens[Token] = Tokens(self._buy, settings.client_secret)

    async def token(self, stale: Token | None = None) -> Token:
        """The token in use; a new one when there is none, it nears its end, or it is the `stale` one.

        Raises Retryable when the identity platform cannot be reached, SignInRefused when it refuses the credentials."""
        return await self._tokens.get(stale)

    async def _buy(self, secret: str) -> tuple[Token, float]:
        return await asyncio.to_thread(self._sign_in, secret)

    def _sign_in(self, secret: str) -> tuple[Token, float]:
        """A new msal application each time: its cache forgets the port of a host, and keeps refusals for a minute."""
        mine = self._settings
        with signing_in(VENDOR, _CALL, mine.ca_file) as http:
            # Errors are not chained: the library's hold the authority's own words, which may repeat what was sent.
            try:
                app = msal.ConfidentialClientApplication(
                    mine.client_id,
                    client_credential=secret,
                    authority=f"{mine.authority}/{mine.tenant}",
                    # Otherwise an authority msal does not know makes it ask login.microsoftonline.com first.
                    instance_discovery=False,
                    http_client=http,
                )
                answer: Any = app.acquire_token_for_client([f"{mine.url}/.default"])
            except requests.TooManyRedirects:
                raise SignInRefused(VENDOR, _CALL, "the authority answers from elsewhere; check it") from None
            except (requests.RequestException, MsalError, *_UNREADABLE) as error:
                raise _unusable(error, http) from None
            token = answer.get("access_token") if isinstance(answer, dict) else None
            if not isinstance(token, str) or not token:
                raise _refused(answer if isinstance(answer, dict) else {}, http)
            return Token(token), _seconds(answer.get("expires_in"))


def _seconds(told: Any) -> float:
    """An hour, which is what the platform gives, when the answer does not say."""
    try:
        return float(told) if float(told) > 0 else _HOUR
    except (TypeError, ValueError):
        return _HOUR


def _unusable(error: Exception, http: SignIn) -> VendorError:
    """msal raises for an answer it cannot read; only a wrong tenant among them will not mend itself. What the
    authority said stands in the error that msal replaced by its own."""
    said = f"{error} {error.__context__}"
    if not http.not_now and any(word in said for word in _NO_TENANT):
        return SignInRefused(VENDOR, _CALL, "the authority does not know this tenant; check authority and tenant")
    return Retryable(VENDOR, _CALL, f"no usable answer ({type(error).__name__})", str(http.status or ""), http.wait)


def _refused(answer: dict[str, Any], http: SignIn) -> VendorError:
    code, description = str(answer.get("error") or ""), excerpt(str(answer.get("error_description") or ""))
    if http.not_now or code in _NOT_NOW:
        return Retryable(VENDOR, _CALL, f"not now: {description or code}", code or str(http.status), http.wait)
    if not code:
        return Retryable(VENDOR, _CALL, "the answer holds no token")
    return SignInRefused(VENDOR, _CALL, f"{description}; {_MENDS.get(code, _CHECK)}", code)
