"""Posted figures: whole minor units, taxes by line, and the parts always make the whole."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.money import half_up, minor, text
from sandbox.posting import post, split
from tests.stack.orders import line, order


@pytest.mark.parametrize(
    ("value", "whole"),
    [(Fraction(1, 2), 1), (Fraction(-1, 2), -1), (Fraction(1, 3), 0), (Fraction(5, 3), 2), (Fraction(-7, 2), -4)],
)
def test_a_half_goes_away_from_zero(value: Fraction, whole: int) -> None:
    assert half_up(value) == whole


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_text_and_minor_units_are_inverses(amount: int, currency: str) -> None:
    assert minor(text(amount, currency), currency) == amount


@given(
    st.integers(0, 10**9),
    st.lists(st.decimals("0", "30", places=3), min_size=0, max_size=3),
    st.booleans(),
)
def test_net_and_taxes_make_the_listed_amount(listed: int, rates: list[Decimal], inclusive: bool) -> None:
    net, taxes = split(listed, [{"code": str(n), "rate": str(rate)} for n, rate in enumerate(rates)], inclusive)
    if inclusive:
        assert net + sum(tax.amount for tax in taxes) == listed
    else:
        assert net == listed
    assert net >= 0
    assert all(tax.amount >= 0 for tax in taxes)


def test_tax_is_rounded_on_the_line_not_on_the_unit() -> None:
    mug = line(1, "MUG", 3, "9.99", taxes=[{"code": "NY", "rate": "8.875"}])
    posted = post(order(1, mug, currency="USD", shipping={"price": "0", "taxes": []}))
    assert (posted.lines[0].net, posted.lines[0].tax) == (2997, 266)


def test_prices_that_include_tax_are_taken_apart() -> None:
    posted = post(order(1, line(1, "MUG", 1, "11.90"), prices_include_tax=True, shipping={"price": "0", "taxes": []}))
    assert (posted.lines[0].net, posted.lines[0].tax, posted.total) == (1000, 190, 1190)


def test_an_open_tender_takes_the_rest() -> None:
    tenders = [{"kind": "gift_card", "gateway": "gift_card", "amount": "10.00"}, {"kind": "card", "amount": None}]
    posted = post(order(1, tenders=tenders))
    assert [tender.amount for tender in posted.tenders] == [1000, posted.total - 1000]


@pytest.mark.parametrize(
    "tenders",
    [
        [{"kind": "card", "amount": None}, {"kind": "gift_card", "amount": None}],
        [{"kind": "gift_card", "amount": "1000.00"}, {"kind": "card", "amount": None}],
    ],
)
def test_tenders_that_cannot_be_are_refused(tenders: list[dict[str, str | None]]) -> None:
    with pytest.raises(ValueError, match="tender"):
        post(order(1, tenders=tenders))
