"""A requests session for the vendors' own sign-in libraries, which give it neither a timeout nor our trust settings."""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter

_SECONDS = (5.0, 20.0)


class _Impatient(HTTPAdapter):
    """Without a timeout requests waits for ever."""

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = _SECONDS
        return super().send(*args, **kwargs)


def session(ca_file: str | None) -> requests.Session:
    """Blocking: use it off the event loop. Trusts `ca_file` when given, and ignores proxies and netrc."""
    http = requests.Session()
    # With trust_env, REQUESTS_CA_BUNDLE would win over our own CA file (psf/requests#3829).
    http.trust_env = False
    if ca_file:
        http.verify = ca_file
    http.mount("https://", _Impatient())
    return http
