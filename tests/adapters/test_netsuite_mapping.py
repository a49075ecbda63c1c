"""Reading NetSuite's records: exact numbers, and a clear refusal of what we do not understand."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.erp.netsuite import Names, mapping, numbers
from adapters.errors import Permanent
from domain.refund import CreditLine


def record(**changes: Any) -> dict[str, Any]:
    line = {"line": 1, "item": {"refName": "MUG"}, "quantity": Decimal(2), "amount": Decimal("10.00"),
            "taxDetailsReference": "L1", "custcol_storefront_line": "71"}  # fmt: skip
    tax = {"taxDetailsReference": {"id": "L1"}, "taxCode": {"refName": "DE19"}, "taxAmount": Decimal("1.9")}
    return {
        "id": "5", "tranId": "INV5", "currency": {"refName": "EUR"}, "tranDate": "2026-11-14", "total": Decimal("11.9"),
        "postingPeriod": {"refName": "Nov 2026"}, "custbody_storefront_order": "9", "item": {"items": [line]},
        "taxDetails": {"items": [tax]},
    } | changes  # fmt: skip


def test_an_invoice_that_does_not_add_up_is_not_taken() -> None:
    assert mapping.invoice_of(record(), Names()).total.minor == 1190
    with pytest.raises(Permanent, match="do not add up"):
        mapping.invoice_of(record(total=Decimal("11.40")), Names())


@pytest.mark.parametrize("broken", [{"currency": None}, {"item": {"items": [{}]}}, {"total": Decimal("11.905")}])
def test_a_record_that_is_not_as_expected_points_to_the_settings(broken: dict[str, Any]) -> None:
    with pytest.raises(Permanent, match="check the names in the settings"):
        mapping.invoice_of(record(**broken), Names())


def test_lines_of_one_line_id_become_one() -> None:
    parts = [CreditLine("1", 1, 100, {"A": 5}), CreditLine("2", 1, 7), CreditLine("1", 0, 50, {"B": 2})]
    assert mapping.merged(parts) == [CreditLine("1", 1, 150, {"A": 5, "B": 2}), CreditLine("2", 1, 7)]


@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_amounts_travel_without_losing_a_unit(minor: int, currency: str) -> None:
    text = numbers.write({"amount": numbers.amount(minor, currency)})
    assert numbers.minor(numbers.read(text)["amount"], currency) == minor


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_is_written_is_json(value: Any) -> None:
    assert numbers.read(numbers.write(value)) == value
