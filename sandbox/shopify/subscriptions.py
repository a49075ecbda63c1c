"""Webhook subscriptions made through the API: their rules in recorded words, and how the schema shows them.

One liberty: an address on this machine may be plain http and need not be reachable from the internet.
"""

from typing import Any
from urllib.parse import urlsplit

from sandbox.shopify.gids import node, number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import API_VERSIONS, Doc, Shop

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_WHERE = ("webhookSubscription", "callbackUrl")
_MISSING = "Webhook subscription does not exist"


def create(shop: Shop, topic: str, wish: Doc) -> Doc:
    uri = _address(shop, topic, wish.get("uri") or wish.get("callbackUrl"), None)
    doc = {
        "id": shop.number("subscription", 11_000_001),
        "topic": topic,
        "uri": uri,
        "include_fields": wish.get("includeFields") or [],
        "at": shop.stamp(),
        "updated_at": shop.stamp(),
    }
    shop.save("subscription", doc)
    return doc


def update(shop: Shop, reference: str, wish: Doc) -> Doc:
    """What is not given stays as it is; the topic always does."""
    known = _found(shop, reference)
    given = wish.get("uri") or wish.get("callbackUrl")
    uri = _address(shop, known["topic"], given, known["id"]) if given is not None else known["uri"]
    fields = wish["includeFields"] if wish.get("includeFields") is not None else known["include_fields"]
    doc = {**known, "uri": uri, "include_fields": fields, "updated_at": shop.stamp()}
    shop.save("subscription", doc)
    return doc


def delete(shop: Shop, reference: str) -> str:
    known = _found(shop, reference)
    shop.books.delete("shopify.subscription", str(known["id"]))
    return reference


def chosen(shop: Shop, wish: dict[str, Any]) -> list[Doc]:
    found = shop.books.all("shopify.subscription")
    if wish.get("topics"):
        found = [one for one in found if one["topic"] in wish["topics"]]
    uri = wish.get("uri") or wish.get("callbackUrl")
    return [one for one in found if uri in (None, one["uri"])]


def view(doc: Doc) -> dict[str, Any]:
    return node(
        "WebhookSubscription",
        doc["id"],
        legacyResourceId=doc["id"],
        apiVersion=version_view(API_VERSIONS[0]),
        createdAt=doc["at"],
        updatedAt=doc["updated_at"],
        filter="",
        format="JSON",
        includeFields=doc["include_fields"],
        metafieldNamespaces=[],
        name=None,
        topic=doc["topic"],
        uri=doc["uri"],
        callbackUrl=doc["uri"],
        endpoint={"__typename": "WebhookHttpEndpoint", "callbackUrl": doc["uri"]},
    )


def version_view(handle: str) -> dict[str, Any]:
    return {"handle": handle, "displayName": handle, "supported": True}


def _found(shop: Shop, reference: str) -> Doc:
    known = shop.books.get("shopify.subscription", str(number_of("WebhookSubscription", reference)))
    if known is None:
        raise Refusal(_MISSING, None, "id")
    return known


def _address(shop: Shop, topic: str, given: str | None, own: int | None) -> str:
    uri = (given or "").strip()
    if not uri:
        raise Refusal("Address can't be blank", None, *_WHERE)
    parts = urlsplit(uri)
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("http", "https") or not host:
        raise Refusal("Address is invalid", None, *_WHERE)
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise Refusal("Address protocol http:// is not supported", None, *_WHERE)
    if host.endswith((".myshopify.com", ".shopify.com", ".local", ".internal")) or host == "shopify.com":
        raise Refusal("Address cannot be a Shopify or an internal domain", None, *_WHERE)
    if any(one["uri"] == uri and one["id"] != own for one in shop.books.find("shopify.subscription", topic=topic)):
        raise Refusal("Address for this topic has already been taken", None, *_WHERE)
    return uri
