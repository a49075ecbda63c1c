"""Signatures by which the receiver of a webhook knows the sender (Standard Webhooks, standardwebhooks.com)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

_PREFIX = "whsec_"
_BYTES, _LEAST = 32, 24


def new_secret() -> str:
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signing_secret(text: str) -> bool:
    """Whether it may sign: long enough not to be guessed."""
    try:
        return text.startswith(_PREFIX) and len(base64.b64decode(text.removeprefix(_PREFIX), validate=True)) >= _LEAST
    except ValueError:
        return False


def signed(message_id: str, at: datetime, body: str, keys: Sequence[str]) -> dict[str, str]:
    """The three headers. Several secrets sign while one takes another's place; the receiver knows one of them."""
    moment = at.astimezone(UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(message_id, moment, body) for key in keys),
    }


def is_signed(headers: Mapping[str, str], body: bytes, key: str) -> bool:
    """Whether a message is of the secret's holder, and of the last five minutes."""
    try:
        Webhook(key).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        # What is no text, no base64 or no pair of version and signature is no signature either.
        return False
    return True
