"""Several open returns of one invoice: what one is promised because of another holds only if the other is credited."""

from __future__ import annotations

import asyncio

import pytest

from domain.basis import Basis
from domain.errors import WrongStage
from domain.invoice import PROMOTION, SHIPPING_LINE
from domain.policy import Policy, Promotion, Shipping
from domain.reckoning import Asked
from domain.refund import CreditLine
from domain.terms import LineTerms, Price, SaleTerms
from domain.units import FULL_VALUE
from store.port import Reserved, Stores
from tests.store.samples import invoice, posted, shipping

# A promotion of 10.00 from 80.00 on: both cost 50.00 without it, and were posted at 45.00.
ORDER = invoice(posted("hat", 1, 4500), posted("bag", 1, 4500), shipping(490))
LINE = LineTerms(undiscounted=Price(5000), spend=5000)
TERMS = SaleTerms({"hat": LINE, "bag": LINE}, minimum_spend=8000)
CLAWED = Basis(Policy(promotion=Promotion.CLAW_BACK, shipping=Shipping.NEVER), TERMS)
SHIPPED = Basis()


async def reserve(stores: Stores, name: str, line: str, basis: Basis, on_certain: bool = False) -> Reserved:
    return await stores.ledger.reserve(f"R-1-{name}", ORDER, (Asked(line, 1, FULL_VALUE),), basis, on_certain)


async def post(stores: Stores, name: str, line: str, basis: Basis) -> int:
    """As the workflow does: worked out again until it leans on nobody; answers what was credited."""
    held = await reserve(stores, name, line, basis)
    while not await stores.ledger.begin_posting(f"R-1-{name}"):
        held = await reserve(stores, name, line, basis, on_certain=True)
    await stores.ledger.reverse(f"R-1-{name}", held.lines)
    return total(held)


def total(held: Reserved) -> int:
    return sum(line.total for line in held.lines)


def part(held: Reserved, line_id: str) -> int:
    return sum(line.total for line in held.lines if line.line_id == line_id)


async def test_the_promotion_is_clawed_back_and_given_back_with_the_rest(stores: Stores) -> None:
    first = await reserve(stores, "A", "hat", CLAWED)
    assert first.lines == (CreditLine("hat", 1, 4500), CreditLine(PROMOTION, 0, -500))
    assert [(note.name, note.amount) for note in first.notes if note.amount] == [(PROMOTION, -500)]
    assert not first.leans
    second = await reserve(stores, "B", "bag", CLAWED)
    assert part(second, PROMOTION) == 500
    assert second.leans


async def test_who_leans_does_not_post_and_falls_when_the_other_is_withdrawn(stores: Stores) -> None:
    await reserve(stores, "A", "hat", CLAWED)
    await reserve(stores, "B", "bag", CLAWED)
    assert not await stores.ledger.begin_posting("R-1-B")
    await stores.ledger.release("R-1-A")
    again = await reserve(stores, "B", "bag", CLAWED, on_certain=True)
    assert (total(again), part(again, PROMOTION), again.leans) == (4000, -500, False)
    assert await stores.ledger.begin_posting("R-1-B")


async def test_once_the_other_is_credited_the_promise_stands_as_it_was_made(stores: Stores) -> None:
    first = await reserve(stores, "A", "hat", CLAWED)
    promised = await reserve(stores, "B", "bag", CLAWED)
    assert await stores.ledger.begin_posting("R-1-A")
    await stores.ledger.reverse("R-1-A", first.lines)
    again = await reserve(stores, "B", "bag", CLAWED, on_certain=True)
    assert again.lines == promised.lines
    assert await stores.ledger.begin_posting("R-1-B")


async def test_who_posts_first_without_it_leaves_it_to_the_other(stores: Stores) -> None:
    await reserve(stores, "A", "hat", CLAWED)
    await reserve(stores, "B", "bag", CLAWED)
    yielded = await reserve(stores, "B", "bag", CLAWED, on_certain=True)
    assert part(yielded, PROMOTION) == -500
    assert await stores.ledger.begin_posting("R-1-B")
    assert not await stores.ledger.begin_posting("R-1-A")
    again = await reserve(stores, "A", "hat", CLAWED, on_certain=True)
    assert part(again, PROMOTION) == 500
    assert total(again) + total(yielded) == 9000
    assert await stores.ledger.begin_posting("R-1-A")


async def test_of_two_who_both_yielded_the_second_looks_again(stores: Stores) -> None:
    await reserve(stores, "A", "hat", CLAWED)
    await reserve(stores, "B", "bag", CLAWED)
    first = await reserve(stores, "A", "hat", CLAWED, on_certain=True)
    second = await reserve(stores, "B", "bag", CLAWED, on_certain=True)
    assert part(first, PROMOTION) == part(second, PROMOTION) == -500
    assert await stores.ledger.begin_posting("R-1-A")
    assert not await stores.ledger.begin_posting("R-1-B")
    assert part(await reserve(stores, "B", "bag", CLAWED, on_certain=True), PROMOTION) == 500


async def test_shipping_goes_with_whoever_posts_last(stores: Stores) -> None:
    await reserve(stores, "A", "hat", SHIPPED)
    promised = await reserve(stores, "B", "bag", SHIPPED)
    assert (part(promised, SHIPPING_LINE), promised.leans) == (490, True)
    assert await post(stores, "B", "bag", SHIPPED) == 4500
    assert await post(stores, "A", "hat", SHIPPED) == 4990


async def test_shipping_of_the_first_return_falls_to_the_other_when_that_one_is_withdrawn(stores: Stores) -> None:
    always = Basis(Policy(shipping=Shipping.ALWAYS))
    assert part(await reserve(stores, "A", "hat", always), SHIPPING_LINE) == 490
    assert part(await reserve(stores, "B", "bag", always), SHIPPING_LINE) == 0
    await stores.ledger.release("R-1-A")
    assert await post(stores, "B", "bag", always) == 4990


async def test_a_return_that_leans_on_nobody_posts_at_once_and_repeats(stores: Stores) -> None:
    kept = Basis(Policy(shipping=Shipping.NEVER))
    for name, line in (("A", "hat"), ("B", "bag")):
        assert not (await reserve(stores, name, line, kept)).leans
    for name in ("A", "B", "A"):
        assert await stores.ledger.begin_posting(f"R-1-{name}")


async def test_what_nobody_reserved_does_not_post(stores: Stores) -> None:
    with pytest.raises(WrongStage, match="R-1-A"):
        await stores.ledger.begin_posting("R-1-A")
    await reserve(stores, "A", "hat", SHIPPED)
    await stores.ledger.release("R-1-A")
    with pytest.raises(WrongStage):
        await stores.ledger.begin_posting("R-1-A")


@pytest.mark.parametrize("basis", [CLAWED, SHIPPED], ids=["promotion", "shipping"])
async def test_two_that_post_at_the_same_time_sum_to_the_invoice(stores: Stores, basis: Basis) -> None:
    await reserve(stores, "A", "hat", basis)
    await reserve(stores, "B", "bag", basis)
    credited = await asyncio.gather(post(stores, "A", "hat", basis), post(stores, "B", "bag", basis))
    assert sum(credited) == (9000 if basis is CLAWED else 9490)
