"""The reversal rule: partials sum to the posting, and no component ever goes below nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotRemaining
from domain.invoice import InvoiceLine
from domain.money import half_up
from domain.refund import CreditLine
from domain.reversal import Taken, reverse
from domain.units import FULL_VALUE

AMOUNT = st.integers(0, 10**7)


@st.composite
def posted_lines(draw: st.DrawFn) -> InvoiceLine:
    codes = draw(st.lists(st.sampled_from(["DE19", "DE7", "CITY"]), unique=True, max_size=3))
    taxes = {code: draw(AMOUNT) for code in codes}
    return InvoiceLine("1", "1", "SKU", draw(st.integers(1, 60)), draw(AMOUNT), taxes)


@st.composite
def partials(draw: st.DrawFn) -> tuple[InvoiceLine, list[int]]:
    """A posted line and the sizes of returns that bring all of it back."""
    line = draw(posted_lines())
    cuts = sorted(draw(st.lists(st.integers(0, line.quantity), max_size=6)))
    return line, [b - a for a, b in pairwise([0, *cuts, line.quantity])]


def after(taken: Taken, credit: CreditLine, value: int) -> Taken:
    taxes = {code: taken.taxes.get(code, 0) + tax for code, tax in credit.taxes.items()}
    return Taken(taken.quantity + credit.quantity, taken.value + value, taken.net + credit.net, taxes)


def reverse_all(line: InvoiceLine, sizes: list[int]) -> list[CreditLine]:
    taken, parts = Taken(), list[CreditLine]()
    for size in sizes:
        parts.append(reverse(line, taken, size, size * FULL_VALUE))
        taken = after(taken, parts[-1], size * FULL_VALUE)
    return parts


@given(partials())
def test_partials_sum_to_the_posting_in_every_component(drawn: tuple[InvoiceLine, list[int]]) -> None:
    line, sizes = drawn
    parts = reverse_all(line, sizes)
    assert sum(credit.net for credit in parts) == line.net
    for code, tax in line.taxes.items():
        assert sum(credit.taxes[code] for credit in parts) == tax


@given(partials())
def test_no_component_of_a_partial_is_negative_or_above_what_was_posted(drawn: tuple[InvoiceLine, list[int]]) -> None:
    line, sizes = drawn
    for credit in reverse_all(line, sizes):
        assert 0 <= credit.net <= line.net
        assert all(0 <= credit.taxes[code] <= tax for code, tax in line.taxes.items())


@given(partials())
def test_the_amount_back_depends_on_how_much_is_back_not_on_the_parcels(drawn: tuple[InvoiceLine, list[int]]) -> None:
    line, sizes = drawn
    back, amount = 0, 0
    for size, credit in zip(sizes, reverse_all(line, sizes), strict=True):
        back, amount = back + size, amount + credit.total
        assert amount == half_up(line.total * back, line.quantity)


@given(posted_lines(), st.lists(st.tuples(st.integers(1, 4), st.integers(0, FULL_VALUE)), max_size=8))
def test_units_credited_in_part_never_take_more_than_was_posted(
    line: InvoiceLine, returns: list[tuple[int, int]]
) -> None:
    taken = Taken()
    for quantity, part in returns:
        if taken.quantity + quantity > line.quantity:
            with pytest.raises(NotRemaining):
                reverse(line, taken, quantity, quantity * part)
            continue
        credit = reverse(line, taken, quantity, quantity * part)
        assert min([credit.net, *credit.taxes.values()]) >= 0
        taken = after(taken, credit, quantity * part)
    assert taken.net <= line.net
    assert all(taken.taxes.get(code, 0) <= tax for code, tax in line.taxes.items())
    assert taken.total == half_up(line.total * taken.value, line.quantity * FULL_VALUE)


def line_of(quantity: int, net: int, **taxes: int) -> InvoiceLine:
    return InvoiceLine("1", "1", "SKU", quantity, net, dict(taxes))


@pytest.mark.parametrize(
    ("posted", "totals"),
    [
        (line_of(3, 1000), [333, 334, 333]),
        (line_of(3, 500), [167, 166, 167]),
        (line_of(3, 2997, NYC=266), [1088, 1087, 1088]),
    ],
)
def test_one_by_one_the_worked_cases_come_out(posted: InvoiceLine, totals: list[int]) -> None:
    assert [credit.total for credit in reverse_all(posted, [1, 1, 1])] == totals


def test_a_tax_posted_on_the_line_is_never_multiplied() -> None:
    assert [credit.taxes["NYC"] for credit in reverse_all(line_of(3, 2997, NYC=266), [1, 1, 1])] == [89, 88, 89]


def test_ten_screws_that_cost_four_cents_together_never_cost_less_than_nothing() -> None:
    parts = reverse_all(line_of(10, 3, DE19=1), [1] * 10)
    assert sum(part.total for part in parts) == 4
    assert min(min(part.net, part.taxes["DE19"]) for part in parts) == 0


def test_an_order_discount_stays_where_it_was_posted() -> None:
    a, b = line_of(1, 5100, VAT20=1020), line_of(1, 3400, VAT5=170)
    (back,) = reverse_all(b, [1])
    (later,) = reverse_all(a, [1])
    assert (back.total, later.total) == (3570, 6120)


@pytest.mark.parametrize("reverse_order", [False, True])
def test_lines_with_an_order_level_tax_come_back_as_posted(reverse_order: bool) -> None:
    lines = [line_of(1, 665, TAX=66), line_of(1, 666, TAX=67), line_of(1, 666, TAX=67)]
    totals = [reverse_all(line, [1])[0].total for line in (reversed(lines) if reverse_order else lines)]
    assert sorted(totals) == [731, 733, 733]


def test_more_than_is_left_is_refused_with_what_is_left() -> None:
    with pytest.raises(NotRemaining, match="line 1 has 1 of 3 units left to return, not 2"):
        reverse(line_of(3, 1000), Taken(2, 2 * FULL_VALUE, 667), 2, 2 * FULL_VALUE)
