"""Shopify's ways to say no, in our three errors: the codes of top-level errors, those of user errors, HTTP statuses.

A top-level error may strike before the work, in it or after it. Codes that say which are in the table; of any other the
outcome is not known. A user error is a rule's no: nothing was done, and only some of them are over by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from adapters.errors import Permanent, Retryable, UnknownOutcome, VendorError


class Meaning(NamedTuple):
    """`mend` is told beside Shopify's own sentence. UnknownOutcome is Retryable where a repeat is harmless."""

    kind: type[VendorError]
    mend: str = ""


_NOT_NOW, _NEVER, _UNSURE = Meaning(Retryable), Meaning(Permanent), Meaning(UnknownOutcome)

TOP_LEVEL: Mapping[str, Meaning] = MappingProxyType(
    {
        "THROTTLED": _NOT_NOW,
        "ACCESS_DENIED": Meaning(Permanent, "give the app the scope and install it anew"),
        # Also a mutation that needs @idempotent and came without.
        "BAD_REQUEST": _NEVER,
        "INVALID_FIELD_ARGUMENTS": _NEVER,
        "INVALID_VARIABLE": _NEVER,
        "MAX_COST_EXCEEDED": _NEVER,
        "PARSE_ERROR": _NEVER,
        # Also an id of another type.
        "RESOURCE_NOT_FOUND": _NEVER,
        "SHOP_INACTIVE": Meaning(Permanent, "the shop is closed or its plan has ended"),
        "INTERNAL_SERVER_ERROR": _UNSURE,
        "TIMEOUT": _UNSURE,
    }
)
USER: Mapping[str, Meaning] = MappingProxyType(
    {
        # The quantity moved between the shop's own look and its write.
        "CHANGE_FROM_QUANTITY_STALE": _NOT_NOW,
        "COMPARE_QUANTITY_STALE": _NOT_NOW,
        # An earlier attempt under this key is still at work.
        "IDEMPOTENCY_CONCURRENT_REQUEST": _NOT_NOW,
        "SERVICE_UNAVAILABLE": _NOT_NOW,
        # "Try again", say their descriptions.
        "ADJUST_QUANTITIES_FAILED": _NOT_NOW,
        "MOVE_QUANTITIES_FAILED": _NOT_NOW,
        "SET_ON_HAND_QUANTITIES_FAILED": _NOT_NOW,
        # One bulk operation at a time, and so many a day.
        "OPERATION_IN_PROGRESS": _NOT_NOW,
        "LIMIT_REACHED": _NOT_NOW,
        "INTERNAL_FILE_SERVER_ERROR": _NOT_NOW,
        # The two that are no rule's no: something broke, and what it broke off is not told.
        "INTERNAL_ERROR": _UNSURE,
        "NOTIFICATION_FAILED": _UNSURE,
        "MISSING_PERMISSION": Meaning(Permanent, "give the app the scope and install it anew"),
        "FEATURE_NOT_ENABLED": Meaning(Permanent, "the shop's plan does not have what this needs"),
    }
)
STATUSES: Mapping[int, Meaning] = MappingProxyType(
    {
        402: Meaning(Permanent, "the shop is frozen until its bill is paid"),
        403: Meaning(Permanent, "the app may not do this; check its scopes and that it is installed"),
        404: Meaning(Permanent, "there is no such shop, or not in this API version; check the url and the version"),
        423: Meaning(Permanent, "the shop is locked; its owner must ask Shopify"),
        430: Meaning(Permanent, "Shopify takes these calls for an attack; ask its support"),
    }
)


def of_top_level(code: str) -> Meaning:
    """The Ruby server's own checks of a document have codes like `undefinedField`: it was never run."""
    return TOP_LEVEL.get(code) or (_NEVER if code[:1].islower() else _UNSURE)


def of_user_error(code: str) -> Meaning:
    return USER.get(code, _NEVER)
