"""Shopify's global ids, both ways, and connections over plain lists."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

Resolver = Callable[..., Any]

_GID = re.compile(r"^gid://shopify/(\w+)/(\d+)(\?\S*)?$")
_ANY = re.compile(r"^gid://[\w-]+/\w+/\S+$")
_MOST = 250


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def node(kind: str, number: int, /, **fields: Any) -> dict[str, Any]:
    """The view of something with a global id: the executor tells its type by the name in it."""
    return {"__typename": kind, "id": gid(kind, number), **fields}


def number_of(kind: str, text: str) -> int:
    """The number in a global id. An id of another kind is a top-level error, not a user error, as recorded."""
    if not _ANY.match(text):
        more = {"code": "argumentLiteralsIncompatible", "typeName": "CoercionError"}
        raise GraphQLError(f"Invalid global id '{text}'", extensions=more)
    found = _GID.match(text)
    if found is None or found.group(1) != kind:
        raise GraphQLError(f"Invalid id: {text}", extensions={"code": "RESOURCE_NOT_FOUND"})
    return int(found.group(2))


def kind_of(text: str) -> tuple[str, int] | None:
    """(kind, number) of a global id with a number; None for any other."""
    found = _GID.match(text)
    return (found.group(1), int(found.group(2))) if found else None


class Whole:
    """The context of a bulk query: connections give everything, asked for no page."""


def connection(items: Callable[[], list[dict[str, Any]]]) -> Resolver:
    """A field that pages over `items`. A cursor is the item's place, in Shopify's opaque wrapping."""

    def resolve(
        info: GraphQLResolveInfo, first: int | None = None, after: str | None = None, **paging: Any
    ) -> dict[str, Any]:
        last, before = paging.get("last"), paging.get("before")
        if isinstance(info.context, Whole):
            first = None
        elif first is None and last is None:
            raise GraphQLError("you must provide one of first or last", extensions={"code": "BAD_REQUEST"})
        elif first is not None and last is not None:
            raise GraphQLError("providing both first and last is not supported", extensions={"code": "BAD_REQUEST"})
        for name, count in (("first", first), ("last", last)):
            if count is not None and not 0 <= count <= _MOST:
                bound = "be a non-negative integer" if count < 0 else f"not exceed {_MOST}"
                raise GraphQLError(f"{name} must {bound}", extensions={"code": "BAD_REQUEST"})
        nodes = list(enumerate(items()))
        total = len(nodes)
        if paging.get("reverse"):
            nodes = [(place, node) for place, (_, node) in enumerate(reversed(nodes))]
        start, end = _place(after, "after"), _place(before, "before")
        nodes = [pair for pair in nodes if (start is None or pair[0] > start) and (end is None or pair[0] < end)]
        if first is not None:
            nodes = nodes[:first]
        elif last is not None:
            nodes = nodes[-last:] if last else []
        return {
            "edges": lambda _info: [{"cursor": _cursor(place), "node": node} for place, node in nodes],
            "nodes": [node for _, node in nodes],
            "pageInfo": {
                "startCursor": _cursor(nodes[0][0]) if nodes else None,
                "endCursor": _cursor(nodes[-1][0]) if nodes else None,
                "hasNextPage": bool(nodes) and nodes[-1][0] < total - 1,
                "hasPreviousPage": bool(nodes) and nodes[0][0] > 0,
            },
        }

    return resolve


def _cursor(place: int) -> str:
    return base64.b64encode(b'{"last_id":%d}' % place).decode()


def _place(cursor: str | None, name: str) -> int | None:
    if cursor is None:
        return None
    try:
        return int(json.loads(base64.b64decode(cursor, validate=True))["last_id"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        said = f"Invalid cursor for current pagination sort: {name}."
        raise GraphQLError(said, extensions={"code": "BAD_REQUEST"}) from None
