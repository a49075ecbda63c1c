"""Shopify's global ids, both ways, and connections over plain lists."""

import re
from collections.abc import Callable
from typing import Any

from graphql import GraphQLError

Resolver = Callable[..., Any]

_GID = re.compile(r"^gid://shopify/(\w+)/(\d+)$")


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def number_of(kind: str, text: str) -> int:
    """The number in a global id. An id of another kind is a top-level error, not a user error, as recorded."""
    found = _GID.match(text)
    if found is None or found.group(1) != kind:
        raise GraphQLError(f"Invalid id: {text}", extensions={"code": "RESOURCE_NOT_FOUND"})
    return int(found.group(2))


def connection(items: Callable[[], list[dict[str, Any]]]) -> Resolver:
    """A field that pages over `items`. A cursor is the item's place; Shopify's are opaque, ours may be too."""

    def resolve(_info: Any, first: int | None = None, after: str | None = None, **paging: Any) -> dict[str, Any]:
        last, before = paging.get("last"), paging.get("before")
        if first is None and last is None:
            raise GraphQLError("you must provide one of first or last", extensions={"code": "BAD_REQUEST"})
        nodes = list(enumerate(items()))
        total = len(nodes)
        if paging.get("reverse"):
            nodes.reverse()
            nodes = [(place, node) for place, (_, node) in enumerate(nodes)]
        if after is not None:
            nodes = [pair for pair in nodes if pair[0] > int(after)]
        if before is not None:
            nodes = [pair for pair in nodes if pair[0] < int(before)]
        nodes = nodes[:first] if first is not None else nodes[-int(last or 0) :]
        edges = [{"cursor": str(place), "node": node} for place, node in nodes]
        return {
            "edges": edges,
            "nodes": [node for _, node in nodes],
            "pageInfo": {
                "startCursor": edges[0]["cursor"] if edges else None,
                "endCursor": edges[-1]["cursor"] if edges else None,
                "hasNextPage": bool(nodes) and nodes[-1][0] < total - 1,
                "hasPreviousPage": bool(nodes) and nodes[0][0] > 0,
            },
        }

    return resolve
