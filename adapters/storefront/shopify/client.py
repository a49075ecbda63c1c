"""GraphQL spoken to Shopify: the token, and the four layers at which an answer can say no, mapped to our errors.

HTTP status            401 renews the token once; the rest is adapters/http.py's
top-level errors       THROTTLED (with HTTP 200) waits as long as the bucket needs; a bad document is Permanent
userErrors             Permanent but for the codes in refusals.py
the state read back    the door's business, not ours
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import httpx

from adapters.errors import Permanent, Retryable, SignInRefused, UnknownOutcome, VendorError, excerpt
from adapters.http import Call, Wire, transport
from adapters.secrets import Given
from adapters.storefront.shopify.refusals import STATUSES, of_top_level, of_user_error
from adapters.storefront.shopify.token import Purchase
from adapters.tokens import Tokens

VENDOR = "shopify"

Fields = dict[str, Any]

_LEAST_WAIT = 0.1
_THROTTLED = "THROTTLED"
# How often a write waits for its turn by itself, and how many seconds at most; what is beyond is the engine's to wait.
_TURNS, _LONGEST_TURN = 3, 10.0
# The bucket stands at the end of every answer. Inside a text its quotes would be escaped.
_LEFT = re.compile(rb'"currentlyAvailable":\s*(\d+(?:\.\d+)?)')
_END_OF_ANSWER = 400


@dataclass(frozen=True, slots=True)
class ShopifySettings:
    """`url` is the shop's address; `location` the id of the location that takes returns, when not the shop's first."""

    url: str
    client_id: str
    client_secret: Given = field(repr=False)
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
        self._wire = Wire(VENDOR, transport(settings.ca_file), points_left)
        shop = settings.url.rstrip("/")
        self._url = f"{shop}/admin/api/{settings.api_version}/graphql.json"
        self._tokens = Tokens(Purchase(self._wire, shop, settings.client_id), settings.client_secret)

    async def read(self, name: str, document: str, **variables: Any) -> Fields:
        return await self._answered(self._call(name, document, variables, repeatable=True))

    async def write(self, name: str, document: str, *, repeatable: bool = False, **variables: Any) -> Fields:
        """The payload of the document's one mutation. `repeatable` only where a key makes doing it twice harmless."""
        call = self._call(name, document, variables, repeatable)
        payload = (await self._in_turn(call)).get(name)
        if not isinstance(payload, dict):
            raise self._wire.lost(call, "answer has no payload")
        for error in payload.get("userErrors") or ():
            raise self._user_error(call, error)
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

    async def served(self, name: str, document: str) -> str:
        """The API version that answers: Shopify serves another in place of one it no longer has, or not yet."""
        answer = await self._send(self._call(name, document, {}, repeatable=True))
        return str(answer.headers.get("x-shopify-api-version", ""))

    async def _in_turn(self, call: Call) -> Fields:
        """A write comes after the reads it rests on, which cost more than it does. Throttled, it waits where it is, a
        few times: asked anew from the first read, each attempt would spend what the bucket had gained for the write."""
        for _ in range(_TURNS):
            try:
                return await self._answered(call)
            except Retryable as error:
                if error.code != _THROTTLED or error.retry_after is None or error.retry_after > _LONGEST_TURN:
                    raise
                await asyncio.sleep(error.retry_after)
        return await self._answered(call)

    async def _answered(self, call: Call) -> Fields:
        return self._data(call, self._wire.json_of(call, await self._send(call)))

    async def _send(self, call: Call) -> httpx.Response:
        refused: str | None = None
        for _ in range(2):
            token = await self._tokens.get(refused)
            try:
                return await self._wire.send(replace(call, headers={"X-Shopify-Access-Token": token}))
            except _TokenRefused:
                refused = token
        what = "a fresh access token is refused; check the app's installation and scopes"
        raise SignInRefused(VENDOR, call.name, what, "401")

    def _call(self, name: str, document: str, variables: Fields, repeatable: bool) -> Call:
        body = {"query": document, "variables": variables}
        return Call(
            name=name, method="POST", url=self._url, repeatable=repeatable, json=body, judge=partial(_judge, name)
        )

    def _data(self, call: Call, answer: Any) -> Fields:
        if not isinstance(answer, dict):
            raise self._wire.lost(call, "answer is no GraphQL document")
        errors = answer.get("errors") or []
        for error in errors if isinstance(errors, list) else (errors,):
            raise self._top_level(call, error, answer)
        data = answer.get("data")
        if not isinstance(data, dict):
            raise self._wire.lost(call, "answer has no data")
        return data

    def _top_level(self, call: Call, error: Any, answer: Fields) -> VendorError:
        if not isinstance(error, dict):
            return self._wire.lost(call, excerpt(str(error)))
        code = str((error.get("extensions") or {}).get("code") or "")
        meaning, reason = of_top_level(code), excerpt(str(error.get("message")))
        if meaning.kind is Retryable:
            return Retryable(VENDOR, call.name, reason, code, retry_after=wait_seconds(answer))
        done = any(part is not None for part in (answer.get("data") or {}).values())
        if meaning.kind is UnknownOutcome or (done and not call.repeatable):
            # It struck in the work or, where the mutation answers, after it.
            return self._wire.lost(call, f"{reason} [{code}]")
        return Permanent(VENDOR, call.name, f"{reason} ({meaning.mend})" if meaning.mend else reason, code)

    def _user_error(self, call: Call, error: Any) -> VendorError:
        fields: Fields = error if isinstance(error, dict) else {}
        code, reason = str(fields.get("code") or ""), excerpt(str(fields.get("message")))
        meaning = of_user_error(code)
        if meaning.kind is Retryable:
            return Retryable(VENDOR, call.name, reason, code)
        if meaning.kind is UnknownOutcome:
            return self._wire.lost(call, f"{reason} [{code}]")
        more = [".".join(str(step) for step in fields.get("field") or ()), meaning.mend]
        where = "; ".join(part for part in more if part)
        return Refused(VENDOR, call.name, f"{reason} ({where})" if where else reason, code)


def wait_seconds(answer: Fields) -> float:
    """How long until the bucket holds what the query asks for: (requested - available) / restore rate."""
    try:
        cost = answer["extensions"]["cost"]
        status = cost["throttleStatus"]
        missing = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
        return max(missing / float(status["restoreRate"]), _LEAST_WAIT)
    except (KeyError, TypeError, ZeroDivisionError):
        return 1.0


def points_left(answer: httpx.Response) -> dict[str, float]:
    """What the answer says is in the bucket; nothing when it does not."""
    found = _LEFT.search(answer.content[-_END_OF_ANSWER:])
    return {"points": float(found[1])} if found else {}


def _judge(name: str, answer: httpx.Response) -> None:
    if answer.status_code == 401:
        raise _TokenRefused(VENDOR, name, "the access token is refused", "401")
    meaning = STATUSES.get(answer.status_code)
    if meaning is not None:
        raise meaning.kind(VENDOR, name, f"{meaning.mend}: {excerpt(answer.text)}", str(answer.status_code))
