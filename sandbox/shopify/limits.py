"""What plans and the call log know of the shop: the names requests can have, and the cost bucket answers tell of."""

import re
from collections.abc import Mapping

from sandbox.shopify.schema import SCHEMA

_LEFT = re.compile(rb'"currentlyAvailable":\s*([\d.]+)')
_REQUEST = re.compile(r"(GET|POST|PUT|PATCH|DELETE) /\S*")


def complaint(operation: str) -> str | None:
    """Why no request can have this name; None when one may."""
    roots = [*(SCHEMA.query_type.fields if SCHEMA.query_type else ())]
    roots += [*(SCHEMA.mutation_type.fields if SCHEMA.mutation_type else ())]
    if operation == "TOKEN" or operation in roots or _REQUEST.fullmatch(operation):
        return None
    return "it is TOKEN, or the first root field of a document, like 'returnProcess'"


def quota(headers: Mapping[str, str], body: bytes) -> dict[str, float]:
    found = _LEFT.search(body)
    return {} if found is None else {"cost left": float(found[1])}
