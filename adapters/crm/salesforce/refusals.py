"""Salesforce's error codes in our three errors. The lists follow the platform's REST and sObject error codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import httpx

from adapters.crm.allowance import FINE, Kind, Trouble
from adapters.crm.salesforce.session import VENDOR
from adapters.errors import Permanent, Retryable, SignInRefused, VendorError, excerpt


class Meaning(NamedTuple):
    """`mend` is told beside the org's own sentence."""

    kind: type[VendorError]
    mend: str = ""


_NOT_NOW, _NEVER = Meaning(Retryable), Meaning(Permanent)
_ACCESS = Meaning(Permanent, "give the integration user access to the record")
_INPUT = Meaning(Permanent, "the org's rules for this field do not take what the return has")
_SETUP = Meaning(Permanent, "the org does not allow the API, or not to this user")

# What is not here is Permanent.
CODES: Mapping[str, Meaning] = MappingProxyType(
    {
        # Locks and load.
        "UNABLE_TO_LOCK_ROW": _NOT_NOW,
        "SERVER_UNAVAILABLE": _NOT_NOW,
        "REQUEST_RUNNING_TOO_LONG": _NOT_NOW,
        "QUERY_TIMEOUT": _NOT_NOW,
        "UNKNOWN_EXCEPTION": _NOT_NOW,
        "API_CURRENTLY_DISABLED": _NOT_NOW,
        # The day's calls, or too many long ones at once. The org gives no hint how long to wait; Temporal's backoff
        # spreads the tries.
        "REQUEST_LIMIT_EXCEEDED": _NOT_NOW,
        "INVALID_SESSION_ID": _NOT_NOW,
        # Nothing of these was done, and what they were undone for stands at another record.
        "PROCESSING_HALTED": _NOT_NOW,
        "ALL_OR_NONE_OPERATION_ROLLED_BACK": _NOT_NOW,
        # Gone or merged between our look and our write: the next look finds what took its place.
        "ENTITY_IS_DELETED": _NOT_NOW,
        # Somebody else created the record between our look and our write; else two records want one value.
        "DUPLICATE_VALUE": Meaning(Retryable, "another record has the same value in a unique field"),
        "INVALID_TYPE": Meaning(
            Permanent, "the org does not have this object or its licence; choose another profile for this org"
        ),
        "NOT_FOUND": Meaning(
            Permanent,
            "the object or its external id field is missing in the org; install the fields or change the profile",
        ),
        "INVALID_FIELD": Meaning(Permanent, "a field is missing in the org; install the custom fields"),
        "INVALID_FIELD_FOR_INSERT_UPDATE": Meaning(Permanent, "the integration user may not write a field"),
        "INSUFFICIENT_ACCESS": _ACCESS,
        "INSUFFICIENT_ACCESS_OR_READONLY": _ACCESS,
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": _ACCESS,
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Meaning(Permanent, "a trigger or flow of the org refuses the record"),
        "INVALID_CROSS_REFERENCE_KEY": Meaning(Permanent, "a linked record is gone or not visible to the user"),
        "DUPLICATES_DETECTED": Meaning(
            Permanent, "a duplicate rule of the org blocks the record; merge the duplicates or exempt the user"
        ),
        "DUPLICATE_EXTERNAL_ID": Meaning(Permanent, "several records have this key; make the field unique"),
        "FIELD_CUSTOM_VALIDATION_EXCEPTION": Meaning(Permanent, "a validation rule of the org refuses the record"),
        "FIELD_INTEGRITY_EXCEPTION": _INPUT,
        "FIELD_FILTER_VALIDATION_EXCEPTION": _INPUT,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Meaning(
            Permanent, "the picklist does not have the value; add it to the org"
        ),
        "REQUIRED_FIELD_MISSING": Meaning(Permanent, "the org requires a field that a return does not have"),
        "STRING_TOO_LONG": _INPUT,
        "NUMBER_OUTSIDE_VALID_RANGE": _INPUT,
        "INVALID_EMAIL_ADDRESS": _INPUT,
        "MALFORMED_ID": _NEVER,
        "MALFORMED_QUERY": _NEVER,
        "JSON_PARSER_ERROR": _NEVER,
        "METHOD_NOT_ALLOWED": _NEVER,
        "PRECONDITION_FAILED": _NEVER,
        "EXCEEDED_ID_LIMIT": _NEVER,
        "STORAGE_LIMIT_EXCEEDED": Meaning(Permanent, "the org's storage is full"),
        "API_DISABLED_FOR_ORG": _SETUP,
        "INVALID_LOGIN": _SETUP,
        "FUNCTIONALITY_NOT_ENABLED": _SETUP,
    }
)
_VERSION = "Return_Version__c"
_USAGE = re.compile(r"(?:^|;\s*)api-usage=(\d+)/(\d+)")
# These sentences repeat the value, which may be a customer's name or address: only the fields are told.
_REPEATS_VALUE = frozenset(
    {
        "STRING_TOO_LONG",
        "INVALID_EMAIL_ADDRESS",
        "FIELD_INTEGRITY_EXCEPTION",
        "JSON_PARSER_ERROR",
        "DUPLICATE_VALUE",
        "DUPLICATES_DETECTED",
    }
)


