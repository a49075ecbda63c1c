"""Token-based authentication: OAuth 1.0a requests signed with HMAC-SHA256, verified with oauthlib."""

import time
from collections import deque
from typing import NamedTuple

from oauthlib.oauth1.rfc5849 import signature
from oauthlib.oauth1.rfc5849.utils import unescape

from sandbox.credentials import NetSuiteCredentials
from sandbox.netsuite.errors import Refused, invalid_login

_WINDOW = 300.0
_NONCES_KEPT = 20_000


class SignedRequests:
    """Checks realm, keys, timestamp, nonce and signature; the nonces of the last requests are remembered."""

    def __init__(self, known: NetSuiteCredentials) -> None:
        self._known = known
        self._order: deque[tuple[str, str]] = deque(maxlen=_NONCES_KEPT)
        self._seen: set[tuple[str, str]] = set()

    def check(self, header: str, method: str, url: str, body: bytes, content_type: str) -> None:
        try:
            fields = dict(_fields(header))
            stamp = float(fields["oauth_timestamp"])
            nonce = (fields["oauth_timestamp"], fields["oauth_nonce"])
        except (KeyError, ValueError):
            raise invalid_login() from None
        known = self._known
        right = (
            fields.get("realm", "").upper().replace("-", "_") == known.account
            and fields.get("oauth_consumer_key") == known.consumer_key
            and fields.get("oauth_token") == known.token_id
            and fields.get("oauth_signature_method") == "HMAC-SHA256"
            and abs(time.time() - stamp) <= _WINDOW
            and nonce not in self._seen
        )
        if not right or not self._signed(fields, method, url, body, content_type):
            raise invalid_login()
        self._remember(nonce)

    def _signed(self, fields: dict[str, str], method: str, url: str, body: bytes, content_type: str) -> bool:
        form = body.decode() if content_type.startswith("application/x-www-form-urlencoded") else ""
        rest = [(name, value) for name, value in fields.items() if name not in ("realm", "oauth_signature")]
        params = signature.collect_parameters(uri_query=url.partition("?")[2], body=form) + rest
        request = _Request(url, method, params, fields.get("oauth_signature", ""))
        known = self._known
        return bool(signature.verify_hmac_sha256(request, known.consumer_secret, known.token_secret))

    def _remember(self, nonce: tuple[str, str]) -> None:
        if len(self._order) == self._order.maxlen:
            self._seen.discard(self._order[0])
        self._order.append(nonce)
        self._seen.add(nonce)


class _Request(NamedTuple):
    """What oauthlib's verification reads of a request."""

    uri: str
    http_method: str
    params: list[tuple[str, str]]
    signature: str


def is_signed(header: str) -> bool:
    return header.lower().startswith("oauth ")


def _fields(header: str) -> list[tuple[str, str]]:
    """name="value" pairs of the header; the values are percent-encoded."""
    pairs = []
    for part in header[len("oauth ") :].split(","):
        name, mark, value = part.strip().partition("=")
        if not mark:
            raise Refused(401, "INVALID_LOGIN", "Malformed Authorization header.")
        pairs.append((name, unescape(value.strip().strip('"'))))
    return pairs
