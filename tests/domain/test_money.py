"""Money in whole minor units: read strictly, written back the same, never rounded."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadInput
from domain.money import Money, exponent, half_up, parse, total, zero

CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KRW", "KWD", "BHD", "CLF"])
AMOUNTS = st.integers(-(10**14), 10**14)


@given(AMOUNTS, CURRENCIES)
def test_an_amount_is_read_back_as_it_was_written(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert parse(money.decimal(), currency) == money


@given(AMOUNTS, CURRENCIES)
def test_an_amount_has_its_currencys_number_of_decimals(minor: int, currency: str) -> None:
    _, point, decimals = Money(minor, currency).decimal().partition(".")
    assert (len(decimals), bool(point)) == (exponent(currency), exponent(currency) > 0)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.30", "EUR", 1230),
        ("12.3", "EUR", 1230),
        ("12", "EUR", 1200),
        ("12.300", "EUR", 1230),
        ("-0.05", "EUR", -5),
        ("333", "JPY", 333),
        ("333.0", "JPY", 333),
        ("1.250", "KWD", 1250),
        ("999999999999999.99", "EUR", 99999999999999999),
    ],
)
def test_amounts_that_are_read(text: str, currency: str, minor: int) -> None:
    assert parse(text, currency).minor == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1,50",
        "1e2",
        "NaN",
        "Infinity",
        "1_0",
        " 12 ",
        "١٢",
        "--1",
        "+1",
        "1.",
        ".5",
        "0x1",
        "1" * 40,
        12.5,
        None,
    ],
)
def test_what_is_no_amount_is_refused_with_its_field(text: Any) -> None:
    with pytest.raises(BadInput, match=r"^unit_price: .* is not an amount"):
        parse(text, "EUR", "unit_price")


@pytest.mark.parametrize(("text", "currency"), [("1.001", "EUR"), ("0.5", "JPY"), ("1.0001", "KWD")])
def test_more_decimals_than_the_currency_has_are_refused_not_rounded(text: str, currency: str) -> None:
    with pytest.raises(BadInput, match="more decimals than"):
        parse(text, currency)


@pytest.mark.parametrize("code", ["", "eur", "EURO", "E1R", "ÄÖÜ"])
def test_what_is_no_currency_is_refused(code: str) -> None:
    with pytest.raises(BadInput):
        Money(1, code)


def test_currencies_are_never_mixed() -> None:
    with pytest.raises(BadInput):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(BadInput):
        total([Money(1, "USD")], "EUR")


@given(st.lists(AMOUNTS))
def test_a_total_is_the_sum(minors: list[int]) -> None:
    assert total([Money(minor, "EUR") for minor in minors], "EUR") == Money(sum(minors), "EUR")
    assert total([], "EUR") == zero("EUR")


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_half_up_is_the_nearest_and_a_tie_goes_up(numerator: int, denominator: int) -> None:
    rounded = half_up(numerator, denominator)
    assert -denominator < 2 * (numerator - rounded * denominator) <= denominator - (denominator % 2 == 0) or (
        2 * (numerator - rounded * denominator) == -denominator
    )
