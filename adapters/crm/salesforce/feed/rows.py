"""Records as queries tell them, deleted and merged ones among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.crm.port import Row, Scalar, Watch
from adapters.crm.salesforce.feed.ids import widened
from adapters.crm.salesforce.feed.moments import moment

# The objects the platform can merge; only they have the field that names where a record went.
MERGING = frozenset({"Account", "Case", "Contact", "Lead"})
_MARKS = ("IsDeleted", "SystemModstamp", "CreatedDate", "LastModifiedById")


def selected(watch: Watch) -> tuple[str, ...]:
    """What a query asks for, but for the id and the key, which every query has."""
    merged = ("MasterRecordId",) if watch.object in MERGING else ()
    wanted = dict.fromkeys((*_MARKS, *merged, *watch.fields))
    return tuple(name for name in wanted if name not in ("Id", watch.key))


def row(watch: Watch, record: Mapping[str, Any]) -> Row:
    stamp = str(record["SystemModstamp"])
    return Row(
        watch.object,
        widened(str(record["Id"])),
        {name: scalar(record.get(name)) for name in watch.fields},
        at=moment(stamp),
        version=stamp,
        deleted=bool(record["IsDeleted"]),
        merged_into=widened(str(record.get("MasterRecordId") or "")),
    )


def scalar(value: Any) -> Scalar:
    """REST shows compound fields as objects: nothing we can compare, so it is as if they were empty."""
    return value if value is None or isinstance(value, str | int | float | bool) else None
