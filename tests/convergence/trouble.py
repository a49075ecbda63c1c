"""What goes wrong on our side of the wire: changes told twice or in another order, and cursors that are not saved."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from adapters.crm.port import Change, ChangeKind, Feed, Page, Row, Rows, Watch
from store.port import Position, StoreUnavailable, Watching

_MIXABLE = (ChangeKind.CREATED, ChangeKind.UPDATED)


@dataclass
class UnreliableFeed:
    """Implements adapters.crm.port.Feed. `again`: the page before is told once more, behind the next one. `mixed`: the
    next page is told back to front, but for changes of one record at one moment, of which nobody could know the order.
    `told` are the records of all that was told."""

    real: Feed
    again: bool = False
    mixed: bool = False
    before: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    async def begin(self, watch: Watch) -> str:
        return await self.real.begin(watch)

    async def changes(self, watch: Watch, cursor: str, wait: float) -> Page:
        page = await self.real.changes(watch, cursor, wait)
        changes = page.changes
        if self.mixed and changes:
            changes, self.mixed = backwards(changes), False
        if self.again and watch.object in self.before:
            changes, self.again = (*changes, *self.before[watch.object]), False
        if page.changes:
            self.before[watch.object] = page.changes
        self.told += [change.record for change in page.changes]
        return Page(changes, page.cursor, page.more, page.lapsed)

    async def rows(self, watch: Watch, records: tuple[str, ...] = (), keys: tuple[str, ...] = ()) -> tuple[Row, ...]:
        return await self.real.rows(watch, records, keys)

    async def every(self, watch: Watch, after: str = "") -> Rows:
        return await self.real.every(watch, after)

    async def alive(self, watch: Watch) -> bool:
        return await self.real.alive(watch)


def backwards(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    moments = {(change.record, change.at) for change in changes}
    if len(moments) < len(changes) or any(change.kind not in _MIXABLE for change in changes):
        return changes
    return changes[::-1]


class ForgetfulWatching:
    """Implements store.port.Watching. `loses`: the next cursor is not saved, as when a worker dies before."""

    def __init__(self, real: Watching) -> None:
        self._real = real
        self.loses = False

    async def moved(self, before: Position, cursor: str, changes: int) -> bool:
        if self.loses:
            self.loses = False
            raise StoreUnavailable("the worker died before the cursor was saved")
        return await self._real.moved(before, cursor, changes)

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        found: Callable[..., Awaitable[Any]] = getattr(self._real, name)
        return found
