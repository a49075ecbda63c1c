"""What the environment tells of a row, in the words of the door."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.crm.dynamics.feed.table import CHANGED, CREATED, MASTER, MERGED, WRITER, Table
from adapters.crm.dynamics.session import VENDOR
from adapters.crm.port import Change, ChangeKind, Row, Scalar
from adapters.errors import Retryable

_ETAG, _CONTEXT, _GONE = "@odata.etag", "@odata.context", "/$deletedEntity"
_NUMBER = re.compile(r"\d+")
# Both moments are whole seconds, each read from the clock for itself.
_AT_ONCE = timedelta(seconds=1)


def change(table: Table, told: Mapping[str, Any], link: str, us: str) -> Change:
    """One entry of a page of changes that the link led to. `us` is our own user.

    A row comes as it stands, however often it was changed since the last look, and tells its last writer only. When
    that is somebody else, the change is not our own. When it is us, somebody may have written before us in the same
    look, and it cannot be told."""
    if str(told.get(_CONTEXT, "")).endswith(_GONE):
        return _gone(table, told, link)
    record, version = _identity(table, told)
    writer = str(_value(table, told, WRITER) or "")
    master = merged_into(table, told)
    return Change(
        object=table.name,
        record=record,
        kind=ChangeKind.MERGED if master else _kind(table, told),
        at=_moment(table, told, CHANGED) or datetime.now(UTC),
        event=f"{table.name}/{record}@{_version(version)}",
        fields=fields(table, told),
        own=None if not writer or writer.lower() == us.lower() else False,
        writer=writer,
        version=version,
        merged_into=master,
    )


def row(table: Table, told: Mapping[str, Any]) -> Row:
    record, version = _identity(table, told)
    master = merged_into(table, told)
    return Row(
        object=table.name,
        record=record,
        fields=fields(table, told),
        at=_moment(table, told, CHANGED),
        version=version,
        deleted=bool(master),
        merged_into=master,
    )


def fields(table: Table, told: Mapping[str, Any]) -> dict[str, Scalar]:
    """The watched columns; our own reference as we write it, which the key's column holds in letters of an address."""
    found: dict[str, Scalar] = {field: told.get(table.reads[field]) for field in table.fields}
    key = found[table.key]
    return found | {table.key: table.reference(key)} if isinstance(key, str) else found


def merged_into(table: Table, told: Mapping[str, Any]) -> str:
    """A merge leaves the loser where it is, inactive, with the way to its master; '' for any other row."""
    return str(_value(table, told, MASTER) or "") if _value(table, told, MERGED) else ""


def _gone(table: Table, told: Mapping[str, Any], link: str) -> Change:
    """The environment tells neither who nor when. A row can come back under its id and go again: what tells one
    deletion from the next is the link it was told by."""
    record = str(told.get("id") or "").lower()
    if not record:
        raise Retryable(VENDOR, "changes", "a deletion names no row")
    # Any other reason says that it left what we are told about, for whatever reason.
    kind = ChangeKind.DELETED if told.get("reason") == "deleted" else ChangeKind.GAP
    by = hashlib.sha256(link.encode()).hexdigest()[:16]
    return Change(table.name, record, kind, datetime.now(UTC), f"{table.name}/{record}-{by}")


def _kind(table: Table, told: Mapping[str, Any]) -> ChangeKind:
    made, changed = _moment(table, told, CREATED), _moment(table, told, CHANGED)
    new = made is not None and changed is not None and abs(changed - made) <= _AT_ONCE
    return ChangeKind.CREATED if new else ChangeKind.UPDATED


def _identity(table: Table, told: Mapping[str, Any]) -> tuple[str, str]:
    record, version = told.get(table.id), told.get(_ETAG)
    if not isinstance(record, str) or not isinstance(version, str):
        raise Retryable(VENDOR, "read", f"a row of {table.name} has no id or no version")
    return record, version


def _version(etag: str) -> str:
    found = _NUMBER.search(etag)
    return found[0] if found else etag


def _value(table: Table, told: Mapping[str, Any], column: str) -> Any:
    return told.get(table.reads[column]) if column in table.reads else None


def _moment(table: Table, told: Mapping[str, Any], column: str) -> datetime | None:
    text = _value(table, told, column)
    return datetime.fromisoformat(text) if isinstance(text, str) else None
