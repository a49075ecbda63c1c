"""What searches have in common: what they refuse, and the cursor that continues behind the last row seen."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import fields
from datetime import datetime
from typing import Any

from domain.errors import BadInput

MOST = 500


def check(search: Any) -> None:
    """Of a dataclass with a `limit`. Raises BadInput."""
    if not 1 <= search.limit <= MOST:
        raise BadInput("limit", f"must be from 1 to {MOST}")
    for field in fields(search):
        value = getattr(search, field.name)
        words = value if isinstance(value, tuple) else (value,)
        if any(isinstance(word, str) and "\0" in word for word in words):
            raise BadInput(field.name, "must not contain a NUL character")
        if isinstance(value, datetime) and value.tzinfo is None:
            raise BadInput(field.name, "must carry its time zone, such as 2026-11-21T10:00:00Z")


def cursor(at: datetime, *ids: str | int) -> str:
    text = json.dumps([at.isoformat(), *ids], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """What `cursor` was made of; `kinds` are those of the ids. Raises BadInput."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        told, *ids = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        at = datetime.fromisoformat(told)
        if at.tzinfo is None or [type(one) for one in ids] != list(kinds) or any("\0" in str(one) for one in ids):
            raise ValueError(cursor)
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadInput("cursor", "is not one that a former page gave; start again without it") from error
    return at, *ids
