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


def test_an_orders_discount_is_spread_by_what_the_lines_cost_and_taxed_with_them() -> None:
    lines = [line(1, "A", 1, "9.99"), line(2, "B", 1, "9.99"), line(3, "C", 1, "9.99")]
    posted = post(order(1, *lines, order_discount={"amount": "10.00", "minimum_spend": "25.00"}))
    assert [one.order_discount for one in posted.lines] == [334, 333, 333]
    assert [(one.discount, one.net) for one in posted.lines] == [(0, 665), (0, 666), (0, 666)]
    assert posted.minimum_spend == 2500


def test_an_allocation_given_is_the_one_posted() -> None:
    lines = [line(1, "A", 1, "60.00"), line(2, "B", 1, "40.00", discount="5.00")]
    promotion = {"amount": "15.00", "allocation": {"1": "0.00", "2": "15.00"}}
    assert [one.net for one in post(order(1, *lines, order_discount=promotion)).lines] == [6000, 2000]


@pytest.mark.parametrize(
    "promotion",
    [
        {"amount": "15.00", "allocation": {"1": "14.99"}},
        {"amount": "15.00", "allocation": {"1": "10.00", "9": "5.00"}},
        {"amount": "10.00", "allocation": {"1": "10.00"}},
        {"amount": "10.00"},
        {"amount": "-1.00"},
    ],
)
def test_a_discount_that_does_not_fit_the_lines_is_refused(promotion: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="order discount"):
        post(order(1, line(1, "A", 1, "9.99"), order_discount=promotion))


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
