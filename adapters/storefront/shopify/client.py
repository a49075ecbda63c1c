"""GraphQL spoken to Shopify: the token, and the four layers at which an answer can say no, mapped to our errors.

HTTP status            401 renews the token once; the rest is adapters/http.py's
top-level errors       THROTTLED (with HTTP 200) waits as long as the bucket needs; a bad document is Permanent
userErrors             Permanent but for the codes that say "not now"
the state read back    the door's business, not ours
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import httpx

from adapters.errors import Permanent, Retryable, VendorError, excerpt
from adapters.http import Call, Wire, transport
from adapters.storefront.shopify.token import Tokens

VENDOR = "shopify"

Fields = dict[str, Any]

# Nothing was done, and the same document will fail again.
_HOPELESS = frozenset(
    {
        "ACCESS_DENIED",
        "BAD_REQUEST",
        "INVALID_FIELD_ARGUMENTS",
        "INVALID_VARIABLE",
        "MAX_COST_EXCEEDED",
        "PARSE_ERROR",
        "RESOURCE_NOT_FOUND",
        "SHOP_INACTIVE",
        "argumentNotAccepted",
        "undefinedDirective",
        "undefinedField",
    }
)
_NOT_NOW = frozenset(
    {"CHANGE_FROM_QUANTITY_STALE", "IDEMPOTENCY_CONCURRENT_REQUEST", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE"}
)
_LEAST_WAIT = 0.1


@dataclass(frozen=True, slots=True)
class ShopifySettings:
    """`url` is the shop's address; `location` the id of the location that takes returns, when not the shop's first."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    api_version: str = "2026-07"
    location: str | None = None
    ca_file: str | None = None


class Refused(Permanent):
    """A user error: Shopify understood and said no. `code` may be empty, some mutations have none."""


class _TokenRefused(VendorError):
    """The access token is no longer good; caught here, a new one is fetched."""


class GraphQL:
    """Raises Retryable, Permanent or UnknownOutcome and nothing else."""

    def __init__(self, settings: ShopifySettings) -> None:
        self._wire = Wire(VENDOR, transport(settings.ca_file))
        self._url = f"{settings.url.rstrip('/')}/admin/api/{settings.api_version}/graphql.json"
        self._tokens = Tokens(self._wire, settings.url.rstrip("/"), settings.client_id, settings.client_secret)

    async def read(self, name: str, document: str, **variables: Any) -> Fields:
        return await self._ask(name, document, variables, repeatable=True)

    async def write(self, name: str, document: str, *, repeatable: bool = False, **variables: Any) -> Fields:
        """The payload of the document's one mutation. `repeatable` only where a key makes doing it twice harmless."""
        data = await self._ask(name, document, variables, repeatable)
        payload = data.get(name)
        if not isinstance(payload, dict):
            raise self._wire.lost(self._call(name, document, variables, repeatable), "answer has no payload")
        for error in payload["userErrors"]:
            raise _refusal(name, error)
        return payload

    async def pages(self, name: str, document: str, path: tuple[str, ...], **variables: Any) -> AsyncIterator[Fields]:
        """The nodes of one connection over all its pages; `path` leads to it, a missing parent ends it."""
        after: str | None = None
        while True:
            found = await self.read(name, document, after=after, **variables)
            for step in path:
                found = found.get(step) or {}
            for node in found.get("nodes", ()):
                yield node
            if not found or not found["pageInfo"]["hasNextPage"]:
                return
            after = found["pageInfo"]["endCursor"]

    async def close(self) -> None:
        await self._wire.http.aclose()

    async def _ask(self, name: str, document: str, variables: Fields, repeatable: bool) -> Fields:
        call = self._call(name, document, variables, repeatable)
        refused: str | None = None
        for _ in range(2):
            token = await self._tokens.get(refused)
            try:
                answer = await self._wire.send(replace(call, headers={"X-Shopify-Access-Token": token}))
            except _TokenRefused:
                refused = token
                continue
            return self._data(call, self._wire.json_of(call, answer))
        raise Permanent(VENDOR, name, "a fresh access token is refused; check the app's installation and scopes", "401")

    def _call(self, name: str, document: str, variables: Fields, repeatable: bool) -> Call:
        body = {"query": document, "variables": variables}
        return Call(
            name=name, method="POST", url=self._url, repeatable=repeatable, json=body, judge=partial(_judge, name)
        )

    def _data(self, call: Call, answer: Any) -> Fields:
        if not isinstance(answer, dict):
            raise self._wire.lost(call, "answer is no GraphQL document")
        for error in answer.get("errors") or ():
            raise self._top_level(call, error, answer)
        data = answer.get("data")
        if not isinstance(data, dict):
            raise self._wire.lost(call, "answer has no data")
        return data

    def _top_level(self, call: Call, error: Any, answer: Fields) -> Exception:
        if not isinstance(error, dict):
            return self._wire.lost(call, excerpt(str(error)))
        code = str((error.get("extensions") or {}).get("code") or "")
        reason = excerpt(str(error.get("message")))
        if code == "THROTTLED":
            return Retryable(VENDOR, call.name, reason, code, retry_after=wait_seconds(answer))
        if code in _HOPELESS:
            return Permanent(VENDOR, call.name, reason, code)
        # Anything else may have struck before or after the work was done.
        return self._wire.lost(call, f"{reason} [{code}]")


def wait_seconds(answer: Fields) -> float:
    """How long until the bucket holds what the query asks for: (requested - available) / restore rate."""
    try:
        cost = answer["extensions"]["cost"]
        status = cost["throttleStatus"]
        missing = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
        return max(missing / float(status["restoreRate"]), _LEAST_WAIT)
    except (KeyError, TypeError, ZeroDivisionError):
        return 1.0


def _judge(name: str, answer: httpx.Response) -> None:
    if answer.status_code == 401:
        raise _TokenRefused(VENDOR, name, "the access token is refused", "401")


def _refusal(name: str, error: Fields) -> Permanent | Retryable:
    code, reason = str(error.get("code") or ""), excerpt(str(error.get("message")))
    if code in _NOT_NOW:
        return Retryable(VENDOR, name, reason, code)
    where = ".".join(str(step) for step in error.get("field") or ())
    return Refused(VENDOR, name, f"{reason} ({where})" if where else reason, code)