_USED_UP = "REQUEST_LIMIT_EXCEEDED"
_SESSION = "INVALID_SESSION_ID"
# Retryable because of somebody else's writes to the same records: the org works.
_RECORDS = frozenset(
    {
        "UNABLE_TO_LOCK_ROW",
        "PROCESSING_HALTED",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "ENTITY_IS_DELETED",
        "DUPLICATE_VALUE",
        "REQUEST_RUNNING_TOO_LONG",
        "QUERY_TIMEOUT",
    }
)
# A trigger that could not lock a row, or ran out of calls, fails with another code and names these in its sentence.
_WITHIN = ("UNABLE_TO_LOCK_ROW", "REQUEST_LIMIT_EXCEEDED")


class SessionExpired(Retryable):
    """The token is no longer accepted: sign in and ask again."""


def refusal(call: str, error: Mapping[str, Any]) -> VendorError:
    """`error` as it stands in a body (errorCode) or in a collection's item (statusCode)."""
    code = str(error.get("errorCode") or error.get("statusCode") or "UNKNOWN")
    message = str(error.get("message") or "refused without a word")
    meaning = CODES.get(code, _NEVER)
    if any(word in message for word in _WITHIN):
        meaning = _NOT_NOW
    reason = excerpt(message)
    if code in _REPEATS_VALUE:
        fields = error.get("fields")
        named = [str(name) for name in fields] if isinstance(fields, list) else []
        reason = f"the org does not accept {', '.join(named) or 'the record'}"
    return meaning.kind(VENDOR, call, f"{reason} ({meaning.mend})" if meaning.mend else reason, code)


def of_item(call: str, item: Mapping[str, Any]) -> VendorError:
    """The error of one record of a collection."""
    return refusal(call, next(iter(item.get("errors") or ()), {}))


def is_stale(item: Mapping[str, Any]) -> bool:
    """The org's validation rule refused to go back to an older version of the return."""
    return any(
        error.get("statusCode") == "FIELD_CUSTOM_VALIDATION_EXCEPTION" and _VERSION in (error.get("fields") or ())
        for error in item.get("errors") or ()
    )


def lost_race(item: Mapping[str, Any]) -> bool:
    """Somebody else created or deleted a record between our look and our write: its key is taken, what it is linked to
    is gone, or a line's ReturnOrderId, which may be given on creation only, came for a line that exists by now. A
    second look settles it."""
    return any(
        error.get("statusCode") in ("DUPLICATE_VALUE", "ENTITY_IS_DELETED")
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
    if answer.status_code == 300:
        raise refusal(call, {"errorCode": "DUPLICATE_EXTERNAL_ID", "message": "the key stands for several records"})
    try:
        error = of_body(call, answer.json())
    except ValueError:
        return
    if error is not None:
        raise error


def trouble(error: VendorError) -> Trouble:
    """What a call that was refused as a whole says about the org. A session that ended is no trouble: another is
    opened, and only when that one is refused too it is said without its class."""
    if isinstance(error, SessionExpired) or (isinstance(error, Retryable) and error.code in _RECORDS):
        return FINE
    if isinstance(error, SignInRefused) or error.code == _SESSION:
        return Trouble(Kind.SHUT_OUT, f"sign-in refused ({error.code})")
    if isinstance(error, Retryable) and error.code == _USED_UP:
        return Trouble(Kind.EXHAUSTED, _USED_UP)
    if isinstance(error, Retryable) and error.code == "429":
        return Trouble(Kind.THROTTLED, "HTTP 429", error.retry_after)
    if isinstance(error, Retryable):
        return Trouble(Kind.FAILING, error.code or "no usable answer", error.retry_after)
    return FINE


def usage(answer: httpx.Response) -> tuple[int, int] | None:
    """(used, allowed) of the org's calls of the last 24 hours, by everybody; None when the answer does not tell."""
    found = _USAGE.search(answer.headers.get("sforce-limit-info", ""))
    return (int(found[1]), int(found[2])) if found else None
