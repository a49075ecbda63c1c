"""From what a transaction did to records to the events it leaves: one for each record, equal ones merged."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.salesforce.capture.bitmaps import bitmaps
from sandbox.salesforce.capture.bus import Bus
from sandbox.salesforce.capture.schemas import COMPOUNDS, EventSchema, Schemas
from sandbox.salesforce.ids import USER_ID
from sandbox.salesforce.schema import Field, Record, SObject
from sandbox.world import World

GAPS = ("GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW")
_EMPTY_ID = "000000000000000AAA"
_BOOKKEEPING = ("LastModifiedDate", "LastModifiedById")
_SHORT_TEXT = 1000
_FIRST_COMMIT = 10_000_000_000
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


@dataclass(slots=True)
class _Touched:
    of: SObject
    before: Record | None
    after: Record | None
    origin: str


@dataclass(slots=True)
class _Change:
    """One event in the making. `values` are what the event tells, by the schema's names."""

    of: SObject
    kind: str
    origin: str
    schema: EventSchema
    values: dict[str, Any]
    ids: list[str]
    changed: list[str] = field(default_factory=list)
    nulled: list[tuple[int, int | None]] = field(default_factory=list)
    diffed: list[str] = field(default_factory=list)

    def same_as(self, other: _Change) -> bool:
        """Whether both tell the same of different records; when they were saved counts only to the second."""
        mine, theirs = ({**each.values, "LastModifiedDate": None} for each in (self, other))
        alike = (self.of.name, self.kind, self.origin, self.changed, self.nulled)
        return alike == (other.of.name, other.kind, other.origin, other.changed, other.nulled) and mine == theirs


class Changes:
    """Notes what is written and turns it into events when the books commit; what is rolled back leaves none."""

    def __init__(self, world: World, bus: Bus, selected: Callable[[], list[str]], typed: Callable[[SObject], SObject]):
        """`selected` are the types captured now, `typed` adds an org's own fields to a type."""
        self._world, self._bus, self._selected, self._typed = world, bus, selected, typed
        self.schemas = Schemas(world)
        self._touched: dict[str, _Touched] = {}
        self._origin = ""
        world.books.around_commit(self._finish, self._touched.clear)

    @contextlib.contextmanager
    def made_by(self, api: str, version: str, client: str | None) -> Iterator[None]:
        """Until this ends changes come from this API; `client` is how the caller named itself, if its call may."""
        before = self._origin
        self._origin = f"com/salesforce/api/{api}/{version.removeprefix('v')}" + (f";client={client}" if client else "")
        try:
            yield
        finally:
            self._origin = before

    def note(self, of: SObject, before: Record | None, after: Record | None) -> None:
        """A record as it was and as it is now; None stands for "not there"."""
        if of.name not in self._selected():
            return
        ident = str((after or before or {})["Id"])
        known = self._touched.get(ident)
        if known is None:
            self._touched[ident] = _Touched(of, before, after, self._origin)
        else:
            known.after = after

    def gap(self, of: SObject, kind: str, ids: list[str]) -> int:
        """An event that says no more than that something happened; an overflow not even to which record."""
        stamp = self._stamp()
        header = stamp | {"entityName": of.name, "changeType": kind, "sequenceNumber": 1, "changeOrigin": ""}
        header |= {"recordIds": [_EMPTY_ID] if kind == "GAP_OVERFLOW" else ids}
        header |= {"nulledFields": [], "diffFields": [], "changedFields": []}
        schema = self.schemas.of(self._typed(of))
        return self._bus.append({"topic": of.name, "schema": schema.id, "header": header, "values": {}})

    def _finish(self) -> None:
        if not self._touched:
            return
        made = [change for touched in self._touched.values() if (change := self._change(touched)) is not None]
        self._touched.clear()
        stamp = self._stamp() if made else {}
        for number, change in enumerate(_merged(made), start=1):
            where = change.schema.places
            header = stamp | {
                "entityName": change.of.name,
                "recordIds": change.ids,
                "changeType": change.kind,
                "changeOrigin": change.origin,
                "sequenceNumber": number,
                "nulledFields": bitmaps(change.nulled),
                "diffFields": bitmaps(where[name] for name in change.diffed),
                "changedFields": bitmaps(where[name] for name in change.changed),
            }
            event = {"topic": change.of.name, "schema": change.schema.id, "header": header, "values": change.values}
            self._bus.append(event)

    def _stamp(self) -> dict[str, Any]:
        moment = int(self._world.clock.now().timestamp()) * 1000
        # Numbered by where the transaction's first event will stand: that grows from one to the next.
        number = _FIRST_COMMIT + self._bus.last
        key = {"transactionKey": self._world.chance.guid("salesforce.transaction"), "commitUser": USER_ID}
        return key | {"commitTimestamp": moment, "commitNumber": number}

    def _change(self, touched: _Touched) -> _Change | None:
        """None when nothing is left to tell: made and gone in one transaction, or saved as it was."""
        before, after = touched.before, touched.after
        was, there = before is not None and not before["IsDeleted"], after is not None and not after["IsDeleted"]
        of = self._typed(touched.of)
        ident = str((after or before or {})["Id"])
        change = _Change(of, "", touched.origin, self.schemas.of(of), {}, [ident])
        if not there:
            change.kind = "DELETE"
            return change if was else None
        assert after is not None
        if not was or before is None:
            change.kind = "CREATE" if before is None else "UNDELETE"
            change.values = _values(change, after, change.schema.places)
            return change
        change.kind = "UPDATE"
        change.changed = [name for name in change.schema.places if before.get(name) != after.get(name)]
        if set(change.changed) <= set(_BOOKKEEPING):
            return None
        change.values = _values(change, after, change.changed)
        change.nulled = _nulled(change, after)
        for name in change.changed:
            if (patch := _difference(change.schema.fields[name], before.get(name), after.get(name))) is not None:
                change.values[name] = patch
                change.diffed.append(name)
        return change


