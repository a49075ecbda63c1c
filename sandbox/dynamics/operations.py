"""The name of a request, for fault plans and the call log: TOKEN, BATCH, UpsertMultiple, PATCH msdyn_rmas."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAMES = ("TOKEN", "DISCOVERY", "BATCH", "CreateMultiple", "UpdateMultiple", "UpsertMultiple", "DeleteMultiple")
_REQUEST = re.compile(r"(GET|POST|PATCH|PUT|DELETE) [$A-Za-z_][\w.]*")
_LIMITS = {
    "x-ms-ratelimit-burst-remaining-xrm-requests": "requests left",
    "x-ms-ratelimit-time-remaining-xrm-requests": "seconds left",
    "retry-after": "retry after",
}


def operation(method: str, target: str, body: bytes) -> str:
    path = target.partition("?")[0]
    if path.endswith("/oauth2/v2.0/token"):
        return "TOKEN"
    if path.endswith("/.well-known/openid-configuration"):
        return "DISCOVERY"
    rest = path.partition("/api/data/")[2].partition("/")[2].strip("/")
    if rest == "$batch":
        return "BATCH"
    last = rest.rpartition("/")[2].removeprefix("Microsoft.Dynamics.CRM.")
    if last.endswith("Multiple"):
        return last
    return f"{method} {re.split(r'[(/]', rest)[0]}"


def complaint(operation: str) -> str | None:
    """Why no request can have this name; None when one may."""
    if operation in _NAMES or _REQUEST.fullmatch(operation):
        return None
    return f"it is one of {', '.join(_NAMES)}, or a method and a table or message, like 'PATCH msdyn_rmas'"


def quota(headers: Mapping[str, str], body: bytes) -> dict[str, float]:
    """What service protection says is left."""
    return {name: float(headers[header]) for header, name in _LIMITS.items() if header in headers}
