"""Records a CRM no longer has: merged, deleted, or so many at once that nothing is concluded before a person looked.

A return's record that was deleted is made once more, because the return is ours to show; an ended return's is not, and
neither is one that was deleted again: somebody means it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from activities.judging import Org
from adapters.crm.port import Watch
from domain.mapping import ObjectRules
from domain.returns import CustomerStage, customer_stage
from domain.sweep import Guard
from store.port import Item, ItemKind, Items, Record, RecordState, Ruling, Saved, Watching
from store.port.links import Links

_PARTIES = ("contact", "account")


class Absences:
    """Of one object of one org."""

    def __init__(
        self, org: Org, rules: ObjectRules, watch: Watch, watching: Watching, items: Items, links: Links,
        guard: Guard,
    ) -> None:  # fmt: skip
        self._org, self._rules, self._watch, self._guard = org, rules, watch, guard
        self._watching, self._items, self._links = watching, items, links

    async def merged(self, loser: str, winner: str, at: datetime) -> None:
        if self._rules.concept in _PARTIES:
            await self._links.merged(self._org.name, self._rules.object, loser, winner, at)
            await self._forget(loser)
        else:
            await self.gone((loser,), at)

    async def gone(self, records: tuple[str, ...], at: datetime) -> None:
        """Told by the CRM, or found by comparing everything."""
        if not records:
            return
        for record in records:
            # Known to the cross-reference only: one at a time, and nothing else hangs on it.
            if self._rules.concept in _PARTIES and await self._known(record) is None:
                await self._links.gone(self._org.name, self._rules.object, record, at)
        standing = await self._watching.missing(
            self._org.name, self._rules.object, records, datetime.now(UTC), self._guard.window
        )
        if self._guard.stops(standing.gone, standing.known):
            detail = f"{standing.gone} of {standing.known} known records of {self._rules.object} are gone"
            await self._items.open(self._item(ItemKind.MASS_DELETE, detail))
        if not await self._stopped():
            await self.conclude()

    async def conclude(self) -> None:
        """All that are missing are deleted."""
        for record in await self._watching.is_missing(self._org.name, self._rules.object):
            await self._deleted(record)

    async def missed(self, records: tuple[str, ...]) -> None:
        """Not seen when everything was compared: looked at one by one, since some may only have been hidden."""
        now = datetime.now(UTC)
        rows = {row.record: row for row in await self._org.feed.rows(self._watch, records=records)} if records else {}
        lost: list[str] = []
        for record in records:
            row = rows.get(record)
            if row is not None and row.merged_into:
                await self.merged(record, row.merged_into, row.at or now)
            elif row is None or row.deleted or not row.fields.get(self._rules.key):
                lost.append(record)
        await self.gone(tuple(lost), now)

    async def _deleted(self, record: str) -> None:
        while True:
            known = await self._known(record)
            if known is None or known.state is not RecordState.MISSING:
                return
            if self._rules.concept in _PARTIES:
                await self._links.gone(self._org.name, self._rules.object, record, datetime.now(UTC))
            decision = await self._tombstone(known)
            if await self._org.basis.agreements.decide(decision) is not Saved.OVERTAKEN:
                return

    async def _tombstone(self, known: Record) -> Ruling:
        event = f"{known.record}|gone:{known.seq}"
        after = replace(known, state=RecordState.DELETED, digest="", due=False)
        if self._rules.concept != "return":
            return Ruling(known.org, known.object, event, after)
        again = known.lost > 0
        snapshot = await self._org.returns.snapshot(known.key)
        over = snapshot is None or customer_stage(snapshot.stage) is CustomerStage.DONE
        if again:
            kind, detail = ItemKind.DELETED_AGAIN, "deleted a second time; it is left alone"
        elif over:
            kind, detail = ItemKind.DELETED, "deleted; the return is over, so it is left alone"
        else:
            kind, detail = ItemKind.DELETED, "deleted; the return goes on, so it is shown once more"
        item = Item(known.org, kind, known.object, known.record, known.key, "", detail)
        return Ruling(known.org, known.object, event, replace(after, due=not (again or over)), items=(item,))

    async def _forget(self, record: str) -> None:
        known = await self._known(record)
        if known is not None and known.state is not RecordState.DELETED:
            after = replace(known, state=RecordState.DELETED)
            await self._org.basis.agreements.decide(
                Ruling(known.org, known.object, f"{record}|merged:{known.seq}", after)
            )

    async def _known(self, record: str) -> Record | None:
        return await self._org.basis.agreements.of_record(self._org.name, self._rules.object, record)

    async def _stopped(self) -> bool:
        return any(
            item.kind is ItemKind.MASS_DELETE and item.object == self._rules.object
            for item in await self._items.listed(self._org.name)
        )

    def _item(self, kind: ItemKind, detail: str) -> Item:
        return Item(self._org.name, kind, self._rules.object, "", "", "", detail)
