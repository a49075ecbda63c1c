"""The refund calculator: the worked cases come out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from runtime.calculator import calculate
from tests.runtime.documents import BUNDLE, Document, document, first, line, one_by_one, problems, totals


def test_three_units_of_ten_together() -> None:
    sold = line("A", 3, "3.50", discount="0.50")
    assert totals(document(sold, returns=one_by_one("A", "A", "A"))) == ["3.33", "3.34", "3.33"]


@pytest.mark.parametrize(
    ("currency", "total", "parts"),
    [
        ("GBP", "5.00", ["1.67", "1.66", "1.67"]),
        ("JPY", "1000", ["333", "334", "333"]),
        ("KWD", "10.000", ["3.333", "3.334", "3.333"]),
        ("CLF", "10.0000", ["3.3333", "3.3334", "3.3333"]),
    ],
)
def test_three_units_in_currencies_of_none_two_three_and_four_decimals(
    currency: str, total: str, parts: list[str]
) -> None:
    sold = line("A", 3, net=total)
    assert totals(document(sold, returns=one_by_one("A", "A", "A"), currency=currency)) == parts


def test_a_tax_posted_on_the_line_is_never_more_than_it_was() -> None:
    found = calculate(document(line("A", 3, "9.99", tax_codes=["NY"]), returns=one_by_one("A", "A", "A")))
    assert found["invoice"]["lines"][0]["taxes"] == {"NY": "2.66"}
    assert [one["lines"][0]["taxes"]["NY"] for one in found["returns"]] == ["0.89", "0.88", "0.89"]


def test_a_voucher_over_two_tax_rates_is_split_once() -> None:
    lines = line("A", 1, "60.00", tax_codes=["VAT20"]), line("B", 1, "40.00", tax_codes=["VAT5"])
    found = calculate(document(*lines, order_discount={"amount": "15.00"}, returns=one_by_one("B", "A")))
    assert found["invoice"]["order_discount"]["allocation"] == {"A": "9.00", "B": "6.00"}
    assert found["invoice"]["total"] == "96.90"
    assert [(one["total"], one["lines"][0]["net"]) for one in found["returns"]] == [
        ("35.70", "34.00"), ("61.20", "51.00"),
    ]  # fmt: skip


@pytest.mark.parametrize("order", ["ABC", "CBA", "BAC"])
def test_a_discount_and_a_tax_of_the_order_stay_on_their_lines(order: str) -> None:
    lines = [line(name, 1, "9.99") for name in "ABC"]
    discount, taxes = {"amount": "10.00"}, {"TAX": "2.00"}
    found = calculate(document(*lines, order_discount=discount, order_taxes=taxes, returns=one_by_one(*order)))
    assert found["invoice"]["total"] == "21.97"
    assert found["invoice"]["order_discount"]["allocation"] == {"A": "3.34", "B": "3.33", "C": "3.33"}
    by_line = {one["lines"][0]["line"]: one["total"] for one in found["returns"]}
    assert by_line == {"A": "7.31", "B": "7.33", "C": "7.33"}


def test_two_separate_returns_of_a_discounted_order() -> None:
    lines = line("A", 1, "6.00"), line("B", 1, "4.00")
    assert totals(document(*lines, order_discount={"amount": "1.00"}, returns=one_by_one("A", "B"))) == ["5.40", "3.60"]


def test_a_gross_price_with_a_discount_is_the_truth() -> None:
    sold = line("A", 3, "9.99", discount="1.50", tax_codes=["VAT20"])
    found = calculate(document(sold, prices_include_tax=True, returns=one_by_one("A", "A", "A")))
    assert found["invoice"]["lines"][0]["total"] == "28.47"
    assert [one["total"] for one in found["returns"]] == ["9.49", "9.49", "9.49"]
    sums = [sum(Decimal(one["lines"][0]["taxes"]["VAT20"]) for one in found["returns"])]
    assert sums == [Decimal(found["invoice"]["lines"][0]["taxes"]["VAT20"])] == [Decimal("4.75")]


@pytest.mark.parametrize(
    ("policy", "parts", "forfeited"),
    [
        ("pro_rata", ["24.99", "12.50", "12.50"], []),
        # What is kept alone costs 15.00 each: the price is forfeited by 5.00, and given back as the rest comes.
        ("forfeit", ["19.99", "15.00", "15.00"], ["5.00", "-2.50", "-2.50"]),
    ],
)
def test_a_part_of_a_bundle_comes_back_at_its_share_or_forfeits_the_price(
    policy: str, parts: list[str], forfeited: list[str]
) -> None:
    given = document(
        line("A", 1, bundle=BUNDLE), policies={"bundle": policy}, returns=one_by_one("A/B1", "A/B2", "A/B2")
    )
    found = calculate(given)
    assert [part["total"] for part in found["invoice"]["lines"][0]["components"]] == ["24.99", "25.00"]
    assert [one["total"] for one in found["returns"]] == parts
    fees = [fee for one in found["returns"] for fee in one["fees"]]
    assert [(fee["name"], fee["bundle"], fee["total"]) for fee in fees] == [
        ("bundle_forfeit", "A", amount) for amount in forfeited
    ]


def test_a_whole_bundle_may_be_named_by_its_line() -> None:
    given = document(
        line("A", 2, bundle=BUNDLE), policies={"bundle": "forfeit"}, returns=one_by_one(("A", 1), ("A", 1))
    )
    assert totals(given) == ["49.99", "49.99"]
    assert [(one["line"], one["quantity"]) for one in first(given)["lines"]] == [("A/B1", 1), ("A/B2", 2)]


def promoted(**policies: Any) -> Document:
    lines = [line(name, 1, "60.00", tax_codes=["VAT20"]) for name in "AB"]
    discount = {"amount": "20.00", "minimum_spend": "100.00"}
    return document(*lines, order_discount=discount, policies=policies, returns=one_by_one("A", "B"))


def test_a_promotion_clawed_back_is_given_back_with_the_last_unit() -> None:
    found = calculate(promoted(promotion="claw_back"))
    assert [(one["total"], one["fees"][0]["total"]) for one in found["returns"]] == [
        ("48.00", "12.00"), ("72.00", "-12.00"),
    ]  # fmt: skip
    assert found["returns"][0]["fees"][0] == {
        "name": "promotion_claw_back", "net": "10.00", "taxes": {"VAT20": "2.00"}, "total": "12.00",
    }  # fmt: skip
    half = promoted(promotion="claw_back") | {"returns": one_by_one("A")}
    assert calculate(half)["remaining"] == {"total": "72.00", "lines": {"A": "0.00", "B": "60.00"}}


def test_a_unit_credited_in_part_may_be_credited_to_the_rest_on_appeal() -> None:
    sold = line("A", 2, "10.01", discount="1.00", tax_codes=["VAT20"])
    given = document(sold, returns=one_by_one(("A", 1, "0.333333"), ("A", 1), ("A", 1, "0.666667")))
    found = calculate(given)
    assert [one["total"] for one in found["returns"]] == ["3.80", "11.41", "7.61"]
    assert found["remaining"]["total"] == "0.00"


@pytest.mark.parametrize(
    ("fee", "shown"),
    [
        ({"percent": "15", "taxed": True}, ("3.00", {"VAT20": "0.60"}, "3.60")),
        ({"percent": "15", "taxed": False}, ("3.00", {}, "3.00")),
        ({"flat": "4.00"}, ("4.00", {"VAT20": "0.80"}, "4.80")),
    ],
)
def test_a_fee_is_a_charge_of_its_own_with_its_own_tax(fee: Document, shown: tuple[str, Document, str]) -> None:
    sold = line("A", 1, "20.00", tax_codes=["VAT20"])
    found = first(document(sold, policies={"restocking_fee": fee}, returns=one_by_one("A")))
    assert [tuple(one.values()) for one in found["fees"]] == [("restocking_fee", *shown)]
    assert Decimal(found["total"]) == Decimal("24.00") - Decimal(shown[2])


def test_return_shipping_is_taxed_by_the_codes_it_names() -> None:
    fee = {"flat": "4.00", "tax_codes": ["VAT5"]}
    sold = line("A", 1, "20.00", tax_codes=["VAT20"])
    found = first(document(sold, policies={"return_shipping_fee": fee}, returns=one_by_one("A")))
    assert found["fees"][0]["taxes"] == {"VAT5": "0.20"}


@pytest.mark.parametrize(
    ("order", "paid"),
    [
        (["card"], [{"card": "10.00"}, {"card": "5.00", "gift": "4.99"}]),
        (["gift_card", "card"], [{"gift": "4.99", "card": "5.01"}, {"card": "9.99"}]),
        ("pro_rata", [{"card": "7.50", "gift": "2.50"}, {"card": "7.50", "gift": "2.49"}]),
    ],
)
def test_tenders_take_what_they_captured_in_the_order_of_the_policy(order: Any, paid: list[Document]) -> None:
    given = document(line("A", 2, "10.00", discount="0.01"), returns=one_by_one("A", "A"))
    given["tenders"] = [
        {"id": "card", "kind": "card", "captured": "15.00"}, {"id": "gift", "kind": "gift_card", "captured": "4.99"},
    ]  # fmt: skip
    given["policies"] = {"tender_order": order}
    assert [one["tenders"] for one in calculate(given)["returns"]] == paid


def test_what_no_tender_can_take_stays_on_account() -> None:
    given = document(line("A", 1, "10.00"), returns=one_by_one("A"))
    given["tenders"] = [{"id": "card", "kind": "card", "captured": "8.00", "refunded": "1.50"}]
    assert (first(given)["tenders"], first(given)["on_account"]) == ({"card": "6.50"}, "3.50")


@pytest.mark.parametrize(
    ("base", "parts"),
    [
        ({"currency": "USD", "rate": "1.0850"}, ["3.61", "3.63", "3.61"]),
        ({"currency": "USD", "total": "10.84"}, ["3.61", "3.62", "3.61"]),
        ({"currency": "JPY", "rate": "190.5"}, ["634", "637", "634"]),
        ({"currency": "KWD", "rate": "0.39"}, ["1.299", "1.302", "1.299"]),
    ],
)
def test_the_books_own_currency_closes_to_its_own_posted_total(base: Document, parts: list[str]) -> None:
    given = document(line("A", 3, net="10.00"), base=base, returns=one_by_one("A", "A", "A"))
    assert [one["base_total"] for one in calculate(given)["returns"]] == parts


def test_ten_screws_that_cost_four_cents_have_no_negative_part() -> None:
    given = document(line("A", 10, net="0.03", taxes={"VAT20": "0.01"}), returns=one_by_one(*["A"] * 10))
    parts = [one["lines"][0] for one in calculate(given)["returns"]]
    assert sum(Decimal(part["total"]) for part in parts) == Decimal("0.04")
    assert not [part for part in parts if "-" in part["net"] + part["taxes"]["VAT20"]]


@pytest.mark.parametrize(
    ("choice", "credited"),
    [("when_all_returned", ["", "6.00"]), ("always", ["6.00", ""]), ("never", ["", ""]), ("statutory", ["", "3.60"])],
)
def test_shipping_by_policy(choice: str, credited: list[str]) -> None:
    given = document(line("A", 2, "10.00"), policies={"shipping": choice}, returns=one_by_one("A", "A"))
    standard = {"net": "3.00", "taxes": {"VAT20": "0.60"}}
    given["shipping"] = {"net": "5.00", "taxes": {"VAT20": "1.00"}, "standard": standard}
    found = calculate(given)
    assert [one["shipping"].get("total", "") for one in found["returns"]] == credited


def test_a_tax_may_be_taken_on_another_one() -> None:
    sold = line("A", 1, "100.00", tax_codes=["GST", "QST"])
    rates = {"GST": "5", "QST": {"rate": "9.5", "compound": True}}
    given = document(sold, returns=one_by_one("A")) | {"tax_rates": rates}
    assert first(given)["lines"][0]["taxes"] == {"GST": "5.00", "QST": "9.98"}


@pytest.mark.parametrize("posted", [{"GST": "4.50", "QST": "8.98"}, {"QST": "8.98", "GST": "4.50"}])
def test_a_tax_on_another_one_is_so_in_whatever_order_they_were_posted(posted: Document) -> None:
    kept = line("A", 1, "100.00", tax_codes=["GST", "QST"], net="90.00", taxes=posted)
    given = document(kept, line("B", 1, "100.00"), returns=one_by_one("B"))
    given["tax_rates"] = {"GST": "5", "QST": {"rate": "9.5", "compound": True}}
    given["order_discount"] = {"amount": "20.00", "minimum_spend": "150.00"}
    given["policies"] = {"promotion": "claw_back"}
    claw_back = {"net": "10.00", "taxes": {"GST": "0.50", "QST": "1.00"}, "total": "11.50"}
    assert first(given)["fees"] == [{"name": "promotion_claw_back"} | claw_back]


@pytest.mark.parametrize("rates", [{}, {"LEVY": "3"}])
def test_a_tax_of_the_order_stays_on_top_when_the_lines_tell_their_part_of_it(rates: Document) -> None:
    sold = line("A", 2, "50.00", tax_codes=["VAT20"])
    given = document(sold, prices_include_tax=True, order_taxes={"LEVY": "2.00"}, returns=one_by_one("A"))
    given["tax_rates"] |= rates
    given["order_discount"] = {"amount": "20.00", "minimum_spend": "100.00"}
    given["policies"] = {"promotion": "claw_back"}
    found = calculate(given)
    sold |= {name: found["invoice"]["lines"][0][name] for name in ("net", "taxes", "total")}
    assert sold["total"] == "82.00"
    assert calculate(given) == found


def test_a_posted_line_may_have_been_discounted_by_more_than_it_cost_in_the_end() -> None:
    given = document(line("A", 1, net="5.00"), order_discount={"amount": "9.00"}, returns=one_by_one("A"))
    assert first(given)["total"] == "5.00"
    given["lines"].append(line("B", 1, "1.00"))
    assert list(problems(given)) == ["$.order_discount.amount"]


def test_an_order_of_tenders_may_name_kinds_nobody_paid_by() -> None:
    given = document(line("A", 1, "5.00"), policies={"tender_order": ["gift_card", "card"]}, returns=one_by_one("A"))
    assert first(given)["on_account"] == "5.00"


def test_unit_prices_have_up_to_six_decimals() -> None:
    assert first(document(line("A", 1000, "0.012345"), returns=one_by_one(("A", 1000))))["total"] == "12.35"
