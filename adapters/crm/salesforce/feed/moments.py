"""Points in time and days as the REST API writes them, from and to its texts and the event bus's numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(text: str) -> datetime:
    """2026-11-21T09:30:00.000+0000. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


def literal(at: datetime) -> str:
    """As a query has it, unquoted."""
    return written(at).replace("+0000", "Z")


def of_milliseconds(number: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=number)
