"""Conditional requests: entity tags on Account, and on every type the time of the last change, to the second."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.reply import Reply
from sandbox.salesforce.schema import Record, SObject

_TAGGED = "Account"
_STRONG = ("if-match", "if-none-match")


def stamps(of: SObject, record: Record) -> dict[str, str]:
    """The headers a read record carries."""
    changed = {"Last-Modified": format_datetime(_changed(record), usegmt=True)}
    return changed | ({"ETag": _tag(record)} if of.name == _TAGGED else {})


def unmet(of: SObject, record: Record, method: str, headers: dict[str, str]) -> Reply | None:
    """The answer to a request whose condition does not hold, None when it may go on. DELETE knows no conditions."""
    if method not in ("GET", "PATCH", "POST"):
        return None
    for name in _STRONG:
        if name in headers and of.name == _TAGGED:
            listed = [part.strip() for part in headers[name].split(",")]
            if not all(part == "*" or (part.startswith('"') and part.endswith('"') and part != '"') for part in listed):
                if method != "GET":
                    raise Refusal("BAD_REQUEST", f"Invalid value for header {name}: {headers[name]}")
                continue
            known = _tag(record) in listed or "*" in listed
            if known != (name == "if-match"):
                return _refusal(304 if name == "if-none-match" and method == "GET" else 412)
    moment = _moment(headers, "if-unmodified-since", method)
    if moment is not None and _changed(record) > moment:
        return _refusal(412)
    moment = _moment(headers, "if-modified-since", method)
    if moment is not None and _changed(record) <= moment:
        return _refusal(304)
    return None


def _refusal(status: int) -> Reply:
    if status == 304:
        return Reply(304)
    message = "The resource was changed; the precondition of the request is not met."
    return Reply(412, Refusal("PRECONDITION_FAILED", message).as_body())


def _moment(headers: dict[str, str], name: str, method: str) -> datetime | None:
    """An unreadable If-Unmodified-Since is refused with a change and passed over in a read."""
    if name not in headers:
        return None
    try:
        moment = parsedate_to_datetime(headers[name])
    except ValueError:
        if name == "if-unmodified-since" and method != "GET":
            raise Refusal("BAD_REQUEST", f"Invalid value for header {name}: {headers[name]}") from None
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _changed(record: Record) -> datetime:
    return datetime.fromisoformat(record["LastModifiedDate"]).replace(microsecond=0)


def _tag(record: Record) -> str:
    digest = hashlib.sha1(json.dumps(record, sort_keys=True).encode(), usedforsecurity=False).digest()
    return f'"{base64.b64encode(digest).decode()}"'
