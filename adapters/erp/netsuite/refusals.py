"""NetSuite's error codes, statuses and sentences in our three errors. The code is asked first, then the status."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import httpx

from adapters.erp.netsuite.settings import Names
from adapters.errors import ClosedPeriod, Permanent, Retryable, SignInRefused, UnknownOutcome, VendorError, excerpt


class NotThere(Permanent):
    """No record with that id."""


class AlreadyThere(Permanent):
    """The external id is taken: somebody, perhaps we ourselves, was there before."""


class LoginRefused(SignInRefused):
    """401 for this header; a fresh token may do."""


class Meaning(NamedTuple):
    """`mend` is told beside NetSuite's own sentence. UnknownOutcome is Retryable where a repeat is harmless."""

    kind: type[VendorError]
    mend: str = ""


_LIMIT = "the account's concurrency limit is reached"
_ROLE = "give the integration's role the permission"
_LOGIN = "login refused: check the account's credentials and role"

CODES: Mapping[str, Meaning] = MappingProxyType(
    {
        "CONCURRENCY_LIMIT_EXCEEDED": Meaning(Retryable, _LIMIT),
        # The same of RESTlets, which say it with 400.
        "SSS_REQUEST_LIMIT_EXCEEDED": Meaning(Retryable, _LIMIT),
        "INVALID_LOGIN": Meaning(LoginRefused, _LOGIN),
        "INVALID_LOGIN_ATTEMPT": Meaning(LoginRefused, _LOGIN),
        "INSUFFICIENT_PERMISSION": Meaning(Permanent, _ROLE),
        # Somebody saved the record between NetSuite's reading and its writing: nothing was written.
        "RCRD_HAS_BEEN_CHANGED": Meaning(Retryable, "somebody else changed the record at the same moment"),
        "RCRD_DSNT_EXIST": Meaning(NotThere),
        "DUP_RCRD": Meaning(AlreadyThere),
        # Only asynchronous requests have such a key, and we send none.
        "IDEMPOTENCY_ERROR": Meaning(Permanent, "an earlier request used the same key"),
        # Whatever its status: it struck anywhere.
        "UNEXPECTED_ERROR": Meaning(UnknownOutcome),
    }
)
STATUSES: Mapping[int, Meaning] = MappingProxyType(
    {
        401: Meaning(LoginRefused, _LOGIN),
        403: Meaning(Permanent, _ROLE),
        404: Meaning(NotThere),
        405: Meaning(Permanent),
        429: Meaning(Retryable, _LIMIT),
    }
)
# A 404 without NetSuite's words is no answer about a record: the address is wrong, or something stands before it.
_ALSO_WITHOUT_WORDS = (401, 429)
_CHANGED = "record has been changed"


def refusal(vendor: str, call: str, answer: httpx.Response, names: Names, *, repeatable: bool) -> VendorError | None:
    """What the answer says; None when only its status says something, which is not ours to judge."""
    status = answer.status_code
    if status < 400:
        return None
    details = _details(answer)
    if not details and status not in _ALSO_WITHOUT_WORDS:
        return None
    code, sentence = str(details.get("o:errorCode", status)), str(details.get("detail", ""))
    known = CODES.get(code) or STATUSES.get(status) or (None if status >= 500 else _by_words(sentence, names))
    if known is None:
        return None
    # Of a refused login NetSuite's own sentence tells only where to look it up there.
    detail = "" if known.kind is LoginRefused else excerpt(sentence, 300)
    reason = "; ".join(part for part in (known.mend, detail) if part) or f"HTTP {status}"
    kind = Retryable if known.kind is UnknownOutcome and repeatable else known.kind
    return kind(vendor, call, reason, code)


def _by_words(sentence: str, names: Names) -> Meaning:
    """USER_ERROR and INVALID_CONTENT stand for every rule of the account: what matters to us is in the sentence."""
    words = sentence.lower()
    if any(part in words for part in names.closed_period):
        return Meaning(ClosedPeriod)
    if any(part in words for part in names.already_there):
        return Meaning(AlreadyThere)
    if _CHANGED in words:
        return CODES["RCRD_HAS_BEEN_CHANGED"]
    return Meaning(Permanent)


def _details(answer: httpx.Response) -> dict[str, Any]:
    """The first error of NetSuite's own body; empty for what somebody else answered."""
    try:
        first = answer.json()["o:errorDetails"][0]
    except (ValueError, KeyError, IndexError, TypeError):
        return {}
    return first if isinstance(first, dict) else {}
