"""Reservations: exact, replaceable, given back, and never more than was posted."""

import asyncio
from dataclasses import replace

import pytest

from domain.basis import Basis
from domain.errors import BadInput, NotRemaining, Refusal, WrongStage
from domain.policy import Policy, Shipping
from domain.reckoning import Asked
from domain.refund import CreditLine
from domain.units import FULL_VALUE
from store.port import LedgerLine, Stores
from tests.store.samples import invoice, posted, shipping

MUGS = posted("mug", 3, 2997, US8875=266)
# Shipping stays where it is.
KEPT = Basis(Policy(shipping=Shipping.NEVER))
CUP = posted("cup", 1, 500, DE19=95)


def ask(line_id: str, quantity: int, value: int | None = None) -> Asked:
    return Asked(line_id, quantity, quantity * FULL_VALUE if value is None else value)


async def test_one_unit_after_the_other_reverses_the_posting_to_the_cent(stores: Stores) -> None:
    parts = [
        (await stores.ledger.reserve(f"R-1-{turn}", invoice(MUGS), (ask("mug", 1),), KEPT)).lines[0]
        for turn in range(3)
    ]
    assert sum(part.net for part in parts) == 2997
    assert sum(part.taxes["US8875"] for part in parts) == 266
    for component in await stores.ledger.lines("inv-1"):
        assert component.remaining == 0


async def test_the_ledger_shows_posted_reserved_and_reversed_by_component(stores: Stores) -> None:
    mine = (await stores.ledger.reserve("R-1-A", invoice(MUGS, CUP), (ask("cup", 1),), KEPT)).lines
    await stores.ledger.reverse("R-1-A", mine)
    await stores.ledger.reserve("R-1-B", invoice(MUGS, CUP), (ask("mug", 3),), KEPT)
    assert await stores.ledger.lines("inv-1") == (
        LedgerLine("cup", "net", 500, 0, 500),
        LedgerLine("cup", "tax DE19", 95, 0, 95),
        LedgerLine("mug", "net", 2997, 2997, 0),
        LedgerLine("mug", "tax US8875", 266, 266, 0),
    )
    assert await stores.ledger.lines("unknown") == ()


async def test_of_twenty_who_want_the_last_unit_at_once_exactly_one_gets_it(stores: Stores) -> None:
    async def want(number: int) -> str:
        try:
            await stores.ledger.reserve(f"R-1-{number}", invoice(CUP), (ask("cup", 1),), KEPT)
        except NotRemaining:
            return "not remaining"
        return "mine"

    answers = await asyncio.gather(*(want(number) for number in range(20)))
    assert sorted(answers) == ["mine"] + ["not remaining"] * 19
    assert (await stores.ledger.lines("inv-1"))[0].reserved == 500


async def test_many_returns_of_two_lines_in_crossed_order_do_not_lock_each_other_up(stores: Stores) -> None:
    screws, nails = posted("screw", 10, 4, DE19=1), posted("nail", 10, 333, DE19=63)
    both = invoice(screws, nails), invoice(nails, screws)
    asks = (ask("screw", 1), ask("nail", 1))
    await asyncio.gather(
        *(stores.ledger.reserve(f"R-1-{n}", both[n % 2], asks[:: 1 if n % 3 else -1], KEPT) for n in range(10))
    )
    assert {component.remaining for component in await stores.ledger.lines("inv-1")} == {0}


async def test_a_revised_quote_replaces_the_former_reservation(stores: Stores) -> None:
    first = (await stores.ledger.reserve("R-1-A", invoice(MUGS, CUP), (ask("mug", 3), ask("cup", 1)), KEPT)).lines
    again = (await stores.ledger.reserve("R-1-A", invoice(MUGS, CUP), (ask("mug", 3), ask("cup", 1)), KEPT)).lines
    assert first == again
    await stores.ledger.reserve("R-1-A", invoice(MUGS, CUP), (ask("mug", 1),), KEPT)
    await stores.ledger.reserve("R-1-B", invoice(MUGS, CUP), (ask("mug", 2), ask("cup", 1)), KEPT)
    assert {component.remaining for component in await stores.ledger.lines("inv-1")} == {0}


async def test_a_refused_revision_leaves_the_former_reservation(stores: Stores) -> None:
    await stores.ledger.reserve("R-1-A", invoice(MUGS), (ask("mug", 2),), KEPT)
    with pytest.raises(NotRemaining):
        await stores.ledger.reserve("R-1-A", invoice(MUGS), (ask("mug", 4),), KEPT)
    assert (await stores.ledger.lines("inv-1"))[0].reserved == 1998


async def test_what_is_released_can_be_reserved_by_another(stores: Stores) -> None:
    await stores.ledger.reserve("R-1-A", invoice(CUP), (ask("cup", 1),), KEPT)
    await stores.ledger.release("R-1-A")
    await stores.ledger.release("R-1-A")
    await stores.ledger.release("R-9-Z")
    await stores.ledger.reserve("R-1-B", invoice(CUP), (ask("cup", 1),), KEPT)
    with pytest.raises(NotRemaining):
        await stores.ledger.reserve("R-1-A", invoice(CUP), (ask("cup", 1),), KEPT)


