"""Salesforce's error codes in our three errors. The lists follow the platform's REST and sObject error codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from adapters.crm.salesforce.session import VENDOR
from adapters.errors import Permanent, Retryable, VendorError, excerpt

# Not now: locks, load, limits. The daily limit gives no hint how long to wait; Temporal's backoff spreads the tries.
_NOT_NOW = frozenset(
    {
        "UNABLE_TO_LOCK_ROW",
        "SERVER_UNAVAILABLE",
        "REQUEST_LIMIT_EXCEEDED",
        "REQUEST_RUNNING_TOO_LONG",
        "QUERY_TIMEOUT",
        "UNKNOWN_EXCEPTION",
        "INVALID_SESSION_ID",
        "PROCESSING_HALTED",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    }
)
_MENDS = {
    "INVALID_TYPE": "the org does not have this object or its licence; choose another profile for this org",
    "NOT_FOUND": "the object or its external id field is missing in the org; install the fields or change the profile",
    "INVALID_FIELD": "a field is missing in the org; install the custom fields",
    "INSUFFICIENT_ACCESS_OR_READONLY": "give the integration user access to the record",
    "DUPLICATES_DETECTED": "a duplicate rule of the org blocks the record; merge the duplicates or exempt the user",
}
_VERSION = "Return_Version__c"
# These sentences repeat the value, which may be a customer's name or address: only the fields are told.
_REPEATS_VALUE = frozenset(
    {"STRING_TOO_LONG", "INVALID_EMAIL_ADDRESS", "JSON_PARSER_ERROR", "DUPLICATE_VALUE", "DUPLICATES_DETECTED"}
)


class SessionExpired(Retryable):
    """The token is no longer accepted: sign in and ask again."""


def refusal(call: str, error: Mapping[str, Any]) -> VendorError:
    """`error` as it stands in a body (errorCode) or in a collection's item (statusCode)."""
    code = str(error.get("errorCode") or error.get("statusCode") or "UNKNOWN")
    reason = excerpt(str(error.get("message") or "refused without a word"))
    if code in _REPEATS_VALUE:
        reason = f"the org does not accept {', '.join(error.get('fields') or ()) or 'the record'}"
    mend = f" ({_MENDS[code]})" if code in _MENDS else ""
    kind = Retryable if code in _NOT_NOW else Permanent
    return kind(VENDOR, call, reason + mend, code)


def of_item(call: str, item: Mapping[str, Any]) -> VendorError:
    """The error of one record of a collection."""
    return refusal(call, next(iter(item.get("errors") or ()), {}))


def is_stale(item: Mapping[str, Any]) -> bool:
    """The org's validation rule refused to go back to an older version of the return."""
    return any(
        error.get("statusCode") == "FIELD_CUSTOM_VALIDATION_EXCEPTION" and _VERSION in (error.get("fields") or ())
        for error in item.get("errors") or ()
    )


def lost_creation(item: Mapping[str, Any]) -> bool:
    """Somebody else created the record between our look and our write: its key is taken, or a line's ReturnOrderId,
    which may be given on creation only, came for a line that exists by now. A second look settles it."""
    return any(
        error.get("statusCode") == "DUPLICATE_VALUE"
        or (error.get("statusCode") == "INVALID_FIELD_FOR_INSERT_UPDATE" and "ReturnOrderId" in str(error))
        for error in item.get("errors") or ()
    )


def of_body(call: str, body: Any) -> VendorError | None:
    """The error of a refused request or subrequest: a list of {errorCode, message}; None when the body is not one."""
    if not isinstance(body, Iterable) or isinstance(body, str | Mapping):
        return None
    first = next((each for each in body if isinstance(each, Mapping) and each.get("errorCode")), None)
    return refusal(call, first) if first else None


def judge(call: str, answer: httpx.Response) -> None:
    """Raise what the answer's own words mean; silent for what only its status says."""
    if answer.status_code == 401:
        raise SessionExpired(VENDOR, call, "the session is no longer valid", "INVALID_SESSION_ID")
    if answer.status_code < 300 or answer.status_code >= 500:
        return
    try:
        error = of_body(call, answer.json())
    except ValueError:
        return
    if error is not None:
        raise error
