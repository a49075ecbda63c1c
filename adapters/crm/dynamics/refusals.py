"""Dataverse's error codes in our three errors (https://learn.microsoft.com/power-apps/developer/data-platform)."""

from __future__ import annotations

from typing import Any

import httpx

from adapters.crm.dynamics.multipart import Outcome
from adapters.crm.dynamics.session import VENDOR
from adapters.errors import Permanent, Retryable, VendorError, excerpt
from adapters.http import retry_after

# Service protection limits (requests, execution time, concurrency) and a lock that was not free in time.
_NOT_NOW = frozenset({"0x80072321", "0x80072322", "0x80072326", "0x80044151"})
# Row version, row exists, alternate key taken: somebody else was there between our look and our write.
_RACES = frozenset({"0x80060882", "0x80040237", "0x80060892"})
_MENDS = {
    "0x80040333": "a duplicate detection rule blocks the row; merge the duplicates",
    "0x80040220": "give the application user the privilege",
}
_NO_TABLE = "the table or a column is missing in the environment; install the solution or choose another profile"


class TokenExpired(Retryable):
    """The token is no longer accepted: sign in and ask again."""


def refusal(call: str, status: int, body: Any, wait: float | None = None) -> VendorError:
    code, message = _error(body)
    if status in (429, 503) or code in _NOT_NOW:
        return Retryable(VENDOR, call, excerpt(message) or f"HTTP {status}", code or str(status), wait)
    if status >= 500:
        return Retryable(VENDOR, call, f"HTTP {status}: {excerpt(message)}", code or str(status))
    mend = _MENDS.get(code) or (_NO_TABLE if _is_missing(status, message) else "")
    return Permanent(VENDOR, call, excerpt(message) + (f" ({mend})" if mend else ""), code or str(status))


def lost_race(outcome: Outcome) -> bool:
    return outcome.status == 412 and _error(outcome.body)[0] in _RACES


def judge(call: str, answer: httpx.Response) -> None:
    """Raise what the answer's own words mean; silent for a success and for what only the status says."""
    if answer.status_code == 401:
        raise TokenExpired(VENDOR, call, "the token is no longer valid", "401")
    if answer.status_code < 400 or (answer.status_code >= 500 and answer.status_code != 503):
        return
    try:
        body = answer.json()
    except ValueError:
        return
    raise refusal(call, answer.status_code, body, retry_after(answer))


def _error(body: Any) -> tuple[str, str]:
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("code") or ""), str(error.get("message") or "")


def _is_missing(status: int, message: str) -> bool:
    words = ("Resource not found for the segment", "Could not find a property named", "Invalid property")
    return status in (400, 404) and any(word in message for word in words)
