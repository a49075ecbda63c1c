"""Listening to one object of a CRM org: read, have the effects saved, and only then go on.

Whatever ends in between - the worker, the database, the CRM - the same changes are read once more, and what was dealt
with already is known by its event and by what is agreed. A change that can never be dealt with becomes an item of its
own and holds up nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from activities.absences import Absences
from activities.contacts import Contacts, intake
from activities.handing import PASSING, Handing
from activities.judging import Judge, Org
from activities.stopping import unless, worker_stopping
from adapters.crm.port import Change, ChangeKind, Page, Row, Watch
from adapters.errors import VendorError
from domain.errors import Refusal
from domain.mapping import ObjectRules
from domain.sweep import Guard
from store.port import CrmBooks, Item, ItemKind, Links, Position

# A feed is asked this often whether it still tells, and begun anew this often at most while it does not.
_PROBE, _RESTART = timedelta(minutes=10), timedelta(hours=1)
# Records of one page that were not seen are looked up so many at a time.
_LOOKED_UP = 200
# So many returns are told to be due at once; the others are, once these are shown. An org that was set back to an old
# state has all of them due, which is more than one history takes.
_MOST_DUE = 200


@dataclass(frozen=True, slots=True)
class Heard:
    """`changes` were dealt with; `comparing` says why everything has to be compared; `due` are the returns to be
    published again."""

    changes: int = 0
    comparing: str = ""
    due: tuple[str, ...] = ()


class Ear:
    """Listens to one object."""

    def __init__(
        self, org: Org, rules: ObjectRules, books: CrmBooks, links: Links, handing: Handing, guard: Guard
    ) -> None:  # fmt: skip
        self._org, self._rules, self._handing = org, rules, handing
        into = intake(org, rules)
        person = into.people.person_fields if into is not None else ()
        fields = dict.fromkeys((rules.key, *(rule.field for rule in rules.pulled), *person))
        self._watch = Watch(rules.object, rules.key, tuple(fields))
        self._contacts = Contacts(org, rules, self._watch, into) if into is not None else None
        self._watching, self._items, self._keeping = books.watching, books.items, books.keeping
        self._judge = Judge(org, rules, self._watch)
        self._found_requests = False
        self._absences = Absences(org, rules, self._watch, books.watching, books.items, links, guard)

    async def listen(self, span: float, waiting: tuple[str, ...] = ()) -> Heard:
        ends, heard = asyncio.get_running_loop().time() + span, Heard()
        async with worker_stopping() as stopping:
            while True:
                left = ends - asyncio.get_running_loop().time()
                heard, more = await self._once(heard, left, stopping, waiting)
                if heard.comparing or heard.due or stopping.is_set() or (left <= 0 and not more):
                    return heard

    async def _once(
        self, heard: Heard, wait: float, stopping: asyncio.Event, waiting: tuple[str, ...]
    ) -> tuple[Heard, bool]:
        """One page; and whether there is more of it at once."""
        position = await self._position()
        if position.decided:
            await self._act_on_choices()
            position = await self._position()
        if position.asking:
            await self._hand_over()
        if position.comparing:
            wait = 0.0
        page = await unless(stopping, self._org.feed.changes(self._watch, position.cursor, max(wait, 0.0)))
        if page is None:
            return heard, False
        if page.lapsed:
            position = await self._begin("the cursor was too old")
        else:
            position = await self._apply(position, page)
        if position.asking or self._found_requests:
            await self._hand_over()
        due = await self._due(waiting)
        return Heard(heard.changes + len(page.changes), position.comparing, due), page.more

    async def _due(self, waiting: tuple[str, ...] = ()) -> tuple[str, ...]:
        if self._rules.concept != "return":
            return ()
        return await self._org.basis.agreements.due(self._org.name, self._rules.object, waiting, _MOST_DUE)

    async def _position(self) -> Position:
        """Where to go on. A feed that no longer tells is begun anew, in sight of people."""
        position = await self._where()
        if position is None:
            return await self._begin("listened to for the first time")
        now = datetime.now(UTC)
        if position.probed_at is not None and now - position.probed_at < _PROBE:
            return position
        silent = Item(
            self._org.name, ItemKind.SILENT, self._rules.object, "", "", "",
            "the CRM no longer tells its changes; is change capture or change tracking switched on?",
        )  # fmt: skip
        if position.probed_at is None or position.probed_at.date() != now.date():
            # Once a day, by whoever comes first; a comparison does it too, but may be switched off.
            await self._keeping.forget(self._org.name, self._org.keep_days)
        await self._watching.probed(self._org.name, self._rules.object, self._org.basis.matrix.version)
        if await self._org.feed.alive(self._watch):
            await self._items.over(silent)
            return position
        await self._items.open(silent)
        if position.restarted_at is not None and now - position.restarted_at < _RESTART:
            return position
        return await self._begin("the CRM had fallen silent")

    async def _begin(self, why: str) -> Position:
        """The new cursor first: what is changed while everything is compared comes by it."""
        cursor = await self._org.feed.begin(self._watch)
        return await self._compare_from(cursor, why)

    async def _compare_from(self, cursor: str, why: str) -> Position:
        matrix = self._org.basis.matrix
        await self._watching.begun(self._org.name, self._rules.object, matrix.version, cursor, why)
        position = await self._where()
        assert position is not None, "it was saved by the line above"
        return position

    async def _where(self) -> Position | None:
        return await self._watching.position(self._org.name, self._rules.object, self._org.basis.matrix.version)

    async def _apply(self, position: Position, page: Page) -> Position:
        gone: list[Change] = []
        overflow = False
        news = await self._contacts.news(page.changes) if self._contacts is not None else ()
        for change in page.changes:
            overflow = overflow or change.kind is ChangeKind.OVERFLOW
            if change.kind is ChangeKind.DELETED:
                gone.append(change)
            elif change.kind is not ChangeKind.OVERFLOW:
                await self._deal(change)
        if gone:
            await self._absences.gone(tuple(each.record for each in gone), gone[-1].at)
        await self._take_in(news)
        if overflow:
            return await self._compare_from(page.cursor, "more was changed than the CRM tells one by one")
        await self._watching.moved(position, page.cursor, len(page.changes))
        return replace(position, cursor=page.cursor)

    async def _take_in(self, news: Sequence[Change]) -> None:
        """Who they are by now. What cannot be taken in ever becomes an item, and the cursor goes on."""
        if self._contacts is not None and news:
            await self._contacts.take_in(news, self._unknowable)

    async def _unknowable(self, change: Change, error: Exception) -> None:
        if isinstance(error, PASSING):
            raise error
        await self._poisoned(change, error)

    async def _deal(self, change: Change) -> None:
        try:
            if change.kind is ChangeKind.GAP:
                await self._look(change.record, change)
            elif change.kind is ChangeKind.MERGED:
                await self._absences.merged(change.record, change.merged_into, change.at)
            else:
                await self._decide(change)
        except PASSING:
            raise
        except Exception as error:
            await self._poisoned(change, error)

    async def _decide(self, change: Change) -> None:
        if await self._judge.judge(change):
            self._found_requests = True

    async def _look(self, record: str, told: Change | None = None) -> None:
        """A change of which the CRM does not say what it was."""
        rows = await self._org.feed.rows(self._watch, records=(record,))
        at = told.at if told is not None else datetime.now(UTC)
        row = next(iter(rows), None)
        if row is not None and row.merged_into:
            await self._absences.merged(record, row.merged_into, at)
        elif row is None or row.deleted:
            await self._absences.gone((record,), at)
        else:
            await self._decide(_change(row, at))
            if self._contacts is not None:
                await self._contacts.met(row)

    async def _poisoned(self, change: Change, error: Exception) -> None:
        """What nobody foresaw may hold values in its text; ours holds none."""
        said = str(error) if isinstance(error, VendorError | Refusal) else type(error).__name__
        detail = f"{change.kind}: {said}"
        known = await self._org.basis.agreements.of_record(self._org.name, change.object, change.record)
        key = known.key if known is not None else ""
        await self._items.open(Item(self._org.name, ItemKind.POISON, change.object, change.record, key, "", detail))

    async def compare(self, span: float, waiting: tuple[str, ...] = ()) -> Heard:
        """Every live record, in parts; what was known and not seen at the end of all is gone, and only then is it
        over: what ends in between is repeated."""
        ends, compared = asyncio.get_running_loop().time() + span, 0
        async with worker_stopping() as stopping:
            while True:
                position = await self._where()
                if position is None or not position.comparing:
                    return Heard(compared)
                part = await self._org.feed.every(self._watch, position.after)
                stand = [_change(row, row.at or datetime.now(UTC)) for row in part.rows]
                for change in stand:
                    await self._deal(change)
                await self._take_in(stand)
                seen = tuple(row.record for row in part.rows)
                compared += len(seen)
                unseen = await self._watching.compared(position, seen, part.after)
                for begin in range(0, len(unseen), _LOOKED_UP):
                    await self._absences.missed(unseen[begin : begin + _LOOKED_UP])
                over = part.after is None
                if over:
                    await self._watching.over(position)
                await self._hand_over()
                if over or stopping.is_set() or asyncio.get_running_loop().time() >= ends:
                    return Heard(compared, "" if over else position.comparing, await self._due(waiting))

    async def look_at(self, records: tuple[str, ...]) -> Heard:
        """Records of which somebody knows that they were changed. One that is gone is left to the listening."""
        rows = await self._org.feed.rows(self._watch, records=records)
        there = [row for row in rows if not row.deleted]
        for row in there:
            await self._deal(_change(row, datetime.now(UTC)))
        await self._hand_over()
        return Heard(len(there), due=await self._due())

    async def _hand_over(self) -> None:
        """Requests that were found and written down, also by a worker that ended then. One that cannot be asked now is
        asked with the next page."""
        if self._rules.concept == "return":
            self._found_requests = False
            await self._handing.hand_over(self._org.name)

    async def _act_on_choices(self) -> None:
        for item in await self._items.decided(self._org.name, self._rules.object):
            if item.kind is ItemKind.MASS_DELETE and item.choice == "conclude":
                await self._absences.conclude()
            elif item.kind is ItemKind.MASS_DELETE and item.choice == "look_again":
                await self._begin("a person asked to look again")
            elif item.kind is ItemKind.POISON and item.choice == "retry":
                try:
                    await self._look(item.record)
                except PASSING:
                    raise
                except Exception as error:
                    again = Change(item.object, item.record, ChangeKind.GAP, datetime.now(UTC), "retry")
                    await self._poisoned(again, error)
            await self._items.acted(item.item_id)


def _change(row: Row, at: datetime) -> Change:
    """A record as it stands, as if it had just been changed to that."""
    event = f"row:{row.version or at.isoformat()}"
    return Change(
        row.object, row.record, ChangeKind.UPDATED, row.at or at, event, fields=row.fields, version=row.version
    )
