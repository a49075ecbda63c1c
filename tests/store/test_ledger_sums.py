"""Whatever the order of reservations, releases and credit memos: the parts sum to the posting, none below zero."""

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.basis import Basis
from domain.errors import NotRemaining, WrongStage
from domain.invoice import SHIPPING_LINE, Invoice
from domain.reckoning import Asked
from domain.refund import CreditLine
from domain.units import FULL_VALUE
from store.port import Stores
from tests.stack.profile import often
from tests.store.samples import invoice, posted, shipping

_INVOICES = itertools.count(1)


@dataclass(frozen=True)
class Step:
    act: str
    who: str
    line: str
    quantity: int
    value: int


goods = st.tuples(st.integers(1, 5), st.integers(0, 2_000), st.integers(0, 400), st.integers(0, 90))
steps = st.builds(
    Step,
    act=st.sampled_from(("reserve", "reserve", "reserve", "release", "reverse")),
    who=st.sampled_from("ABCD"),
    line=st.sampled_from(("0", "1")),
    quantity=st.integers(1, 3),
    # A half and a third: the odd ones leave fractions everywhere.
    value=st.sampled_from((FULL_VALUE, FULL_VALUE // 2, 333_333)),
)


class Books:
    """What the ledger ought to hold, kept the simplest way: what each return was promised last."""

    def __init__(self, whole: Invoice, ledger: Stores) -> None:
        self.whole, self.ledger = whole, ledger.ledger
        self.asks: dict[str, Asked] = {}
        self.promises: dict[str, tuple[CreditLine, ...]] = {}
        self.posted: set[str] = set()

    def left(self, line_id: str, but: str = "") -> tuple[int, int]:
        """Units and value that no return but `but` holds."""
        line = self.whole.line(line_id)
        assert line is not None
        held = [ask for who, ask in self.asks.items() if ask.line_id == line_id and who != but]
        quantity = line.quantity - sum(ask.quantity for ask in held)
        return quantity, line.quantity * FULL_VALUE - sum(ask.value for ask in held)

    async def take(self, step: Step) -> None:
        who = f"R-{self.whole.invoice_id}-{step.who}"
        if step.act == "reserve":
            await self.reserve(who, Asked(step.line, step.quantity, step.quantity * step.value))
        elif step.act == "release":
            await self.ledger.release(who)
            if who not in self.posted:
                self.asks.pop(who, None)
                self.promises.pop(who, None)
        elif who in self.asks:
            await self.ledger.reverse(who, self.promises[who])
            self.posted.add(who)
        else:
            with pytest.raises(WrongStage):
                await self.ledger.reverse(who, ())

    async def reserve(self, who: str, ask: Asked) -> None:
        quantity, value = self.left(ask.line_id, but=who)
        refusal = WrongStage if who in self.posted else NotRemaining
        if who in self.posted or ask.quantity > quantity or ask.value > value:
            with pytest.raises(refusal):
                await self.ledger.reserve(who, self.whole, (ask,), Basis())
            return
        self.promises[who] = (await self.ledger.reserve(who, self.whole, (ask,), Basis())).lines
        self.asks[who] = ask

    async def take_the_rest(self) -> None:
        asks = tuple(
            Asked(line.line_id, *self.left(line.line_id)) for line in self.whole.lines if line.line_id != SHIPPING_LINE
        )
        self.promises["R-LAST"] = (await self.ledger.reserve("R-LAST", self.whole, asks, Basis())).lines

    async def check(self) -> None:
        promised = [part for parts in self.promises.values() for part in parts]
        assert all(min(part.net, *part.taxes.values()) >= 0 for part in promised)
        for row in await self.ledger.lines(self.whole.invoice_id):
            ours = sum(_component(part, row.component) for part in promised if part.line_id == row.line_id)
            assert row.reserved + row.reversed == ours
            assert row.remaining >= 0


@settings(
    max_examples=often(40, nightly=1000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=goods, second=goods, walk=st.lists(steps, max_size=12))
async def test_parts_sum_to_the_posting_in_any_order(
    stores: Stores, first: tuple[int, int, int, int], second: tuple[int, int, int, int], walk: list[Step]
) -> None:
    lines = [posted(str(n), units, net, A=a, B=b) for n, (units, net, a, b) in enumerate((first, second))]
    books = Books(invoice(*lines, shipping(490, A=93), invoice_id=f"inv-{next(_INVOICES)}"), stores)
    for step in walk:
        await books.take(step)
        await books.check()
    await books.take_the_rest()
    await books.check()
    assert {row.remaining for row in await stores.ledger.lines(books.whole.invoice_id)} == {0}


def _component(part: CreditLine, component: str) -> int:
    return part.net if component == "net" else part.taxes[component.removeprefix("tax ")]
