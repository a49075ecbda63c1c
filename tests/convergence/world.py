"""Two CRMs of the sandbox, three returns of two customers, and every act of ours and of people there.

It remembers what was done, so that it can say what must hold: at once after each of our writes, and of everything once
it has come to rest.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from temporalio.exceptions import ApplicationError

from domain import ids
from domain.change_request import newest_of
from domain.likeness import Value, same
from domain.returns import CustomerStage, Reason, customer_stage
from store.port import CrmBooks, ItemKind, Stores
from store.stores import open_all
from tests.convergence.desk import WAY, Desk
from tests.convergence.orgs import DYNAMICS, SALESFORCE, Side, section
from tests.convergence.people import Field, Kind, People, Shown, dynamics_people, salesforce_people
from tests.convergence.wishes import KINDS, Place, Wishes
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

RETURNS = ("R-680001-A", "R-680001-B", "R-680002-A")
CUSTOMERS = {"R-680001-A": "6800010", "R-680001-B": "6800010", "R-680002-A": "6800020"}
VENDORS = {SALESFORCE: "salesforce", DYNAMICS: "dynamics"}
# After so many rounds without an end something goes to and fro.
_ROUNDS = 15
_OWN = (Field.REASON, Field.STAGE)
_THEIRS = (Field.REFUND, Field.CANCEL, Field.NOTE)
_TELLING = 10.0
Trouble = tuple[str, int]
"""What goes wrong, and with how many of our calls."""


@dataclass
class Written:
    """What we wrote into a field of a record since somebody else did, and how often the return had moved by then."""

    values: list[Value] = field(default_factory=list)
    moves: int = 0


@dataclass
class World:
    sandbox: Sandbox
    stores: Stores
    books: CrmBooks
    desk: Desk
    sides: dict[str, Side]
    story: list[str] = field(default_factory=list)
    wishes: Wishes = field(default_factory=Wishes)
    deletions: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    deleted: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    over_then: set[tuple[str, str]] = field(default_factory=set)
    contacts: dict[tuple[str, str], str] = field(default_factory=dict)
    _seen: dict[tuple[str, str], Shown] = field(default_factory=dict)
    _written: dict[tuple[str, str, Field], Written] = field(default_factory=lambda: defaultdict(Written))

    # What the returns do

    async def begin(self) -> None:
        for number in (680001, 680002):
            bought = order(number)
            self.sandbox.seed(bought)
            for return_id in RETURNS:
                if return_id.startswith(f"R-{number}-"):
                    await self.desk.open(return_id, bought, Reason.DAMAGED)
        for side in self.sides.values():
            for customer in set(CUSTOMERS.values()):
                self.contacts[side.name, customer] = side.people.contact_of(customer)
            for kind in Kind:
                await self.listen(side.name, kind)
            for return_id in RETURNS:
                await self.publish(side.name, return_id)

    async def goes_on(self, return_id: str) -> None:
        self.tell(f"{return_id} goes on: {await self.desk.goes_on(return_id)}")

    async def says_more(self, return_id: str, what: str) -> None:
        self.tell(f"{return_id} waits for {what}")
        await self.desk.moved(return_id, waiting_for=what)

    async def decides(self, granted: bool) -> None:
        self.tell(f"somebody decides: {granted}, {await self.desk.decide(granted)}")

    # What we do

    async def publish(self, org: str, return_id: str, trouble: Trouble | None = None) -> bool:
        side = self.sides[org]
        try:
            self._fault(org, trouble)
            version = await side.publish(return_id)
        except ApplicationError as error:
            self.tell(f"publish {return_id} in {org} fails: {error}")
            return False
        finally:
            self.sandbox.heal()
            self._look(side, ours=True)
        self.tell(f"publish {return_id} in {org}: version {version}")
        return True

    async def listen(self, org: str, kind: Kind, trouble: Trouble | None = None) -> bool:
        """Everything that was changed until now, and what follows from it."""
        side, moved = self.sides[org], dict(self.desk.moves)
        side.feed.told.clear()
        mark, changes, due = (side.people.mark(kind) if side.bus else ""), 0, set[str]()
        loop = asyncio.get_running_loop()
        ends = loop.time() + _TELLING
        try:
            self._fault(org, trouble)
            while True:
                heard = await side.listen(kind)
                changes += heard.changes
                due |= set(heard.due)
                if heard.comparing:
                    self.tell(f"{org} is compared: {heard.comparing}")
                    if kind is Kind.RETURN:
                        self.wishes.newest_only(org)
                    due |= set((await side.compare(kind)).due)
                    # What was changed before the cursor it has now is not told any more.
                    self.sandbox.heal()
                    mark = side.people.mark(kind) if side.bus else ""
                elif not mark or mark in side.feed.told:
                    break
                assert loop.time() < ends, f"{org} does not tell its changes of {kind}s"
                await asyncio.sleep(0.004)
        except ApplicationError as error:
            self.tell(f"listen to {kind}s of {org} fails: {error}")
            return False
        finally:
            self.sandbox.heal()
            self._changed_reasons(moved)
        self.tell(f"listen to {kind}s of {org}: {changes} changes, due {sorted(due)}")
        if kind is Kind.RETURN:
            self.wishes.heard(org)
        for return_id in sorted(due):
            await self.publish(org, return_id)
        return True

    def _changed_reasons(self, before: dict[str, int]) -> None:
        """Of a return that says something else now, an edit that was not heard yet may be what it says itself."""
        for return_id, moves in self.desk.moves.items():
            if moves != before.get(return_id, 0):
                self.wishes.ours(return_id, self.desk.reasons[return_id])

    # What people do

    async def edit(self, org: str, return_id: str, of: Field, value: Value) -> None:
        side = self.sides[org]
        record = self.record(org, return_id)
        if record is None or same(record.values[of], value):
            return
        self.tell(f"somebody in {org} edits {of} of {return_id}: {record.values[of]!r} becomes {value!r}")
        side.people.edit(record.record, **{of: value})
        stored = self.record(org, return_id)
        assert stored is not None
        now = await self.desk.now(return_id)
        if of in KINDS and not same(stored.values[of], record.values[of]):
            ours = str(now.lines[0].reason) if of is Field.REASON else None
            self.wishes.edited((org, return_id, of), stored.values[of], every=side.bus, ours=ours)
        self._written[org, record.record, of] = Written(moves=self.desk.moves[return_id])
        self._look(side, ours=False)

    async def delete(self, org: str, return_id: str) -> None:
        record = self.record(org, return_id)
        if record is None:
            return
        self.tell(f"somebody in {org} deletes {return_id}")
        self.sides[org].people.delete(record.record)
        self.deletions[org, return_id] += 1
        self.deleted[org].append((return_id, record.record))
        if customer_stage((await self.desk.now(return_id)).stage) is CustomerStage.DONE:
            self.over_then.add((org, return_id))
        self.wishes.gone(org, return_id)
        self._look(self.sides[org], ours=False)

    async def undelete(self, org: str) -> None:
        if self.deleted[org]:
            return_id, record = self.deleted[org][-1]
            self.tell(f"somebody in {org} undeletes {return_id}: {self.sides[org].people.undelete(record)}")
            self._look(self.sides[org], ours=False)

    async def merge(self, org: str, customer: str) -> None:
        people = self.sides[org].people
        loser = people.survivor(self.contacts[org, customer])
        self.tell(f"somebody in {org} merges the contact of {customer} into {people.merge_contact(loser)}")

    # What goes wrong

    async def lapses(self, org: str) -> None:
        """Cursors are too old."""
        self.tell(f"cursors of {org} lapse")
        self.wishes.newest_only(org)
        if org == SALESFORCE:
            self.sandbox.control.delete("/salesforce/events").raise_for_status()
            await self.sides[org].dies()
            return
        for kind in Kind:
            self._links_live(0)
            try:
                heard = await self.sides[org].listen(kind)
            finally:
                self._links_live(7)
            assert heard.comparing, f"{org} did not say that its cursor of {kind}s is too old"

    def _links_live(self, days: int) -> None:
        answer = self.sandbox.control.post("/dynamics/environment", json={"change_tracking_days": days})
        answer.raise_for_status()

    def _fault(self, org: str, trouble: Trouble | None) -> None:
        if trouble is not None:
            self.tell(f"{trouble[1]} calls of {org} go wrong: {trouble[0]}")
            self.sandbox.fault(VENDORS[org], "*", trouble[0], times=trouble[1], retry_after=0.01)

    def later(self, seconds: float = 2.0) -> None:
        """People are slower than we are: what one does is stamped later than what was done before."""
        self.sandbox.control.post("/clock", json={"advance_seconds": seconds}).raise_for_status()

    # What must hold

    def record(self, org: str, return_id: str) -> Shown | None:
        found = self.sides[org].people.shown(return_id)
        assert len(found) <= 1, f"{len(found)} live records of {return_id} in {org}"
        return found[0] if found else None

    def contacts_of(self, org: str) -> int:
        """How many there are, merged and deleted ones among them; but for those that only say when something was."""
        everything = self.sides[org].people.everything()
        return len(everything["Contact" if org == SALESFORCE else "contacts"])

    def _look(self, side: Side, ours: bool) -> None:
        """After each act: only fields that are ours were written by us, at most once for each reason to write."""
        for return_id in RETURNS:
            now, before = self.record(side.name, return_id), self._seen.pop((side.name, return_id), None)
            if now is None:
                continue
            self._seen[side.name, return_id] = now
            if before is None or before.record != now.record or not ours:
                continue
            where = f"{return_id} in {side.name}"
            for of in _THEIRS:
                assert same(before.values[of], now.values[of]), f"we wrote over {of} of {where}"
            version = int(str(now.values[Field.VERSION]))
            assert int(str(before.values[Field.VERSION])) <= version, f"{where} went backwards"
            for of in _OWN:
                if not same(before.values[of], now.values[of]):
                    written = self._written[side.name, now.record, of]
                    written.values.append(now.values[of])
                    reasons = 1 + self.desk.moves[return_id] - written.moves
                    said = f"we wrote {written.values} into {of} of {where}"
                    assert len(written.values) <= reasons, f"{said}, with {reasons} reasons to"

    async def comes_to_rest(self) -> None:
        self.tell("quiet")
        for side in self.sides.values():
            side.feed.again = side.feed.mixed = side.watching.loses = False
        for _ in range(_ROUNDS):
            before = self._traces()
            await self._round()
            if self._traces() == before:
                break
        else:
            raise AssertionError("it never comes to rest")

    async def check(self) -> None:
        await self.comes_to_rest()
        frozen = await self._frozen()
        self.wishes.check(self.desk.asked, frozen)
        for org in self.sides:
            for return_id in RETURNS:
                await self._shown_as_it_is(org, return_id, frozen)
        stands, sent = [self._everything(side) for side in self.sides.values()], self._sent()
        await self._round()
        assert self._sent() == sent, "something is written although nothing happened"
        assert [self._everything(side) for side in self.sides.values()] == stands

    async def _round(self) -> None:
        for org in self.sides:
            for kind in Kind:
                assert await self.listen(org, kind), f"{org} cannot be listened to"
            for return_id in RETURNS:
                if not await self.publish(org, return_id):
                    twice = self.deletions[org, return_id] > 1
                    assert twice, f"{return_id} cannot be shown in {org}"

    async def _shown_as_it_is(self, org: str, return_id: str, frozen: set[Place]) -> None:
        snapshot, where = await self.desk.now(return_id), f"{return_id} in {org}"
        shown = self.record(org, return_id)
        if shown is None:
            lost = self.deletions[org, return_id]
            assert lost > 1 or (lost and (org, return_id) in self.over_then), f"{where} is not shown"
            return
        values = shown.values
        expected: dict[Field, str] = {
            Field.STAGE: str(snapshot.stage), Field.REASON: str(snapshot.lines[0].reason),
        }  # fmt: skip
        asked = newest_of(snapshot.changes, ids.crm_source(org))
        if asked is not None:
            expected |= {
                Field.REQUEST: asked.request.request_id, Field.STATUS: str(asked.status), Field.ANSWER: asked.sentence,
            }  # fmt: skip
        # Somebody's spaces at the end are no other value.
        found = {of: str(values[of] or "").strip() for of in expected}
        assert found == expected, f"{where}: {found} instead of {expected}"
        counted = [
            (one.published, one.parked) for one in await self.stores.outbox.crm_states(return_id) if one.org == org
        ]
        assert counted == [(snapshot.version, False)], f"{where} counts as shown in {counted}"
        for of in _THEIRS:
            edits = self.wishes.edits[org, return_id, of]
            if edits and not self.deletions[org, return_id]:
                assert same(values[of], edits[-1].value), f"{of} of {where} is lost"
        first = self.contacts[org, CUSTOMERS[return_id]]
        survivor = self.sides[org].people.survivor(first)
        assert shown.contact == survivor, f"{where} is linked to {shown.contact} instead of {survivor}"

    async def _frozen(self) -> set[Place]:
        """Fields that swung so often that a person has to look: nothing is followed there until then."""
        items = [item for item in await self.books.items.listed() if item.kind is ItemKind.SWINGING]
        found = set()
        for item in items:
            (of,) = [of for of, name in self.sides[item.org].people.fields.items() if name == item.field]
            found.add((item.org, item.key, of))
        strange = [item for item in await self.books.items.listed() if item.kind in (ItemKind.POISON, ItemKind.SILENT)]
        assert not strange, strange
        return found

    def _traces(self) -> tuple[Any, ...]:
        return self._sent(), len(self.desk.asked), [self._everything(side) for side in self.sides.values()]

    def _sent(self) -> dict[str, int]:
        return {side.name: sum(side.crm.sent.values()) for side in self.sides.values()}

    def _everything(self, side: Side) -> Any:
        return side.people.everything()

    def tell(self, what: str) -> None:
        self.story.append(what)


@asynccontextmanager
async def world(sandbox: Sandbox, url: str, bus: bool) -> AsyncIterator[World]:
    """An empty one, on books of its own."""
    async with AsyncExitStack() as stack:
        people: dict[str, People] = {
            SALESFORCE: stack.enter_context(salesforce_people(sandbox)),
            DYNAMICS: stack.enter_context(dynamics_people(sandbox)),
        }
        stores, books = await stack.enter_async_context(open_all(url, 5))
        desk = Desk(stores.returns, tuple(people))
        sides: dict[str, Side] = {}
        for org, working in people.items():
            told = bus and org == SALESFORCE
            given = section(sandbox, org, told)
            sides[org] = Side(org, working, given, sandbox, stores, books, desk, told)
            stack.push_async_callback(sides[org].aclose)
        yield World(sandbox, stores, books, desk, sides)


__all__ = ["CUSTOMERS", "DYNAMICS", "RETURNS", "SALESFORCE", "WAY", "World", "world"]
