"""The name of a request, for fault plans and the call log: TOKEN, BATCH, UpsertMultiple, PATCH msdyn_rmas."""

from __future__ import annotations

import re


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
