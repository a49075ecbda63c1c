"""Versions of what can be looked at and changed: ETag, If-None-Match, If-Match (RFC 9110, sections 8.8 and 13)."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from domain.errors import Refusal

_TAG = re.compile(r'(W/)?"([^"]*)"')


class Stale(Refusal):
    """What was decided on is not what is there any more."""

    code = "stale"


def etag(version: int, document: Any) -> str:
    """Strong: it names these very bytes. The version it begins with is what `check_match` goes by."""
    digest = hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()
    return f'"{version}-{digest[:16]}"'


def versioned(request: Request, document: Any, version: int) -> Response:
    """The document with its ETag, or 304 when the caller has it."""
    tag = etag(version, document)
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or any(f'"{name}"' == tag for _, name in _TAG.findall(known)):
        return Response(status_code=304, headers={"ETag": tag})
    return JSONResponse(document, headers={"ETag": tag})


def check_match(request: Request, version: int) -> None:
    """Refuses what is said to another version than the one that is there. Who sends no If-Match is not asked.

    What is not the ETag of any version (a weak one, or one of nobody's) matches none. Raises Stale."""
    given = request.headers.get("if-match")
    if given is None or given.strip() == "*":
        return
    seen = [name.partition("-")[0] for weak, name in _TAG.findall(given) if not weak]
    if str(version) not in seen:
        told = f"it is at version {version} now, and you saw {', '.join(seen) or 'none of its versions'}"
        raise Stale(f"{told}; look again, then decide")
