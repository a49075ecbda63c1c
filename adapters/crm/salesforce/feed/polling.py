"""Changes found by asking: every row stamped lately, deleted and merged ones among them.

One query tells fields, deletion, merge and stamp together; lists of changed and deleted ids would take a second call
for what the rows hold, reach back 15 days at most, and are cut to whole minutes. Rows become visible when their
transaction ends, later than they are stamped (airbytehq/airbyte#27146): each sweep begins a while before the newest
stamp seen, and what was told before is told apart by id and stamp. What leaves the recycle bin between two sweeps is
not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simple_salesforce.format import format_soql

from adapters.crm.port import Change, ChangeKind, Evidence, Row, Watch
from adapters.crm.salesforce.feed.ids import widened
from adapters.crm.salesforce.feed.moments import literal, moment
from adapters.crm.salesforce.feed.rows import row, selected
from adapters.crm.salesforce.org import Org

OVERLAP = timedelta(minutes=15)
RECYCLE_BIN = timedelta(days=14)
"""What was deleted longer ago may be gone for good (the platform keeps it for 15 days): a sweep could not tell."""
_ROWS = 500
# A first look at what is there already: so many queries of this many ids. What is beyond is only told again.
_NOTED, _LOOKS = 2000, 5
_BEGINNING = "2000-01-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Seen:
    """The version of a record that was told, and whether it was a deletion."""

    stamp: datetime
    version: str
    deleted: bool


@dataclass(frozen=True, slots=True)
class Swept:
    """`after` is None when the sweep is over: everything visible up to `mark` has been told."""

    changes: tuple[Change, ...]
    mark: datetime
    after: tuple[str, str] | None


async def newest(org: Org, watch: Watch) -> tuple[datetime, datetime]:
    """(stamp, last edit) of the living row stamped last; long ago when there is none.

    The platform's own work stamps rows too, which is no edit and makes no event."""
    query = "SELECT Id, SystemModstamp, LastModifiedDate FROM {of:literal} ORDER BY SystemModstamp DESC LIMIT 1"
    rows = await org.query(f"newest {watch.object}", str(format_soql(query, of=watch.object)))
    last = rows[0] if rows else {"SystemModstamp": _BEGINNING, "LastModifiedDate": _BEGINNING}
    return moment(str(last["SystemModstamp"])), moment(str(last["LastModifiedDate"]))


async def note(org: Org, watch: Watch, mark: datetime, seen: dict[str, Seen]) -> None:
    """Remember what stands within the overlap, so that a feed that begins now tells what comes and not what was."""
    after: tuple[str, str] | None = None
    for _ in range(_LOOKS):
        rows = await _rows(org, watch, ("IsDeleted",), mark, after, _NOTED)
        for record in rows:
            stamp = str(record["SystemModstamp"])
            seen[widened(str(record["Id"]))] = Seen(moment(stamp), stamp, bool(record["IsDeleted"]))
        if len(rows) < _NOTED:
            return
        after = _place(rows[-1])


async def sweep(org: Org, watch: Watch, mark: datetime, after: tuple[str, str] | None, seen: dict[str, Seen]) -> Swept:
    """The next part with something new in it, or the end. What it tells is `seen` from then on."""
    since = mark - OVERLAP
    while True:
        records = await _rows(org, watch, selected(watch), mark, after, _ROWS)
        fresh = [(row(watch, record), record) for record in records]
        changes = tuple(
            _change(one, record, since, seen.get(one.record))
            for one, record in fresh
            if (known := seen.get(one.record)) is None or known.version != one.version
        )
        for one, _ in fresh:
            assert one.at is not None
            seen[one.record] = Seen(one.at, one.version, one.deleted)
            mark = max(mark, one.at)
        over = len(records) < _ROWS
        after = None if over else _place(records[-1])
        if over:
            forget(seen, mark - OVERLAP)
        if changes or over:
            return Swept(changes, mark, after)


def forget(seen: dict[str, Seen], before: datetime) -> None:
    """What no sweep will meet again."""
    for record in [each for each, known in seen.items() if known.stamp < before]:
        del seen[record]


async def _rows(
    org: Org, watch: Watch, fields: tuple[str, ...], mark: datetime, after: tuple[str, str] | None, most: int
) -> list[dict[str, Any]]:
    """By rising stamp and id, from the overlap on or behind a place."""
    if after is None:
        where = f"SystemModstamp >= {literal(mark - OVERLAP)}"
    else:
        stamp = literal(moment(after[0]))
        behind = str(format_soql("Id > {ident}", ident=after[1]))
        where = f"SystemModstamp > {stamp} OR (SystemModstamp = {stamp} AND {behind})"
    names = ", ".join(dict.fromkeys(("Id", "SystemModstamp", *fields, watch.key)))
    query = f"SELECT {names} FROM {watch.object} WHERE {where} ORDER BY SystemModstamp, Id LIMIT {most}"  # noqa: S608
    return await org.query(f"changes of {watch.object}", query, deleted_too=True)


def _place(record: Mapping[str, Any]) -> tuple[str, str]:
    return str(record["SystemModstamp"]), str(record["Id"])


def _change(one: Row, record: Mapping[str, Any], since: datetime, known: Seen | None) -> Change:
    """Of a row it is known that it changed, not what of it, and not by which client."""
    assert one.at is not None
    kind = ChangeKind.UPDATED
    if one.deleted:
        kind = ChangeKind.MERGED if one.merged_into else ChangeKind.DELETED
    elif known is not None and known.deleted:
        kind = ChangeKind.UNDELETED
    elif known is None and moment(str(record["CreatedDate"])) >= since:
        kind = ChangeKind.CREATED
    return Change(
        one.object,
        one.record,
        kind,
        one.at,
        f"{one.record}:{one.version}",
        Evidence.POSSIBLE,
        fields=one.fields,
        writer=widened(str(record.get("LastModifiedById") or "")),
        version=one.version,
        merged_into=one.merged_into,
    )
