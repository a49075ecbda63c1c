"""Signing in to a Salesforce org with simple-salesforce, off the event loop, once for everybody who waits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin

from adapters.crm.patience import session
from adapters.crm.salesforce.settings import SalesforceSettings
from adapters.errors import Permanent, Retryable, VendorError, excerpt

VENDOR = "salesforce"
_CALL = "sign in"


@dataclass(frozen=True, slots=True)
class Opened:
    """An open session: the bearer token and the address of the instance."""

    token: str
    base: str


class Session:
    def __init__(self, settings: SalesforceSettings) -> None:
        self._settings = settings
        self._lock = asyncio.Lock()
        self._opened: Opened | None = None

    async def open(self, stale: Opened | None = None) -> Opened:
        """The session in use; a new one when there is none or the one in use is the `stale` one.

        Raises Retryable when the org cannot be reached, Permanent when it refuses the credentials."""
        async with self._lock:
            if self._opened is None or self._opened is stale:
                self._opened = None
                self._opened = await asyncio.to_thread(self._sign_in)
            return self._opened

    def _sign_in(self) -> Opened:
        place = urlsplit(self._settings.url)
        # The library appends ".salesforce.com/services/oauth2/token" to what it takes for a domain. Ending it with "#"
        # turns that into a fragment, so that the org's own address is called as it was given, wherever it is.
        host = f"{place.netloc}/services/oauth2/token#"
        with session(self._settings.ca_file) as http:
            try:
                token, instance = SalesforceLogin(session=http, **self._credentials(host))
            except SalesforceAuthenticationFailed as error:
                raise _refused(error) from error
            except (requests.RequestException, AttributeError) as error:
                # AttributeError is how the library meets an answer without instance_url.
                raise Retryable(VENDOR, _CALL, f"no usable answer ({type(error).__name__})") from error
        if not token:
            raise Retryable(VENDOR, _CALL, "the answer holds no token")
        return Opened(str(token), f"https://{instance}")

    def _credentials(self, host: str) -> dict[str, Any]:
        mine = self._settings
        if mine.client_secret is not None:
            return {"consumer_key": mine.client_id, "consumer_secret": mine.client_secret, "domain": host}
        by_key = {"username": mine.username, "consumer_key": mine.client_id, "privatekey": mine.private_key}
        return {**by_key, "domain": mine.audience, "instance_url": host}


def _refused(error: SalesforceAuthenticationFailed) -> VendorError:
    """The library puts an HTTP status where an OAuth error would be when the answer is not JSON: not a real refusal."""
    reason, code = excerpt(str(error.message)), str(error.code)
    if not isinstance(error.code, str):
        return Retryable(VENDOR, _CALL, f"no usable answer: {reason}", code)
    return Permanent(VENDOR, _CALL, f"{reason}; check the connected app, the user and the key of this org", code)
