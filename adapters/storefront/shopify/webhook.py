"""Is this webhook really Shopify's? Its payload is never believed beyond that: whoever is woken by it reads again."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# Each of them comes with "x-" in front, or without.
SIGNATURE = "shopify-hmac-sha256"
TOPIC = "shopify-topic"
SHOP = "shopify-shop-domain"
VERSION = "shopify-api-version"
DELIVERY = "shopify-webhook-id"
EVENT = "shopify-event-id"
TRIGGERED = "shopify-triggered-at"

# Shopify's own validation refuses a request that lacks one of these.
REQUIRED = (SIGNATURE, TOPIC, SHOP, VERSION, DELIVERY)
# Shopify gives up after four hours. What is much older is somebody's repetition.
STALE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery. `event` is the same for every duplicate and subscription of one event, `delivery` never is.

    The signature covers the body alone: what stands here are the headers' words, good for telling duplicates of an
    honest sender, not for trusting."""

    topic: str
    shop: str
    event: str
    delivery: str
    triggered: datetime | None
    """When the event happened; None when the shop does not say, or not so that it can be read."""

    def stale(self, now: datetime) -> bool:
        return self.triggered is not None and now - self.triggered > STALE


def signed_by(secret: str, body: bytes, signature: str) -> bool:
    """True when `signature` is the base64 HMAC-SHA256 of the raw body under the app's client secret.

    Compared in constant time; a signature that is no base64 is simply not right.
    """
    expected = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    return hmac.compare_digest(expected, signature.encode("utf-8", "surrogateescape"))


def delivery(secret: str, headers: Mapping[str, str], body: bytes) -> Delivery | None:
    """The delivery, or None when a required header is missing or the signature is wrong: answer 401 then."""
    low = {name.lower().removeprefix("x-"): value for name, value in headers.items()}
    if any(not low.get(name) for name in REQUIRED) or not signed_by(secret, body, low[SIGNATURE]):
        return None
    event = low.get(EVENT) or low[DELIVERY]
    return Delivery(low[TOPIC], low[SHOP], event, low[DELIVERY], _moment(low.get(TRIGGERED, "")))


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
