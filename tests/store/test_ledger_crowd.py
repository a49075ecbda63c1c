"""Many connections at once on a real PostgreSQL: nothing is promised twice, nobody waits for ever, all of it adds up.

Every actor has a pool of its own, as a worker process has, and a few returns of three invoices, which it reserves,
revises, releases and posts while the others do the same.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.basis import Basis
from domain.errors import NotRemaining, Refusal
from domain.invoice import SHIPPING_LINE, Invoice
from domain.ledger import amounts
from domain.policy import Policy, Shipping
from domain.reckoning import Asked
from domain.refund import CreditLine
from domain.units import FULL_VALUE
from store.port import Ledger, Stores
from store.stores import open_stores
from tests.stack.profile import often
from tests.store.samples import invoice, posted, shipping

ACTORS = 16
_EXAMPLES = itertools.count(1)
_BASES = tuple(Basis(Policy(shipping=when)) for when in (Shipping.WHEN_ALL_RETURNED, Shipping.ALWAYS, Shipping.NEVER))

Crowd = list[Stores]


@pytest.fixture
async def crowd(postgres_url: str) -> AsyncIterator[Crowd]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_stores(postgres_url, connections=1)) for _ in range(ACTORS)]


@dataclass(frozen=True)
class Step:
    """What an actor does with its return `mine` of invoice `of`."""

    act: str
    mine: int
    of: int
    wishes: tuple[tuple[str, int, int], ...]


wishes = st.lists(
    st.tuples(st.sampled_from(("0", "1")), st.integers(1, 2), st.sampled_from((FULL_VALUE, FULL_VALUE // 2, 333_333))),
    min_size=1,
    max_size=2,
    unique_by=lambda wish: wish[0],
).map(tuple)
steps = st.builds(
    Step,
    act=st.sampled_from(("reserve", "reserve", "reserve", "release", "post")),
    mine=st.integers(0, 1),
    of=st.integers(0, 2),
    wishes=wishes,
)
plans = st.lists(st.lists(steps, min_size=1, max_size=5), min_size=ACTORS, max_size=ACTORS)
goods = st.tuples(st.integers(2, 9), st.integers(0, 9_999), st.integers(0, 1_900), st.integers(0, 90))


@dataclass
class Actor:
    """`promised` and `credited` are what the ledger told this actor: the test's own books, by return."""

    number: int
    ledger: Ledger
    invoices: tuple[Invoice, ...]
    promised: dict[str, tuple[int, tuple[CreditLine, ...]]] = field(default_factory=dict)
    credited: dict[str, tuple[int, tuple[CreditLine, ...]]] = field(default_factory=dict)

    async def take(self, step: Step) -> None:
        who, of = f"R-{self.invoices[step.of].invoice_id}-{self.number}-{step.mine}", step.of
        if step.act == "reserve":
            asks = tuple(Asked(line, units, units * value) for line, units, value in step.wishes)
            try:
                found = await self.ledger.reserve(who, self.invoices[of], asks, _BASES[of])
            except NotRemaining:
                pass  # what it had before, it still has
            except Refusal:
                assert who in self.credited, "only a return that posted its credit reserves no more"
            else:
                self.promised[who] = of, found.lines
        elif step.act == "release":
            await self.ledger.release(who)
            self.promised.pop(who, None)
        elif who in self.promised:
            await self.post(who, of, step)
        await self.check(of)

    async def post(self, who: str, of: int, step: Step) -> None:
        """As a return does it: what leans on others is worked out again on what is certain."""
        while not await self.ledger.begin_posting(who):
            _, lines = self.promised[who]
            goods = {line.line_id: line.quantity for line in lines}
            asks = tuple(
                Asked(line, goods[line], goods[line] * FULL_VALUE // 2) for line in ("0", "1") if line in goods
            )
            self.promised[who] = of, (await self.ledger.reserve(who, self.invoices[of], asks, _BASES[of], True)).lines
        self.credited[who] = self.promised.pop(who)
        await self.ledger.reverse(who, self.credited[who][1])

    async def check(self, of: int) -> None:
        """At any moment: nothing is taken that was not posted."""
        for row in await self.ledger.lines(self.invoices[of].invoice_id):
            assert min(row.reserved, row.reversed, row.remaining) >= 0, row
            assert row.reserved + row.reversed + row.remaining == row.posted


@settings(
    max_examples=often(8, nightly=300), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plan=plans, lines=st.tuples(goods, goods))
async def test_whatever_many_do_at_once_the_parts_sum_to_the_posting(
    crowd: Crowd, plan: list[list[Step]], lines: tuple[tuple[int, int, int, int], ...]
) -> None:
    turn = next(_EXAMPLES)
    posting = [posted(str(n), units, net, A=a, B=b) for n, (units, net, a, b) in enumerate(lines)]
    invoices = tuple(
        invoice(*posting, shipping(490, A=93), invoice_id=f"inv-{turn}-{place}") for place in range(len(_BASES))
    )
    actors = [Actor(number, stores.ledger, invoices) for number, stores in enumerate(crowd)]

    async def play(actor: Actor) -> None:
        for step in plan[actor.number]:
            await actor.take(step)

    await asyncio.gather(*(play(actor) for actor in actors))
    for place, one in enumerate(invoices):
        await _check_all(actors, place, one)
        await _check_when_all_left(crowd[0].ledger, actors, place, one)


async def test_of_many_processes_that_want_the_last_unit_one_gets_it_and_the_others_are_told(crowd: Crowd) -> None:
    cup = invoice(posted("cup", 2, 999, DE19=190))
    first = (Asked("cup", 1, FULL_VALUE),)
    await crowd[0].ledger.reserve("R-1-FIRST", cup, first, Basis())

    async def want(number: int) -> str:
        try:
            await crowd[number].ledger.reserve(f"R-1-{number}", cup, first, Basis())
        except NotRemaining as refused:
            return str(refused)
        return "mine"

    answers = await asyncio.gather(*(want(number) for number in range(ACTORS)))
    told = "line cup has 0 of 2 units left to return, not 1"
    assert sorted(answers) == sorted(["mine"] + [told] * (ACTORS - 1))
    assert {row.remaining for row in await crowd[0].ledger.lines("inv-1")} == {0}


async def test_the_same_question_from_many_at_once_has_one_answer_and_is_held_once(crowd: Crowd) -> None:
    """A call given up for lost is made again by another worker while the first is still under way."""
    cups = invoice(posted("cup", 5, 1003, DE19=191), shipping(490))
    asked = (Asked("cup", 3, 3 * FULL_VALUE),)
    found = await asyncio.gather(*(one.ledger.reserve("R-1-A", cups, asked, Basis()) for one in crowd))
    assert len({one.lines[0].total for one in found}) == 1
    await asyncio.gather(*(one.ledger.reverse("R-1-A", found[0].lines) for one in crowd))
    net, tax, *_ = await crowd[0].ledger.lines("inv-1")
    assert (net.reversed, tax.reversed) == (found[0].lines[0].net, found[0].lines[0].taxes["DE19"])
    assert (net.reserved, tax.reserved) == (0, 0)


async def _check_all(actors: list[Actor], place: int, of: Invoice) -> None:
    """What the ledger holds is what it told everybody, to the cent."""
    rows = {(row.line_id, row.component): row for row in await actors[0].ledger.lines(of.invoice_id)}
    for told, state in (("promised", "reserved"), ("credited", "reversed")):
        sums: dict[tuple[str, str], int] = dict.fromkeys(rows, 0)
        for actor in actors:
            for at, lines in getattr(actor, told).values():
                for line in lines if at == place else ():
                    for component, amount in amounts(line.net, line.taxes).items():
                        sums[line.line_id, component] += amount
        assert {key: getattr(row, state) for key, row in rows.items()} == sums, told


async def _check_when_all_left(ledger: Ledger, actors: list[Actor], place: int, of: Invoice) -> None:
    """Everybody leaves but who posted: what the memos took and what remains is what was posted."""
    for actor in actors:
        for who, (at, _) in actor.promised.items():
            if at == place:
                await ledger.release(who)
    # Asks for nothing, and so writes the invoice down when nobody ever asked for anything.
    await ledger.reserve(f"R-{of.invoice_id}-none", of, (), _BASES[place])
    left: dict[str, int] = {}
    for row in await ledger.lines(of.invoice_id):
        assert row.reserved == 0
        left[row.line_id] = left.get(row.line_id, 0) + row.remaining
    credited = [lines for actor in actors for at, lines in actor.credited.values() if at == place]
    total = sum(line.total for lines in credited for line in lines)
    assert total + sum(left.values()) == of.total.minor
    assert all(amount >= 0 for line_id, amount in left.items() if line_id != SHIPPING_LINE)
