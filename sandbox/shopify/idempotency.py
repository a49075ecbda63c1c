"""The @idempotent directive: required since 2026-04, a day long; a replay is answered from the present state."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo
from graphql.execution.values import get_directive_values

from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import Doc, Shop

_LIFE = timedelta(hours=24)
_MISSING = "The @idempotent directive is required for this mutation but was not provided."
_BLANK = "The idempotency key must not be empty or only whitespace."
_MISMATCH = "The same idempotency key cannot be used with different operation parameters."
_CONCURRENT = "This request is currently in progress, please try again."
_FAILED = "A previous request with this idempotency key failed. Retry with a new idempotency key."


def once(shop: Shop, info: GraphQLResolveInfo, wish: Doc, act: Callable[[], Doc], kind: str) -> Doc:
    """Runs `act`, which answers a document of `kind`, once per key; a repeat reads that document again.

    A refusal does not use the key up: nothing was done under it. One request is answered before the next is read here,
    so a key that is in use, or was when something broke, exists only where the control server marks one.
    """
    plain = _key(info)
    marked = shop.books.get("shopify.markedKey", plain)
    if marked is not None:
        concurrent = marked["state"] == "in_progress"
        code = "IDEMPOTENCY_CONCURRENT_REQUEST" if concurrent else "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
        raise Refusal(_CONCURRENT if concurrent else _FAILED, code)
    key = f"{info.field_name}:{plain}"
    # The order of the fields is part of the fingerprint: only the very same request is a repeat.
    fingerprint = hashlib.sha256(json.dumps(wish).encode()).hexdigest()
    known = shop.books.get("shopify.idempotency", key)
    if known is not None and datetime.fromisoformat(known["at"]) + _LIFE > shop.now():
        if known["fingerprint"] != fingerprint:
            raise Refusal(_MISMATCH, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
        again = shop.books.get(f"shopify.{kind}", known["result"])
        assert again is not None
        return again
    done = act()
    entry = {"fingerprint": fingerprint, "at": shop.now().isoformat(), "result": str(done["id"])}
    shop.books.put("shopify.idempotency", key, entry)
    return done


def mark(shop: Shop, key: str, state: str | None) -> None:
    """`in_progress` or `failed`; None ends either."""
    if state is None:
        shop.books.delete("shopify.markedKey", key)
    else:
        shop.books.put("shopify.markedKey", key, {"state": state})


def _key(info: GraphQLResolveInfo) -> str:
    directive = next(one for one in info.schema.directives if one.name == "idempotent")
    values: dict[str, Any] | None = get_directive_values(directive, info.field_nodes[0], info.variable_values)
    if values is None:
        raise GraphQLError(_MISSING, extensions={"code": "BAD_REQUEST"})
    key = str(values["key"])
    if not key.strip():
        raise GraphQLError(_BLANK, extensions={"code": "BAD_REQUEST"})
    return key
