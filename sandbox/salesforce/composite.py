"""Composite: up to 25 subrequests that run in order and may use what earlier ones answered (`@{ref.field}`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.reply import Reply, RolledBack

_MOST = 25
_MOST_QUERIES = 5
_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d+\])*)\}")
_HALTED = "The transaction was rolled back since another operation in the same transaction failed."
Run = Callable[[str, str, Any, dict[str, str]], Reply]


def answer(run: Run, body: Any) -> Reply:
    """`run(method, url, body, headers)` answers one subrequest exactly as if it had come alone."""
    asked = body.get("compositeRequest") if isinstance(body, dict) else None
    if not isinstance(asked, list) or not 0 < len(asked) <= _MOST:
        raise Refusal("INVALID_INPUT", f"compositeRequest must hold between 1 and {_MOST} subrequests.")
    if sum(1 for each in asked if "/query" in str(each.get("url"))) > _MOST_QUERIES:
        raise Refusal("LIMIT_EXCEEDED", f"Limit of {_MOST_QUERIES} query subrequests was exceeded.")
    entries = in_order(run, asked)
    if bool(body.get("allOrNone", False)) and any(entry["httpStatusCode"] >= 300 for entry in entries):
        raise RolledBack(Reply(200, {"compositeResponse": undone(entries)}))
    return Reply(200, {"compositeResponse": entries})


def in_order(run: Run, asked: list[Any]) -> list[dict[str, Any]]:
    """One entry for each subrequest; what succeeded may be referred to by those that follow."""
    known: dict[str, Any] = {}
    entries: list[dict[str, Any]] = []
    for each in asked:
        name = str(each.get("referenceId") or "") if isinstance(each, dict) else ""
        if not name or name in {entry["referenceId"] for entry in entries}:
            raise Refusal("INVALID_INPUT", f"referenceId must be given and unique: '{name}'")
        reply = _one(run, each, known)
        if reply.status < 300:
            known[name] = reply.body
        entries.append(_entry(name, reply))
    return entries


def undone(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is told after a rollback: the failures as they were, everything else as halted."""
    halted = Reply(400, Refusal("PROCESSING_HALTED", _HALTED).as_body())
    return [entry if entry["httpStatusCode"] >= 300 else _entry(entry["referenceId"], halted) for entry in entries]


def _one(run: Run, each: dict[str, Any], known: dict[str, Any]) -> Reply:
    try:
        url, body = _filled(str(each.get("url")), known), _filled(each.get("body"), known)
        if "/composite" in url and isinstance(body, dict) and body.get("allOrNone"):
            raise Refusal("INVALID_INPUT", "a collection inside a composite request takes allOrNone from the composite")
        headers = {str(name).lower(): str(value) for name, value in (each.get("httpHeaders") or {}).items()}
        return run(str(each.get("method", "GET")), url, body, headers)
    except Refusal as refusal:
        return Reply(refusal.status, refusal.as_body())


def _entry(name: str, reply: Reply) -> dict[str, Any]:
    return {"body": reply.body, "httpHeaders": reply.headers, "httpStatusCode": reply.status, "referenceId": name}


def _filled(value: Any, known: dict[str, Any]) -> Any:
    """The value with every reference replaced by what the named subrequest answered."""
    if isinstance(value, dict):
        return {name: _filled(content, known) for name, content in value.items()}
    if isinstance(value, list):
        return [_filled(content, known) for content in value]
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: str(_looked_up(match[1], match[2], known)), value)
    return value


def _looked_up(name: str, path: str, known: dict[str, Any]) -> Any:
    refusal = Refusal("PROCESSING_HALTED", f"Invalid reference specified. No value for {name}{path} found.")
    if name not in known:
        raise refusal
    found = known[name]
    for step in re.findall(r"[A-Za-z0-9_]+", path):
        try:
            found = found[int(step)] if isinstance(found, list) else found[step]
        except (KeyError, IndexError, TypeError, ValueError):
            raise refusal from None
    return found
