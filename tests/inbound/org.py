"""A CRM org in memory: it shows returns and tells its changes, late, twice, mixed or not at all, as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from adapters.crm.port import (
    Change,
    ChangeKind,
    Evidence,
    Page,
    Projection,
    Published,
    Row,
    Rows,
    Scalar,
    Watch,
)
from adapters.errors import Permanent, Retryable, VendorError
from domain.change_request import RequestKind
from domain.mapping import Direction, FieldRule, Mask, Matrix, ObjectRules, Rule, Side

RETURN, CONTACT = "Return__c", "Contact"
KEY, CUSTOMER = "Ref", "Customer"
_EPOCH = datetime(2026, 11, 21, 10, tzinfo=UTC)


def _asking(name: str, kind: RequestKind, mask: Mask = Mask.OPEN) -> FieldRule:
    return FieldRule(name, Direction.PULL, Side.CRM, Rule.REQUEST_ONLY, mask=mask, asks=kind)


MATRIX = Matrix(
    "main",
    "1",
    (
        ObjectRules(
            "return", RETURN, KEY,
            (
                FieldRule("Version", Direction.PUSH), FieldRule("Stage", Direction.BOTH),
                FieldRule("Reason", Direction.BOTH, rule=Rule.REQUEST_ONLY, asks=RequestKind.REASON),
                _asking("Refund", RequestKind.PARTIAL_REFUND), _asking("Cancel", RequestKind.CANCELLATION),
                _asking("Note", RequestKind.NOTE, Mask.PERSONAL),
            ),
        ),
        ObjectRules("contact", CONTACT, CUSTOMER, ()),
    ),
)  # fmt: skip


@dataclass
class Stored:
    object: str
    fields: dict[str, Scalar]
    at: datetime
    deleted: bool = False
    merged_into: str = ""


@dataclass
class FakeOrg:
    """Implements adapters.crm.port.Crm and Feed. `log` is what it tells, by a cursor that counts; `oldest` is where it
    begins to forget. `marks`: it says who made a change. `looks` counts how often rows were read. `deaf`: who waits is
    not told; `waits` counts who did."""

    records: dict[str, Stored] = field(default_factory=dict)
    log: list[Change] = field(default_factory=list)
    oldest: int = 0
    page: int = 100
    marks: bool = True
    lives: bool = True
    hidden: set[str] = field(default_factory=set)
    broken: list[VendorError] = field(default_factory=list)
    published: list[Projection] = field(default_factory=list)
    begun: int = 0
    enumerations: int = 0
    asked: list[str] = field(default_factory=list)
    looks: int = 0
    unreadable: VendorError | None = None
    clock: int = 0
    rang: asyncio.Event = field(default_factory=asyncio.Event)
    deaf: bool = False
    waits: int = 0
    before_answering: Callable[[], Awaitable[None]] | None = None
    """Done once, when a publication is written and its call is not answered yet."""
    answers_lost: int = 0

    def tick(self) -> datetime:
        self.clock += 1
        return _EPOCH + timedelta(seconds=self.clock)

    def of_return(self, return_id: str) -> str:
        """The live record of a return."""
        (found,) = [
            record
            for record, stored in self.records.items()
            if stored.fields.get(KEY) == return_id and not stored.deleted
        ]
        return found

    def value(self, return_id: str, name: str) -> Scalar:
        return self.records[self.of_return(return_id)].fields.get(name)

    def tell(self, *changes: Change) -> None:
        self.log += changes
        if not self.deaf:
            self.rang.set()

    def make(self, of: str, record: str, own: bool = False, **fields: Scalar) -> Change:
        return self._write(of, record, fields, own)

    def edit(self, record: str, **fields: Scalar) -> Change:
        """What a person there does."""
        return self._write(self.records[record].object, record, fields, own=False)

    def _write(self, of: str, record: str, fields: Mapping[str, Scalar], own: bool) -> Change:
        trimmed = {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}
        at = self.tick()
        new = record not in self.records
        stored = self.records.setdefault(record, Stored(of, {}, at))
        changed = {name: value for name, value in trimmed.items() if stored.fields.get(name) != value}
        stored.fields.update(changed)
        stored.at = at
        kind = ChangeKind.CREATED if new else ChangeKind.UPDATED
        change = Change(
            of, record, kind, at, f"e{self.clock}", Evidence.CERTAIN, changed, (own or None) if self.marks else None,
            "005USER", str(self.clock),
        )  # fmt: skip
        if changed:
            self.tell(change)
        return change

    def delete(self, record: str, tell: bool = True) -> Change:
        self.records[record].deleted = True
        change = Change(self.records[record].object, record, ChangeKind.DELETED, self.tick(), f"e{self.clock}")
        if tell:
            self.tell(change)
        return change

    def merge(self, loser: str, winner: str) -> None:
        stored = self.records[loser]
        stored.deleted, stored.merged_into = True, winner
        at = self.tick()
        self.tell(Change(stored.object, loser, ChangeKind.MERGED, at, f"e{self.clock}", merged_into=winner))

    async def publish(self, projection: Projection) -> Published:
        if self.broken:
            raise self.broken.pop(0)
        self.published.append(projection)
        mine = [
            record for record, one in self.records.items()
            if one.fields.get(KEY) == projection.return_id and not one.deleted
        ]  # fmt: skip
        record = mine[0] if mine else f"a0{len(self.records)}"
        fields = projection.agreed(self.shown_as(projection))
        self._write(RETURN, record, fields, own=True)
        meanwhile, self.before_answering = self.before_answering, None
        if meanwhile is not None:
            await meanwhile()
        if self.answers_lost:
            self.answers_lost -= 1
            raise Retryable("main", "publish", "the answer was lost")
        return Published(record, projection.version, RETURN, fields)

    def shown_as(self, projection: Projection) -> Mapping[str, Scalar]:
        return {
            KEY: projection.return_id, "Version": projection.version, "Stage": projection.stage,
            "Reason": f"{projection.reason} ",
        }  # fmt: skip

    async def standing(self, return_ids: Sequence[str]) -> Mapping[str, Mapping[str, Scalar]]:
        return {
            str(one.fields[KEY]): dict(one.fields)
            for one in self.records.values()
            if one.fields.get(KEY) in return_ids and not one.deleted
        }

    async def begin(self, watch: Watch) -> str:
        self.begun += 1
        self.oldest = min(self.oldest, len(self.log))
        return str(len(self.log))

    async def changes(self, watch: Watch, cursor: str, wait: float) -> Page:
        if self.broken:
            raise self.broken.pop(0)
        start = int(cursor)
        if start < self.oldest:
            return Page((), cursor, lapsed=True)
        mine = [change for change in self.log[start:] if change.object == watch.object]
        if not mine and wait > 0:
            self.rang.clear()
            self.waits += 1
            try:
                await asyncio.wait_for(self.rang.wait(), wait)
            except TimeoutError:
                return Page((), str(len(self.log)))
            return await self.changes(watch, cursor, 0)
        told = self.log[start : start + self.page]
        after = start + len(told)
        wanted = tuple(self._watched(change, watch) for change in told if change.object == watch.object)
        return Page(wanted, str(after), more=after < len(self.log))

    def _watched(self, change: Change, watch: Watch) -> Change:
        return replace(change, fields={name: change.fields[name] for name in watch.fields if name in change.fields})

    async def rows(self, watch: Watch, records: tuple[str, ...] = (), keys: tuple[str, ...] = ()) -> tuple[Row, ...]:
        if self.unreadable is not None:
            raise self.unreadable
        self.asked += records
        self.looks += 1
        return tuple(
            self._row(record, stored, watch)
            for record, stored in self.records.items()
            if record in records or stored.fields.get(watch.key) in keys
        )

    async def every(self, watch: Watch, after: str = "") -> Rows:
        if self.broken:
            raise self.broken.pop(0)
        self.enumerations += not after
        live = sorted(
            record
            for record, stored in self.records.items()
            if stored.object == watch.object and not stored.deleted and record not in self.hidden and record > after
        )
        part = live[: self.page]
        rows = tuple(self._row(record, self.records[record], watch) for record in part)
        return Rows(rows, part[-1] if len(live) > len(part) else None)

    async def alive(self, watch: Watch) -> bool:
        return self.lives

    def _row(self, record: str, stored: Stored, watch: Watch) -> Row:
        fields = {name: stored.fields.get(name) for name in watch.fields}
        version = str((stored.at - _EPOCH).seconds)
        return Row(stored.object, record, fields, stored.at, version, stored.deleted, stored.merged_into)


def refused(why: str = "no licence") -> Permanent:
    return Permanent("main", "publish", why)
