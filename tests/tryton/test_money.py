"""To the cent: what a real Tryton posts for parts of an invoice, and that all parts are the invoice."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from adapters.erp.tryton import Tryton
from domain.refund import CreditLine, Difference, differences
from domain.units import FULL_VALUE
from tests.stack.orders import line, order
from tests.stack.tryton import RealTryton
from tests.tryton.books import door
from tests.tryton.case import Case

ORDERS = count(9_110_001)
VAT20, VAT7 = [{"code": "VAT20", "rate": "20"}], [{"code": "VAT7", "rate": "7"}]


@pytest.fixture
async def erp(tryton: RealTryton) -> AsyncIterator[Tryton]:
    opened = door(tryton)
    yield opened
    await opened.close()


def basket(*rows: tuple[int, str, str, list[dict[str, str]]], **more: Any) -> dict[str, Any]:
    """(quantity, unit price, line discount, taxes) each."""
    number = next(ORDERS)
    lines = [
        line(number * 10 + place, f"A{place}-{number}", quantity, price, discount=discount, taxes=taxes)
        for place, (quantity, price, discount, taxes) in enumerate(rows, start=1)
    ]
    return order(number, *lines, **{"shipping": {"price": "4.90", "taxes": VAT20}} | more)


# Found by trying: parts of these, taxed by Tryton on their own, do not sum to the invoice.
AWKWARD = {
    "three at 9.99": basket((3, "9.99", "0.00", VAT20), (2, "5.55", "0.01", VAT20)),
    "ten screws for four cents": basket((10, "0.01", "0.06", VAT20), (1, "1.00", "0.00", VAT7)),
    "six hundred at 0.21": basket((600, "0.21", "3.33", VAT7), (7, "4.25", "0.99", VAT20)),
    "two rates, a discount on each": basket((3, "20.00", "3.33", VAT7), (2, "49.99", "9.97", VAT20)),
    "yen": basket(
        (3, "1167", "1", VAT20), (2, "333", "0", VAT7), currency="JPY", shipping={"price": "490", "taxes": VAT20}
    ),
    "prices with tax": basket((3, "9.99", "0.50", VAT20), (5, "1.11", "0.00", VAT7), prices_include_tax=True),
}  # fmt: skip


@pytest.mark.parametrize("name", AWKWARD)
async def test_all_parts_in_any_order_are_the_invoice(tryton: RealTryton, erp: Tryton, name: str) -> None:
    case = await Case.of(tryton, erp, AWKWARD[name])
    chance = random.Random(name)
    posted = 0
    for units in _parts(case, chance):
        back = case.begin(*case.lines(*units))
        quote = await back.quoted()
        assert differences(back.lines, quote.lines) == ()
        await erp.authorize(back.authorization)
        memo = await erp.post_credit(back.credit())
        assert differences(back.lines, memo.lines) == ()
        assert memo.total.minor == sum(credit.total for credit in back.lines)
        posted += memo.total.minor
    assert posted == case.invoice.total.minor
    # Revenue, each tax and the customer's account are back where they were before the order.
    assert set(case.books.sums().values()) == {Decimal(0)}


def _parts(case: Case, chance: random.Random) -> list[list[tuple[str, int]]]:
    """A partition of the whole invoice into returns of some units each, shipping with one of them."""
    left = {posted.line_id: posted.quantity for posted in case.invoice.lines}
    parts: list[list[tuple[str, int]]] = []
    while left:
        part = []
        for line_id in chance.sample(sorted(left), chance.randint(1, len(left))):
            quantity = min(left[line_id], chance.choice((1, 2, max(left[line_id] // 2, 1))))
            part.append((line_id, quantity))
            left[line_id] -= quantity
        left = {line_id: quantity for line_id, quantity in left.items() if quantity}
        parts.append(part)
        if len(parts) == 4:
            parts.append(list(left.items()))
            break
    return [part for part in parts if part]


async def test_where_tryton_would_tax_a_part_otherwise_it_posts_what_leaves_the_rest_right(
    tryton: RealTryton, erp: Tryton
) -> None:
    """Three at 9.99 with 20 %: 5.99 of tax. One alone Tryton taxes with 2.00, three times that would be 6.00."""
    case = await Case.of(tryton, erp, basket((3, "9.99", "0.00", VAT20), shipping={"price": "0", "taxes": []}))
    (sold,) = case.invoice.lines
    notes = [await case.begin(*case.lines((sold.line_id, 1))).credited() for _ in range(3)]
    assert [note.lines[0].taxes["VAT20"] for note in notes] == [200, 199, 200]
    assert sum(note.total.minor for note in notes) == case.invoice.total.minor == 3596
    posted = case.books.posted()
    assert [note["taxes."][0]["amount"] for note in posted] == [Decimal("-2.00"), Decimal("-1.99"), Decimal("-2.00")]


async def test_a_part_of_a_unit_is_credited_by_its_value(tryton: RealTryton, erp: Tryton) -> None:
    case = await Case.of(tryton, erp, basket((3, "9.99", "0.00", VAT20)))
    sold = case.invoice.lines[0]
    half = case.begin(*case.lines((sold.line_id, 1), value=FULL_VALUE // 2))
    memo = await half.whole()
    assert differences(half.lines, memo.lines) == ()
    assert memo.lines[0].quantity == 1


async def test_the_rest_of_a_unit_is_credited_without_a_unit(tryton: RealTryton, erp: Tryton) -> None:
    """An appeal: the other half of what was credited by half. It has an amount and no piece."""
    case = await Case.of(tryton, erp, basket((3, "9.99", "0.00", VAT20)))
    sold = case.invoice.lines[0]
    first = await case.begin(*case.lines((sold.line_id, 1), value=FULL_VALUE // 2)).credited()
    rest = CreditLine(sold.line_id, 0, 500, {"VAT20": 99})
    memo = await case.begin(rest).credited()
    assert memo.lines == (rest,)
    assert {credit.document for credit in await erp.credits(case.invoice)} == {first.document, memo.document}


async def test_charges_stand_beside_the_goods_with_their_taxes(tryton: RealTryton, erp: Tryton) -> None:
    case = await Case.of(tryton, erp, basket((2, "50.00", "0.00", VAT20), (3, "20.00", "0.00", VAT7)))
    first, second = case.invoice.lines[0].line_id, case.invoice.lines[1].line_id
    charges = (
        CreditLine("restocking_fee", 0, -1500, {"VAT20": -200, "VAT7": -35}),
        CreditLine("promotion", 0, -333, {"VAT20": -67}),
        CreditLine("bundle:tea set", 0, -1, {"VAT7": 0}),
    )
    back = case.begin(*case.lines((first, 1), (second, 2)), *charges)
    quote = await back.quoted()
    assert differences(back.lines, quote.lines) == ()
    memo = await back.whole()
    assert differences(back.lines, memo.lines) == ()
    (note,) = case.books.posted()
    bases = sorted((tax["tax."]["name"], str(tax["base"])) for tax in note["taxes."])
    # Given back and charged are apart, each tax on its own part of the charge.
    assert bases == [("VAT20", "-50.00"), ("VAT20", "13.33"), ("VAT7", "-40.00"), ("VAT7", "5.01")]


async def test_a_tax_that_rounding_cannot_explain_stays_trytons_and_is_told(tryton: RealTryton, erp: Tryton) -> None:
    case = await Case.of(tryton, erp, basket((2, "50.00", "0.00", VAT20)))
    sold = case.invoice.lines[0].line_id
    back = case.begin(CreditLine(sold, 1, 5000, {"VAT20": 900}))
    quote = await back.quoted()
    assert differences(back.lines, quote.lines) == (Difference(f"{sold} tax VAT20", 900, 1000),)
    assert quote.total.minor == 6000
    assert case.books.credit_notes()[0]["total_amount"] == Decimal("-60.00")
