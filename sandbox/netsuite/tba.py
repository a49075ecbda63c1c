"""Token-based authentication: OAuth 1.0a requests signed with HMAC-SHA256, verified with oauthlib."""

import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from oauthlib.oauth1.rfc5849 import signature
from oauthlib.oauth1.rfc5849.utils import unescape

from sandbox.credentials import NetSuiteCredentials

_WINDOW = 300.0
_NONCES_KEPT = 20_000
_REQUIRED = (
    "realm", "oauth_consumer_key", "oauth_token", "oauth_signature_method", "oauth_timestamp", "oauth_nonce",
    "oauth_signature",
)  # fmt: skip


class SignedRequests:
    """Checks realm, keys, timestamp, nonce and signature; the nonces of the last requests are remembered."""

    def __init__(self, known: Callable[[], NetSuiteCredentials]) -> None:
        self._now_known = known
        self._order: deque[tuple[str, str]] = deque(maxlen=_NONCES_KEPT)
        self._seen: set[tuple[str, str]] = set()

    def complaint(self, header: str, method: str, url: str, body: bytes, content_type: str) -> str | None:
        """What is wrong, in the words of the account's login audit; None when the request is let in.

        `oauth_body_hash`, which some signers add, is signed like every other parameter and says nothing more here.
        """
        fields: dict[str, str] = {}
        for name, value in _fields(header):
            if name in fields or not value:
                return "parameter_rejected"
            fields[name] = value
        if any(name not in fields for name in _REQUIRED):
            return "MissingTokenPassportRequiredFields"
        known, nonce = self._now_known(), (fields["oauth_timestamp"], fields["oauth_nonce"])
        checks = (
            ("permission_denied", fields["realm"].upper().replace("-", "_") == known.account),
            ("consumer_key_unknown", fields["oauth_consumer_key"] == known.consumer_key),
            ("token_rejected", fields["oauth_token"] == known.token_id),
            ("VersionRejected", fields.get("oauth_version", "1.0") == "1.0"),
            # HMAC-SHA1 ended with 2023.1.
            ("UnknownAlgorithm", fields["oauth_signature_method"] == "HMAC-SHA256"),
            ("InvalidTimestamp", _is_now(fields["oauth_timestamp"])),
            ("NonceUsed", nonce not in self._seen),
        )
        for why, right in checks:
            if not right:
                return why
        if not self._signed(fields, method, url, body, content_type):
            return "InvalidSignature"
        self._remember(nonce)
        return None

    def _signed(self, fields: dict[str, str], method: str, url: str, body: bytes, content_type: str) -> bool:
        form = body.decode() if content_type.startswith("application/x-www-form-urlencoded") else ""
        rest = [(name, value) for name, value in fields.items() if name not in ("realm", "oauth_signature")]
        params = signature.collect_parameters(uri_query=url.partition("?")[2], body=form) + rest
        request = _Request(url, method, params, fields.get("oauth_signature", ""))
        known = self._now_known()
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


def _is_now(stamp: str) -> bool:
    return stamp.isdecimal() and abs(time.time() - int(stamp)) <= _WINDOW


def _fields(header: str) -> list[tuple[str, str]]:
    """name="value" pairs of the header; the values are percent-encoded. What is no pair has an empty value."""
    pairs = []
    for part in header[len("oauth ") :].split(","):
        name, _, value = part.strip().partition("=")
        pairs.append((name, unescape(value.strip().strip('"'))))
    return pairs
