"""Steps on moments and days. A day is a day everywhere: one that is written as such never passes through a clock."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from adapters.crm.mapping.errors import Unfit
from adapters.crm.wording import moment as written

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def moment(value: Any) -> str:
    """Either way: Salesforce writes +0000, Dataverse Z, and both become ours."""
    return written(_read(value))


def date_only(value: Any, zone: ZoneInfo) -> str:
    """A day stays as it is; of a moment, the day it was in `zone`."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        return _day(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return _read(value).astimezone(zone).date().isoformat()


def told_day(value: Any) -> str:
    """A CRM's day. One with a clock behind it is refused: cutting it off would be guessing the zone."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        return _day(value)
    raise Unfit("a day such as 2026-11-22 is needed; the field has a clock")


def _day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise Unfit("a day of the calendar is needed") from None


def _read(value: Any) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise Unfit("a moment such as 2026-11-22T09:30:00Z is needed") from None
    if not isinstance(value, datetime):
        raise Unfit(f"a moment is needed, not {type(value).__name__}")
    if value.tzinfo is None:
        raise Unfit("a moment with its zone is needed")
    return value.astimezone(UTC)
