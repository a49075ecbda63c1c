"""The name of a request, for fault plans and the call log: TOKEN, QUERY, COMPOSITE sobjects, PATCH ReturnOrder."""

from __future__ import annotations

import re
from urllib.parse import urlsplit


def operation(method: str, target: str, body: bytes) -> str:
    steps = [step for step in urlsplit(target).path.split("/") if step]
    if steps[:2] == ["services", "oauth2"]:
        return steps[2].upper() if len(steps) > 2 else "TOKEN"
    if steps[:2] == ["services", "Soap"]:
        call = re.search(rb"<(?:\w+:)?(merge|undelete|emptyRecycleBin)\b", body)
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
