"""Anything may happen in any order, on all sides; then it is quiet, and everything has to have converged.

Hypothesis draws what happens. A failing run is printed as the steps that led to it, and as the story they made: what
people did, what we heard of it, what we wrote.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from domain.likeness import Value
from domain.returns import Reason
from tests.convergence.people import Field, Kind
from tests.convergence.world import CUSTOMERS, DYNAMICS, RETURNS, SALESFORCE, World, world
from tests.stack.sandbox import Sandbox

# An empty sandbox and the URL of an empty database.
Ground = Callable[[], AbstractContextManager[tuple[Sandbox, str]]]

orgs = st.sampled_from((SALESFORCE, DYNAMICS))
returns = st.sampled_from(RETURNS)
kinds = st.sampled_from(tuple(Kind))
reasons = st.sampled_from(tuple(str(reason) for reason in Reason))
troubles = st.sampled_from(("throttle", "error", "html", "truncate", "drop_before", "drop_after", "down"))
spaces = st.sampled_from(("", " ", "  "))
wishes: dict[Field, st.SearchStrategy[Value]] = {
    Field.REASON: st.builds(lambda reason, behind: reason + behind, reasons, spaces),
    Field.REFUND: st.sampled_from((None, 1.5, 2.25, 5.0, 11.89, 20.0)),
    Field.CANCEL: st.booleans(),
    Field.NOTE: st.sampled_from((None, "the box is torn", "call\r\nbefore noon ", " ", "twice " * 30)),
}
# Of a field that asks, or of one that only we change.
edits = st.one_of(
    *(st.tuples(st.just(of), values) for of, values in wishes.items()),
    st.tuples(st.just(Field.REASON), wishes[Field.REASON]),
    st.tuples(st.just(Field.STAGE), st.sampled_from(("paid", "quoted", "lost"))),
)


class Convergence(RuleBasedStateMachine):
    def __init__(self, ground: Ground, bus: bool) -> None:
        super().__init__()
        self._ground, self._bus = ground, bus
        self._failed = False
        self._entered: list[Callable[[], None]] = []

    @initialize(named=st.booleans())
    def opens(self, named: bool) -> None:
        """`named`: people's program in Salesforce says its name with each change."""
        ground = self._ground()
        sandbox, url = ground.__enter__()
        self._entered.append(lambda: _left(ground))
        runner = asyncio.Runner()
        self._entered.append(runner.close)
        self._run: Callable[[Awaitable[Any]], Any] = lambda doing: runner.run(_awaited(doing))
        opening = world(sandbox, url, self._bus)
        self.world: World = self._run(opening.__aenter__())
        self._entered.append(lambda: self._run(opening.__aexit__(None, None, None)))
        self.world.sides[SALESFORCE].people.named = named
        self._do(self.world.begin())

    # The returns

    @rule(which=returns)
    def a_return_goes_on(self, which: str) -> None:
        self._do(self.world.goes_on(which))

    @rule(which=returns, what=st.sampled_from(("the parcel", "an inspection", "the customer")))
    def a_return_waits_for_something_else(self, which: str, what: str) -> None:
        self._do(self.world.says_more(which, what))

    @rule(granted=st.booleans())
    def somebody_decides(self, granted: bool) -> None:
        self._do(self.world.decides(granted))

    # Ourselves

    @rule(org=orgs, which=returns)
    def a_return_is_published(self, org: str, which: str) -> None:
        self._do(self.world.publish(org, which))

    @rule(org=orgs, which=returns, kind=troubles, times=st.integers(1, 3))
    def a_return_is_published_in_trouble(self, org: str, which: str, kind: str, times: int) -> None:
        self._do(self.world.publish(org, which, (kind, times)))

    @rule(org=orgs, kind=kinds)
    def an_org_is_listened_to(self, org: str, kind: Kind) -> None:
        self._do(self.world.listen(org, kind))

    @rule(org=orgs, kind=kinds, trouble=troubles, times=st.integers(1, 3))
    def an_org_is_listened_to_in_trouble(self, org: str, kind: Kind, trouble: str, times: int) -> None:
        self._do(self.world.listen(org, kind, (trouble, times)))

    @rule(org=orgs, kind=kinds)
    def a_worker_dies_before_the_cursor_is_saved(self, org: str, kind: Kind) -> None:
        self.world.sides[org].watching.loses = True
        self._do(self.world.listen(org, kind))
        self.world.sides[org].watching.loses = False
        self._do(self.world.sides[org].dies())

    @rule(org=orgs)
    def changes_come_twice(self, org: str) -> None:
        self.world.tell(f"changes of {org} come twice")
        self.world.sides[org].feed.again = True
        self._do(self.world.listen(org, Kind.RETURN))

    @rule(org=orgs)
    def changes_come_back_to_front(self, org: str) -> None:
        self.world.tell(f"changes of {org} come back to front")
        self.world.wishes.newest_only(org)
        self.world.sides[org].feed.mixed = True
        self._do(self.world.listen(org, Kind.RETURN))
        self.world.sides[org].feed.mixed = False

    @rule(org=orgs)
    def a_worker_dies(self, org: str) -> None:
        self.world.tell(f"the worker of {org} dies")
        self._do(self.world.sides[org].dies())

    @rule(org=orgs)
    def cursors_lapse(self, org: str) -> None:
        self._do(self.world.lapses(org))

    # People in the CRMs

    @rule(org=orgs, which=returns, edit=edits)
    def somebody_edits(self, org: str, which: str, edit: tuple[Field, Value]) -> None:
        self._do(self.world.edit(org, which, *edit))

    @rule(org=orgs, which=returns, first=edits, second=edits)
    def somebody_edits_twice_quickly(
        self, org: str, which: str, first: tuple[Field, Value], second: tuple[Field, Value]
    ) -> None:
        self._do(self.world.edit(org, which, *first))
        self._do(self.world.edit(org, which, *second), quickly=True)

    @rule(which=returns, first=edits, second=edits)
    def somebody_edits_in_each(self, which: str, first: tuple[Field, Value], second: tuple[Field, Value]) -> None:
        self._do(self.world.edit(SALESFORCE, which, *first))
        self._do(self.world.edit(DYNAMICS, which, *second), quickly=True)

    @rule(org=orgs, whose=st.sampled_from(sorted(set(CUSTOMERS.values()))))
    def somebody_merges_contacts(self, org: str, whose: str) -> None:
        self._do(self.world.merge(org, whose))

    @rule(org=orgs, which=returns)
    def somebody_deletes(self, org: str, which: str) -> None:
        self._do(self.world.delete(org, which))

    @rule(org=orgs)
    def somebody_undeletes(self, org: str) -> None:
        self._do(self.world.undelete(org))

    @rule()
    def it_is_quiet_for_a_while(self) -> None:
        self._do(self.world.comes_to_rest())

    def teardown(self) -> None:
        try:
            if hasattr(self, "world") and not self._failed:
                self._do(self.world.check())
        finally:
            for leave in reversed(self._entered):
                leave()

    def _do(self, doing: Awaitable[Any], quickly: bool = False) -> None:
        try:
            if not quickly:
                self.world.later()
            self._run(doing)
        except BaseException:
            self._failed = True
            note("\n".join(["", "The story:", *self.world.story]))
            raise


def _left(ground: AbstractContextManager[Any]) -> None:
    ground.__exit__(None, None, None)


async def _awaited(doing: Awaitable[Any]) -> Any:
    return await doing
