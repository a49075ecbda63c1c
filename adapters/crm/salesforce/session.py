"""Signing in to a Salesforce org with simple-salesforce, off the event loop, once for everybody who waits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import requests
from jwt import PyJWTError
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin

from adapters.crm.patience import SignIn, signing_in
from adapters.crm.salesforce.settings import SalesforceSettings
from adapters.errors import Retryable, SignInRefused, VendorError, excerpt
from adapters.tokens import Tokens

VENDOR = "salesforce"
_CALL = "sign in"
_CHECK = "check the connected app, the user and the key of this org"
# OAuth errors by what is to be mended; of any other the whole sign-in is to be checked.
_MENDS: Mapping[str, str] = MappingProxyType(
    {
        "invalid_grant": f"{_CHECK}; the user must be allowed for the app",
        "invalid_client_id": "there is no connected app with this client id",
        "invalid_client": "the client id or its secret is wrong",
        "invalid_client_credentials": "the client secret is wrong",
        "unsupported_grant_type": "the connected app does not allow this way to sign in",
        "inactive_user": "the integration user is inactive",
        "inactive_org": "the org is locked, closed or suspended",
    }
)
# OAuth errors that are over by themselves.
_NOT_NOW = frozenset({"rate_limit_exceeded", "server_error", "temporarily_unavailable", "unknown_error"})


@dataclass(frozen=True, slots=True)
class Opened:
    """An open session: the bearer token and the address of the instance."""

    token: str = field(repr=False)
    base: str


class Session:
    def __init__(self, settings: SalesforceSettings) -> None:
        self._settings = settings
        secret = settings.client_secret if settings.client_secret is not None else settings.private_key
        self._tokens: Tokens[Opened] = Tokens(self._buy, secret if secret is not None else "")

    async def open(self, stale: Opened | None = None) -> Opened:
        """The session in use; a new one when there is none or the one in use is the `stale` one.

        Raises Retryable when the org cannot be reached, SignInRefused when it refuses the credentials."""
        return await self._tokens.get(stale)

    async def _buy(self, secret: str) -> tuple[Opened, None]:
        """The org does not say how long a session lasts: that is its own policy."""
        return await asyncio.to_thread(self._sign_in, secret), None

    def _sign_in(self, secret: str) -> Opened:
        place = urlsplit(self._settings.url)
        # The library appends ".salesforce.com/services/oauth2/token" to what it takes for a domain. Ending it with "#"
        # turns that into a fragment, so that the org's own address is called as it was given, wherever it is.
        host = f"{place.netloc}/services/oauth2/token#"
        with signing_in(VENDOR, _CALL, self._settings.ca_file) as http:
            # Errors are not chained: the library's hold the org's own words, which may repeat what was sent.
            try:
                token, instance = SalesforceLogin(session=http, **self._credentials(host, secret))
            except SalesforceAuthenticationFailed as error:
                raise _refused(error, http) from None
            except requests.TooManyRedirects:
                raise SignInRefused(VENDOR, _CALL, "the address answers from elsewhere; check the url") from None
            except (requests.RequestException, AttributeError, TypeError) as error:
                # The last two are how the library meets an answer without instance_url, or that is no object.
                raise Retryable(VENDOR, _CALL, f"no usable answer ({type(error).__name__})") from None
            except (ValueError, PyJWTError) as error:
                if http.status:
                    raise Retryable(VENDOR, _CALL, f"no usable answer ({type(error).__name__})") from None
                raise SignInRefused(VENDOR, _CALL, "the private key cannot be read; it must be a PEM text") from None
            if not token or not isinstance(token, str):
                raise Retryable(VENDOR, _CALL, "the answer holds no token")
        return Opened(token, f"https://{instance}")

    def _credentials(self, host: str, secret: str) -> dict[str, Any]:
        mine = self._settings
        if mine.client_secret is not None:
            return {"consumer_key": mine.client_id, "consumer_secret": secret, "domain": host}
        by_key = {"username": mine.username, "consumer_key": mine.client_id, "privatekey": secret}
        return {**by_key, "domain": mine.audience, "instance_url": host}


def _refused(error: SalesforceAuthenticationFailed, http: SignIn) -> VendorError:
    """The library puts an HTTP status where an OAuth error would be when the answer is not JSON: not a real refusal."""
    reason, code = excerpt(str(error.message)), str(error.code)
    if http.not_now or code in _NOT_NOW:
        return Retryable(VENDOR, _CALL, f"not now: HTTP {http.status}", code, http.wait)
    if not isinstance(error.code, str):
        return Retryable(VENDOR, _CALL, f"no usable answer: {reason}", code)
    return SignInRefused(VENDOR, _CALL, f"{reason}; {_MENDS.get(code, _CHECK)}", code)