async def test_what_is_reversed_stays_reversed(stores: Stores) -> None:
    mine = (await stores.ledger.reserve("R-1-A", invoice(CUP), (ask("cup", 1),), KEPT)).lines
    await stores.ledger.reverse("R-1-A", mine)
    await stores.ledger.reverse("R-1-A", mine)
    await stores.ledger.release("R-1-A")
    with pytest.raises(WrongStage):
        await stores.ledger.reserve("R-1-A", invoice(CUP), (ask("cup", 1),), KEPT)
    assert (await stores.ledger.lines("inv-1"))[0].reversed == 500


async def test_a_credit_nobody_reserved_is_refused(stores: Stores) -> None:
    with pytest.raises(WrongStage, match="R-1-A"):
        await stores.ledger.reverse("R-1-A", (CreditLine("cup", 1, 500, {"DE19": 95}),))
    mine = (await stores.ledger.reserve("R-1-A", invoice(CUP), (ask("cup", 1),), KEPT)).lines
    await stores.ledger.release("R-1-A")
    with pytest.raises(WrongStage):
        await stores.ledger.reverse("R-1-A", mine)


async def test_shipping_goes_with_the_last_unit_and_only_once(stores: Stores) -> None:
    whole = invoice(MUGS, CUP, shipping(490, DE19=93))
    assert len((await stores.ledger.reserve("R-1-A", whole, (ask("mug", 3),), Basis())).lines) == 1
    last = (await stores.ledger.reserve("R-1-B", whole, (ask("cup", 1),), Basis())).lines
    assert last == (CreditLine("cup", 1, 500, {"DE19": 95}), CreditLine("shipping", 1, 490, {"DE19": 93}))
    assert (await stores.ledger.reserve("R-1-B", whole, (ask("cup", 1),), Basis())).lines == last
    await stores.ledger.release("R-1-A")
    assert len((await stores.ledger.reserve("R-1-C", whole, (ask("mug", 3),), Basis())).lines) == 1


async def test_shipping_stays_when_it_is_not_wanted_or_a_unit_is_not_back_in_full(stores: Stores) -> None:
    whole = invoice(CUP, shipping(490))
    assert len((await stores.ledger.reserve("R-1-A", whole, (ask("cup", 1),), KEPT)).lines) == 1
    assert len((await stores.ledger.reserve("R-1-A", whole, (ask("cup", 1, FULL_VALUE // 2),), Basis())).lines) == 1
    assert len((await stores.ledger.reserve("R-1-A", whole, (ask("cup", 1),), Basis())).lines) == 2


async def test_an_invoice_that_changed_is_refused_once_something_is_taken_of_it(stores: Stores) -> None:
    dearer = posted("cup", 1, 600, DE19=114)
    await stores.ledger.reserve("R-1-A", invoice(CUP), (ask("cup", 1),), KEPT)
    # Nobody else holds anything: the ERP corrected its invoice, the quote is made anew.
    assert (await stores.ledger.reserve("R-1-A", invoice(dearer), (ask("cup", 1),), KEPT)).lines[0].net == 600
    with pytest.raises(Refusal, match=r"line cup .* net 600, .* net 500"):
        await stores.ledger.reserve("R-1-B", invoice(CUP), (ask("cup", 1),), KEPT)
    with pytest.raises(Refusal, match="not there"):
        await stores.ledger.reserve("R-1-B", invoice(MUGS), (ask("mug", 1),), KEPT)
    assert {component.posted for component in await stores.ledger.lines("inv-1")} == {600, 114}


@pytest.mark.parametrize(
    ("asks", "field"),
    [
        ((ask("plate", 1),), "line_id"),
        ((ask("cup", 1), ask("cup", 1)), "line_id"),
        ((ask("cup", -1),), "quantity"),
        ((ask("cup", 1, -5),), "quantity"),
    ],
)
async def test_a_wrong_ask_is_refused_by_field(stores: Stores, asks: tuple[Asked, ...], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        await stores.ledger.reserve("R-1-A", invoice(CUP), asks, KEPT)
    assert refused.value.field == field


async def test_units_worth_nothing_are_taken_also_when_the_erp_leaves_them_out(stores: Stores) -> None:
    gift = posted("gift", 2, 0)
    whole = invoice(gift, CUP)
    mine = (await stores.ledger.reserve("R-1-A", whole, (ask("gift", 2), ask("cup", 1)), KEPT)).lines
    (cup,) = (line for line in mine if line.line_id == "cup")
    await stores.ledger.reverse("R-1-A", (replace(cup, net=cup.net - 1),))
    with pytest.raises(NotRemaining):
        await stores.ledger.reserve("R-1-B", whole, (ask("gift", 1),), KEPT)
