"""getUpdated and getDeleted: which records of a type changed or were deleted in a window of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.records import RECYCLE_BIN, Records
from sandbox.salesforce.reply import Reply
from sandbox.salesforce.schema import Record, SObject
from sandbox.salesforce.values import timestamp

_UPDATED_WINDOW = timedelta(days=30)
_NARROWEST = timedelta(minutes=1)


def updated(records: Records, of: SObject, query: dict[str, str]) -> Reply:
    start, end = _window(records, query, _UPDATED_WINDOW)
    rows = [row for row in records.committed(records.all(of)) if start <= _at(row) < end]
    return Reply(200, {"ids": [row["Id"] for row in rows], "latestDateCovered": timestamp(end)})


def deleted(records: Records, of: SObject, query: dict[str, str]) -> Reply:
    start, end = _window(records, query, RECYCLE_BIN)
    gone = [row for row in records.committed(records.all(of, deleted_too=True)) if row["IsDeleted"]]
    rows = [row for row in gone if start <= _at(row) < end]
    body: dict[str, Any] = {
        "deletedRecords": [{"id": row["Id"], "deletedDate": row["SystemModstamp"]} for row in rows],
        "earliestDateAvailable": timestamp(_minute(records.now() - RECYCLE_BIN)),
        "latestDateCovered": timestamp(end),
    }
    return Reply(200, body)


def _window(records: Records, query: dict[str, str], longest: timedelta) -> tuple[datetime, datetime]:
    """Seconds are cut off both ends; a window ends now at the latest, is a minute wide at least, and not too old."""
    start, end = _given(query, "start"), min(_given(query, "end"), records.now())
    if records.now() - start > longest + _NARROWEST:
        days = longest.days
        raise Refusal("INVALID_REPLICATION_DATE", f"startDate cannot be more than {days} days ago", ["startDate"])
    start, end = _minute(start), _minute(end)
    if end - start < _NARROWEST:
        message = "endDate must be at least one minute greater than startDate"
        raise Refusal("INVALID_REPLICATION_DATE", message, ["endDate"])
    return start, end


def _given(query: dict[str, str], name: str) -> datetime:
    # A plus sign that a client left unencoded arrives as a blank.
    text = query.get(name, "").strip().replace(" ", "+")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal("MALFORMED_QUERY", f"{name} must be a date and time with its zone: {text}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _at(row: Record) -> datetime:
    return datetime.fromisoformat(row["SystemModstamp"])
