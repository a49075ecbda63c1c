"""Dataverse's error codes in our three errors (https://learn.microsoft.com/power-apps/developer/data-platform)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import httpx

from adapters.crm.dynamics.multipart import Outcome
from adapters.crm.dynamics.session import VENDOR
from adapters.errors import Permanent, Retryable, SignInRefused, VendorError, excerpt
from adapters.http import retry_after
from security.redact import BLANK


class Meaning(NamedTuple):
    """`mend` is told beside the environment's own sentence."""

    kind: type[VendorError]
    mend: str = ""


_NOT_NOW, _NEVER = Meaning(Retryable), Meaning(Permanent)
# Somebody else was there between our look and our write, and the next look finds what is there now.
_RACE = Meaning(Retryable, "somebody else changed it at the same moment")
_GONE = Meaning(Retryable, "a row it is linked to is gone")
_NO_TABLE = "the table or a column is missing in the environment; install the solution or choose another profile"
_PRIVILEGE = "give the application user the privilege"

# What is not here is Permanent, but for 429 and what begins with 5.
CODES: Mapping[str, Meaning] = MappingProxyType(
    {
        # Service protection: requests, execution time, concurrency. The answer says how long to wait.
        "0x80072322": _NOT_NOW,
        "0x80072321": _NOT_NOW,
        "0x80072326": _NOT_NOW,
        # A lock that was not free in time.
        "0x80044151": _NOT_NOW,
        "0x80060882": _RACE,
        "0x80040237": _RACE,
        "0x80060892": _RACE,
        # By id, and by alternate key.
        "0x80040217": _GONE,
        "0x80060891": _GONE,
        "0x80040333": Meaning(Permanent, "a duplicate detection rule blocks the row; merge the duplicates"),
        "0x80040220": Meaning(Permanent, _PRIVILEGE),
        "0x80040203": _NEVER,
        "0x80060890": _NEVER,
        "0x80044330": _NEVER,
        "0x80044331": _NEVER,
        "0x8004431a": _NEVER,
        "0x8006088a": _NEVER,
        "0x80040227": _NEVER,
        "0x8004023b": _NEVER,
        "0x80040315": _NEVER,
        "0x8004418a": Meaning(Permanent, "the request is too large"),
    }
)
STATUSES: Mapping[int, Meaning] = MappingProxyType(
    {
        # Of one operation in a batch; of a whole call it renews the token.
        401: Meaning(Retryable, "the token is no longer accepted"),
        403: Meaning(Permanent, _PRIVILEGE),
        429: _NOT_NOW,
        503: _NOT_NOW,
    }
)
_GONES = frozenset(code for code, meaning in CODES.items() if meaning is _GONE)
_RACES = frozenset(code for code, meaning in CODES.items() if meaning is _RACE)
_LEFT = {
    "requests": "x-ms-ratelimit-burst-remaining-xrm-requests",
    "seconds": "x-ms-ratelimit-time-remaining-xrm-requests",
}
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
# Sentences of the layer that reads a body repeat the value they cannot read, which may be a name.
_VALUE = re.compile(r"(?i)\b(literal|value|string|text)\s+'[^']*'")


class TokenExpired(Retryable):
    """The token is no longer accepted: sign in and ask again."""


def refusal(call: str, status: int, body: Any, wait: float | None = None) -> VendorError:
    code, message = _error(body)
    meaning = CODES.get(code.lower()) or STATUSES.get(status) or (_NOT_NOW if status >= 500 else _NEVER)
    mend = meaning.mend or (_NO_TABLE if _is_missing(status, message) else "")
    reason = excerpt(_VALUE.sub(rf"\1 {BLANK}", message)) or f"HTTP {status}"
    if mend:
        reason += f" ({mend})"
    if meaning.kind is Retryable:
        return Retryable(VENDOR, call, reason, code or str(status), wait)
    return meaning.kind(VENDOR, call, reason, code or str(status))


def lost_race(outcome: Outcome) -> bool:
    return outcome.status == 412 and _error(outcome.body)[0].lower() in _RACES


def no_such_row(outcome: Outcome) -> bool:
    """There is no row of that id or key; the table is there."""
    return outcome.status == 404 and _error(outcome.body)[0].lower() in _GONES


def to_be_mended(refused: Permanent) -> bool:
    """The sign-in, a right, a table or a column is what is wrong: no other question would be answered either."""
    return isinstance(refused, SignInRefused) or any(mend in refused.reason for mend in (_PRIVILEGE, _NO_TABLE))


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


def requests_left(answer: httpx.Response) -> dict[str, float]:
    """What the answer says is left of this user's requests and execution seconds, on the server that answered."""
    return {
        allowance: float(told)
        for allowance, header in _LEFT.items()
        if _NUMBER.fullmatch(told := answer.headers.get(header, ""))
    }
