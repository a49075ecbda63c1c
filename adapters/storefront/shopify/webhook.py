"""Is this webhook really Shopify's? Its payload is never believed beyond that: whoever is woken by it reads again."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

SIGNATURE = "x-shopify-hmac-sha256"
TOPIC = "x-shopify-topic"
SHOP = "x-shopify-shop-domain"
VERSION = "x-shopify-api-version"
DELIVERY = "x-shopify-webhook-id"
EVENT = "x-shopify-event-id"

# Shopify's own validation refuses a request that lacks one of these.
REQUIRED = (SIGNATURE, TOPIC, SHOP, VERSION, DELIVERY)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery. `event` is the same for every duplicate and subscription of one event, `delivery` never is."""

    topic: str
    shop: str
    event: str
    delivery: str


def signed_by(secret: str, body: bytes, signature: str) -> bool:
    """True when `signature` is the base64 HMAC-SHA256 of the raw body under the app's client secret.

    Compared in constant time; a signature that is no base64 is simply not right.
    """
    expected = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    return hmac.compare_digest(expected, signature.encode("utf-8", "surrogateescape"))


def delivery(secret: str, headers: Mapping[str, str], body: bytes) -> Delivery | None:
    """The delivery, or None when a required header is missing or the signature is wrong: answer 401 then."""
    low = {name.lower(): value for name, value in headers.items()}
    if any(not low.get(name) for name in REQUIRED) or not signed_by(secret, body, low[SIGNATURE]):
        return None
    return Delivery(low[TOPIC], low[SHOP], low.get(EVENT) or low[DELIVERY], low[DELIVERY])
