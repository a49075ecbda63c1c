"""Is this value acceptable for this field? Each answer is the platform's own refusal, or the value as it is stored."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.ids import canonical
from sandbox.salesforce.schema import Field

_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_TEXTS = ("string", "textarea", "email", "picklist")


def stored(field: Field, value: Any) -> Any:
    """The value as the org keeps it; an empty text is kept as null, blanks around a text are cut off."""
    if value is None or value == "":
        return None
    if field.kind in _TEXTS:
        return _text(field, value)
    if field.kind == "double":
        return _number(field, value)
    if field.kind == "boolean":
        return _boolean(field, value)
    if field.kind == "reference":
        found = canonical(value) if isinstance(value, str) else None
        if found is None:
            raise Refusal("MALFORMED_ID", f"{field.name}: id value of incorrect type: {value}", [field.name])
        return found
    return _moment(field, value)


def timestamp(moment: datetime) -> str:
    """How the REST API writes a point in time: 2026-11-21T09:30:00.000+0000."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def _text(field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        raise _wrong_type(field, value)
    text = value.strip()
    if len(text) > field.length:
        shown = text[:60]
        message = f"{field.name}: data value too large: {shown} (max length={field.length})"
        raise Refusal("STRING_TOO_LONG", message, [field.name])
    if field.values and text not in field.values:
        message = f"{field.name}: bad value for restricted picklist field: {text}"
        raise Refusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [field.name])
    if field.kind == "email" and not _EMAIL.match(text):
        message = f"{field.name}: invalid email address: {text}"
        raise Refusal("INVALID_EMAIL_ADDRESS", message, [field.name])
    return text or None


def _number(field: Field, value: Any) -> int | float:
    if isinstance(value, bool):
        raise _wrong_type(field, value)
    if isinstance(value, int | float):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        raise _wrong_type(field, value) from None


def _boolean(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _wrong_type(field, value)


def _moment(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_type(field, value)
    try:
        if field.kind == "date":
            return date.fromisoformat(value[:10]).isoformat()
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _wrong_type(field, value) from None
    return timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _wrong_type(field: Field, value: Any) -> Refusal:
    return Refusal("JSON_PARSER_ERROR", f"Cannot deserialize instance of {field.kind} from value {value}", [field.name])
