"""Credit lines as rows of quantity times unit price, and the marks in their notes: Tryton's arithmetic, without it."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.erp.tryton import marks
from adapters.erp.tryton.rows import Source, rows
from adapters.erp.tryton.values import amount, minor, read, write
from domain.money import exponent
from domain.refund import CreditLine

GOODS = Source(1, 1, 1, "Mug", (7,), None, "sale.line,1")
CHARGE = Source(2, 1, 1, "Fee", None, None, None)
TAXES: dict[str, dict[str, Any]] = {
    "VAT20": {"id": 20, "rate": Decimal("0.20")},
    "VAT7": {"id": 7, "rate": Decimal("0.07")},
    "EXEMPT": {"id": 0, "rate": Decimal(0)},
    "STATE": {"id": 6, "rate": Decimal("0.0625")},
    "CITY": {"id": 2, "rate": Decimal("0.02")},
}
currencies = st.sampled_from(["JPY", "EUR", "KWD"])
digits = st.integers(min_value=4, max_value=6)


def worth(row: dict[str, Any], currency: str) -> int:
    """As Tryton multiplies: rounded half to even to the currency. A credit is negative there."""
    product = Decimal(str(row["quantity"])) * row["unit_price"]
    return -minor(product.quantize(Decimal(1).scaleb(-exponent(currency)), ROUND_HALF_EVEN), currency)


@given(st.integers(0, 10**9), st.integers(0, 5000), st.integers(0, 10**8), currencies, digits)
def test_rows_multiply_to_exactly_the_line(net: int, quantity: int, tax: int, currency: str, decimals: int) -> None:
    line = CreditLine("7", quantity, net, {"VAT20": tax})
    made = rows([line], {"7": GOODS}, {}, decimals, currency)
    assert sum(worth(row, currency) for row in made) == net
    assert all(-row["unit_price"].as_tuple().exponent <= decimals and row["unit_price"] >= 0 for row in made)
    read_back = [marks.read(row["note"]) for row in made]
    assert sum(mark.units or 0 for mark in read_back) == quantity
    assert sum(minor(mark.taxes.get("VAT20", Decimal(0)), currency) for mark in read_back) == tax
    assert {mark.line_id for mark in read_back} == {"7"}
    if quantity:
        assert sum(row["quantity"] for row in made) == -quantity


@given(st.dictionaries(st.sampled_from(["VAT20", "VAT7", "EXEMPT"]), st.integers(100, 10**6), min_size=1), currencies)
def test_a_charge_has_each_tax_on_its_own_part(nets: dict[str, int], currency: str) -> None:
    taxes = {code: -int(net * TAXES[code]["rate"] + Decimal("0.5")) for code, net in nets.items()}
    line = CreditLine("restocking_fee", 0, -sum(nets.values()), taxes)
    made = rows([line], {"restocking_fee": CHARGE}, TAXES, 4, currency)
    assert sum(worth(row, currency) for row in made) == line.net
    for row in made:
        assert row["quantity"] > 0 or not row["unit_price"]
        ((_, (tax,)),) = row["taxes"]
        (code,) = marks.read(row["note"]).taxes
        assert TAXES[code]["id"] == tax
        # Within what a rounded tax tells of the amount it lies on.
        assert abs(-worth(row, currency) - nets[code]) <= 1 + sum(
            1 / TAXES[each]["rate"] for each in nets if taxes[each]
        )


def test_taxes_on_the_same_amount_stay_on_one_row() -> None:
    line = CreditLine("return_shipping_fee", 0, -1000, {"STATE": -63, "CITY": -20})
    (row,) = rows([line], {"return_shipping_fee": CHARGE}, TAXES, 4, "USD")
    assert row["taxes"] == [["add", [2, 6]]]
    assert worth(row, "USD") == -1000


def test_a_charge_partly_on_untaxed_goods_leaves_that_part_untaxed() -> None:
    line = CreditLine("promotion", 0, -5000, {"VAT20": -200})
    made = rows([line], {"promotion": CHARGE}, TAXES, 4, "EUR")
    assert [(worth(row, "EUR"), row["taxes"]) for row in made] == [(-1000, [["add", [20]]]), (-4000, [["add", []]])]


def test_an_adjustment_given_back_is_negative_like_goods() -> None:
    (row,) = rows([CreditLine("promotion", 0, 500, {"VAT20": 100})], {"promotion": CHARGE}, TAXES, 4, "EUR")
    assert (row["quantity"], row["unit_price"]) == (-1.0, Decimal("5.0000"))


@given(st.text(alphabet="abcXYZ-_.0123456789", min_size=1), st.integers(0, 999), st.decimals(0, 999, places=2))
def test_a_mark_is_read_as_it_was_written(line_id: str, units: int, tax: Decimal) -> None:
    written = marks.write(line_id, units, {"VAT 20 % (reduced: no)": tax})
    assert marks.read(written) == marks.Mark(line_id, units, {"VAT 20 % (reduced: no)": tax})


@pytest.mark.parametrize("note", [None, "", "call me: 0123", "units:many", "tax DE19:lots", "Line 7 broken\n"])
def test_what_people_write_is_no_mark(note: str | None) -> None:
    assert marks.read(note) == marks.Mark()


def test_amounts_cross_the_wire_digit_by_digit() -> None:
    assert read(write({"a": amount(1, "EUR"), "b": [amount(10**15, "KWD")]})) == {
        "a": Decimal("0.01"), "b": [Decimal("1000000000000.000")],
    }  # fmt: skip
    with pytest.raises(ValueError):
        minor(Decimal("0.001"), "EUR")
