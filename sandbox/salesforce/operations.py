"""The name of a request, for fault plans and the call log: TOKEN, QUERY, COMPOSITE sobjects, PATCH ReturnOrder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

_REQUEST = re.compile(
    r"TOKEN|USERINFO|REVOKE|INTROSPECT|QUERY|COMPOSITE( [\w-]+)?|SOAP( \w+)?|PUBSUB \w+|DESCRIBE \w+|UNABLE_TO_LOCK_ROW"
    r"|(GET|HEAD|POST|PUT|PATCH|DELETE) (BULK )?[\w/-]+"
)
_USED = re.compile(r"api-usage=(\d+)/(\d+)")


def complaint(operation: str) -> str | None:
    """Why no request can have this name; None when one may."""
    if _REQUEST.fullmatch(operation):
        return None
    return (
        "it is TOKEN, QUERY, COMPOSITE or one of its resources, a method and a type like 'PATCH ReturnOrder', or others"
    )


def quota(headers: Mapping[str, str], body: bytes) -> dict[str, float]:
    """What the header of the day's calls says."""
    found = _USED.search(headers.get("sforce-limit-info", ""))
    return {} if found is None else {"calls used": float(found[1]), "calls allowed": float(found[2])}


def operation(method: str, target: str, body: bytes) -> str:
    steps = [step for step in urlsplit(target).path.split("/") if step]
    if steps[:2] == ["services", "oauth2"]:
        return steps[2].upper() if len(steps) > 2 else "TOKEN"
    if steps[:2] == ["services", "Soap"]:
        call = re.search(rb"<(?:\w+:)?(login|merge|undelete|emptyRecycleBin)\b", body)
        return f"SOAP {call[1].decode()}" if call else "SOAP"
    rest = steps[3:] if steps[:2] == ["services", "data"] else []
    if not rest:
        return f"{method} /"
    if rest[0] in ("query", "queryAll"):
        return "QUERY"
    if rest[0] == "composite":
        return f"COMPOSITE {rest[1]}" if len(rest) > 1 else "COMPOSITE"
    if rest[0] == "jobs" and len(rest) > 1:
        return f"{method} BULK {rest[1]}"
    if rest[0] == "sobjects" and len(rest) > 2 and rest[2] == "describe":
        return f"DESCRIBE {rest[1]}"
    if rest[0] == "sobjects" and len(rest) > 1:
        return f"{method} {rest[1]}"
    return f"{method} {rest[0]}"