def _merged(changes: list[_Change]) -> list[_Change]:
    """Neighbours that tell the same become one event with all their records."""
    told: list[_Change] = []
    for change in changes:
        if told and change.kind in ("UPDATE", "DELETE") and told[-1].same_as(change):
            told[-1].ids += change.ids
            told[-1].values = change.values
        else:
            told.append(change)
    return told


def _values(change: _Change, record: Record, names: Iterable[str]) -> dict[str, Any]:
    """The named fields that have a value, under the event's names: compounds are put together, moments are numbers."""
    told: dict[str, Any] = {}
    for name in names:
        value = _value(change.schema.fields[name], record.get(name))
        place, part = change.schema.places[name]
        member = change.schema.members[place][0]
        if value is not None and part is None:
            told[member] = value
        elif value is not None:
            prefix = COMPOUNDS[change.of.name][member][1]
            told.setdefault(member, {})[name.removeprefix(prefix)] = value
    return told


def _nulled(change: _Change, after: Record) -> list[tuple[int, int | None]]:
    """Fields set to null; a compound none of whose parts is left is told as a whole."""
    found: dict[tuple[int, int | None], None] = {}
    for name in change.changed:
        if after.get(name) is None:
            place, part = change.schema.places[name]
            left = any(after.get(each) is not None for each in change.schema.members[place][1])
            found[(place, part if left else None)] = None
    return list(found)


def _value(of: Field, value: Any) -> Any:
    if value is None or of.kind not in ("date", "datetime", "double"):
        return value
    if of.kind == "double":
        return float(value)
    moment = datetime.fromisoformat(value)
    # Cut to the millisecond, as the REST API tells it.
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND


def _difference(of: Field, before: Any, after: Any) -> str | None:
    """A long text that stays long is told as a unified diff, under the fingerprint of the whole, if that is shorter."""
    if of.kind != "textarea" or before is None or after is None:
        return None
    if min(len(before), len(after)) <= _SHORT_TEXT:
        return None
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    patch = "\n".join(["--- ", f"+++ {hashlib.sha256(after.encode()).hexdigest()}", *list(lines)[2:]])
    return patch if len(patch) < len(after) else None
