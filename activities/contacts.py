"""The contacts of an org as it is listened to: whoever was changed there by others is taken in as a whole person.

A CRM may tell the changed fields only, and one field is nobody: what is not told of a page's contacts is read in one
go. Of our own writes nothing is read, since they say what the shop said.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from activities.judging import Org
from activities.people import Intake, take_in
from adapters.crm.port import Change, ChangeKind, Evidence, Row, Watch
from domain.mapping import ObjectRules

_ALIVE = (ChangeKind.CREATED, ChangeKind.UPDATED, ChangeKind.UNDELETED)


def intake(org: Org, rules: ObjectRules) -> Intake | None:
    """None where nobody is taken in: an object that is only watched changes nothing here either."""
    return org.intake if rules.concept == "contact" and rules.mode.pulls else None


class Contacts:
    """Of one org. `watch` has all the fields that make a person."""

    def __init__(self, org: Org, rules: ObjectRules, watch: Watch, into: Intake) -> None:
        self._org, self._rules, self._watch, self._into = org, rules, watch, into
        self._fields = into.people.person_fields

    async def news(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        """Those that may say something new of a person; asked before the changes are dealt with, which is when the key
        of a record becomes known."""
        return tuple([change for change in changes if await self._news(change)])

    async def take_in(self, news: Sequence[Change], failed: Callable[[Change, Exception], Awaitable[None]]) -> None:
        """`failed` decides of each that could not be taken in, by raising or not, whether the others are."""
        try:
            stands = await self._read(news)
        except Exception as error:
            for change in news:
                await failed(change, error)
            return
        for change in news:
            try:
                await self._one(change, stands)
            except Exception as error:
                await failed(change, error)

    async def met(self, row: Row) -> None:
        """A contact as it stands."""
        await take_in(self._into.parties, self._into.people, self._org.name, row.record, row.fields, row.at)

    async def _news(self, change: Change) -> bool:
        if change.own or change.kind not in _ALIVE:
            return False
        if change.evidence is not Evidence.CERTAIN or set(change.fields) & set(self._fields) - {self._rules.key}:
            return True
        # The key comes with every change, and is news only when it is another one.
        key = change.fields.get(self._rules.key)
        known = await self._org.basis.agreements.of_record(self._org.name, change.object, change.record)
        return bool(key) and (known is None or known.key != key)

    async def _read(self, news: Sequence[Change]) -> dict[str, Row]:
        part = dict.fromkeys(change.record for change in news if not self._whole(change))
        rows = await self._org.feed.rows(self._watch, records=tuple(part)) if part else ()
        return {row.record: row for row in rows}

    async def _one(self, change: Change, stands: dict[str, Row]) -> None:
        if self._whole(change):
            await self.met(_as_told(change))
        elif (row := stands.get(change.record)) is not None and not (row.deleted or row.merged_into):
            await self.met(replace(row, at=row.at or change.at))

    def _whole(self, change: Change) -> bool:
        return set(self._fields) <= set(change.fields)


def _as_told(change: Change) -> Row:
    return Row(change.object, change.record, change.fields, change.at, change.version)
