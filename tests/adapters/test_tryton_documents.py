"""Tryton's invoices, read: taxes that were posted for a document become taxes of its lines, and always sum to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.erp.tryton import documents, marks
from adapters.errors import Permanent

VAT20: dict[str, Any] = {"id": 20, "name": "VAT20", "parent": None, "rate": Decimal("0.2")}
VAT7: dict[str, Any] = {"id": 7, "name": "VAT7", "parent": None, "rate": Decimal("0.07")}


def sold(
    number: int, amount: str, *taxes: dict[str, Any], quantity: float = 1.0, note: str | None = ""
) -> dict[str, Any]:
    return {
        "id": number, "type": "line", "quantity": quantity, "amount": Decimal(amount), "origin": None,
        "note": f"line:L{number}" if note == "" else note, "product.": {"code": f"SKU{number}"},
        "taxes": [tax["id"] for tax in taxes],
    }  # fmt: skip


def tax(known: dict[str, Any] | None, base: str, amount: str) -> dict[str, Any]:
    return {"id": 900, "tax.": known, "base": Decimal(base), "amount": Decimal(amount)}


def invoice(lines: list[dict[str, Any]], taxes: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    untaxed = sum((line["amount"] for line in lines), Decimal(0))
    total = untaxed + sum((row["amount"] for row in taxes), Decimal(0))
    return {
        "id": 1, "number": "INV-1", "state": "posted", "invoice_date": date(2026, 11, 1), "accounting_date": None,
        "currency.": {"code": "EUR"}, "company.": {"currency.": {"code": "EUR"}}, "account": 5,
        "amount_to_pay": Decimal(0), "total_amount": total, "lines.": lines, "taxes.": taxes, "move.": {
            "period.": {"rec_name": "2026-11"}, "lines.": [{"account": 5, "debit": total, "credit": Decimal(0)}],
        },
    } | more  # fmt: skip


def test_each_tax_is_given_out_over_its_own_lines() -> None:
    record = invoice(
        [
            sold(1, "99.98", VAT20, quantity=2.0),
            sold(2, "56.67", VAT7),
            sold(3, "33.33", VAT20),
            sold(4, "4.90", VAT20),
        ],
        [tax(VAT20, "138.21", "27.64"), tax(VAT7, "56.67", "3.97")],
    )
    read = documents.invoice_of(record, "5001")
    assert [line.taxes for line in read.lines] == [{"VAT20": 1999}, {"VAT7": 397}, {"VAT20": 667}, {"VAT20": 98}]
    assert sum(line.total for line in read.lines) == read.total.minor == 22649
    assert read.tax_rates == {"VAT20": "20", "VAT7": "7"}
    assert (read.base is not None, read.base and read.base.rate) == (True, "1")


@given(st.lists(st.tuples(st.integers(0, 10**7), st.sampled_from([VAT20, VAT7])), min_size=1, max_size=9))
def test_lines_always_sum_to_the_document(rows: list[tuple[int, dict[str, Any]]]) -> None:
    lines = [sold(place, str(Decimal(net) / 100), known) for place, (net, known) in enumerate(rows, start=1)]
    taxes = []
    for known in (VAT20, VAT7):
        base = Decimal(sum(net for net, own in rows if own is known)) / 100
        if any(own is known for _, own in rows):
            taxes.append(tax(known, str(base), str((base * known["rate"]).quantize(Decimal("0.01")))))
    read = documents.invoice_of(invoice(lines, taxes), "1")
    assert sum(line.total for line in read.lines) == read.total.minor
    assert all(part >= 0 for line in read.lines for part in line.taxes.values())


def test_the_child_of_a_group_lies_on_the_lines_of_the_group() -> None:
    group = {"id": 30, "name": "US", "parent": None, "rate": None}
    state = {"id": 31, "name": "STATE", "parent": 30, "rate": Decimal("0.0625")}
    city = {"id": 32, "name": "CITY", "parent": 30, "rate": None}
    record = invoice(
        [sold(1, "10.00", group), sold(2, "5.00", VAT7)],
        [tax(state, "10.00", "0.63"), tax(city, "10.00", "0.20"), tax(VAT7, "5.00", "0.35")],
    )
    read = documents.invoice_of(record, "1")
    assert [line.taxes for line in read.lines] == [{"STATE": 63, "CITY": 20}, {"VAT7": 35}]
    assert read.tax_rates == {"STATE": "6.25", "VAT7": "7"}


def test_a_tax_that_was_typed_in_is_known_by_its_number_and_lies_on_everything() -> None:
    read = documents.invoice_of(invoice([sold(1, "3.00"), sold(2, "1.00")], [tax(None, "4.00", "0.40")]), "1")
    assert [line.taxes for line in read.lines] == [{"tax-900": 30}, {"tax-900": 10}]


def test_lines_that_nobody_marked_are_known_by_their_numbers() -> None:
    read = documents.invoice_of(invoice([sold(8, "3.00", note="Handle with care")], []), "1")
    assert [line.line_id for line in read.lines] == ["erp-8"]


def credited(number: int, amount: str, units: int, **taxes: str) -> dict[str, Any]:
    note = marks.write(f"L{number}", units, {code: Decimal(value) for code, value in taxes.items()})
    return sold(number, amount, VAT20, quantity=-1.0, note=note)


def test_our_own_credit_tells_what_each_line_has_of_the_tax() -> None:
    record = invoice(
        [credited(1, "-9.99", 1, VAT20="1.99"), credited(2, "-9.99", 2, VAT20="2.00")], [tax(VAT20, "-19.98", "-3.99")]
    )
    read = documents.credit_of(record)
    assert [(line.line_id, line.quantity, line.net, line.taxes) for line in read.lines] == [
        ("L1", 1, 999, {"VAT20": 199}), ("L2", 2, 999, {"VAT20": 200}),
    ]  # fmt: skip
    assert read.total.minor == 2397


def test_what_was_posted_counts_and_not_what_a_note_says() -> None:
    record = invoice([credited(1, "-9.99", 1, VAT20="1.99")], [tax(VAT20, "-9.99", "-2.50")])
    (line,) = documents.credit_of(record).lines
    assert line.taxes == {"VAT20": 250}


def test_a_charge_and_what_is_given_back_keep_their_own_tax() -> None:
    record = invoice(
        [sold(1, "-50.00", VAT20, quantity=-1.0, note="line:L1"), sold(2, "10.00", VAT20, note="line:restocking_fee")],
        [tax(VAT20, "-50.00", "-10.00"), tax(VAT20, "10.00", "2.00")],
    )
    assert [(line.net, line.taxes) for line in documents.credit_of(record).lines] == [
        (5000, {"VAT20": 1000}), (-1000, {"VAT20": -200}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"total_amount": Decimal("99.00")}, "do not add up"),
        ({"total_amount": Decimal("3.001")}, "more decimals"),
        ({"lines.": [sold(1, "3.00", quantity=1.5)]}, "1.5 units"),
        ({"invoice_date": None}, "has no date"),
        ({"currency.": None}, "not as expected"),
    ],
)
def test_what_cannot_be_credited_is_permanent_and_says_why(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Permanent, match=said):
        documents.invoice_of(invoice([sold(1, "3.00")], []) | change, "1")
