"""The refund calculator: the worked cases come out, everything closes to the cent, and every problem has its path."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.calculator import BadDocument, calculate
from runtime.reading import read_json

Document = dict[str, Any]


def line(line_id: str, quantity: int, unit_price: str | None = None, **more: Any) -> Document:
    return {"id": line_id, "quantity": quantity} | ({"unit_price": unit_price} if unit_price else {}) | more


def one_by_one(*asked: str | tuple[str, int] | tuple[str, int, str]) -> list[Document]:
    """A return of its own for each."""
    returns = []
    for place, ask in enumerate(asked):
        name, quantity, *value = ask if isinstance(ask, tuple) else (ask, 1)
        back = {"line": name, "quantity": quantity} | ({"value_fraction": value[0]} if value else {})
        returns.append({"id": f"r{place}", "lines": [back]})
    return returns


def document(*lines: Document, returns: list[Document], currency: str = "GBP", **more: Any) -> Document:
    rates = {"VAT20": "20", "VAT5": "5", "NY": "8.875"}
    return {"currency": currency, "lines": list(lines), "tax_rates": rates, "returns": returns} | more


def totals(given: Document) -> list[str]:
    return [one["total"] for one in calculate(given)["returns"]]


def first(given: Document) -> Document:
    found: Document = calculate(given)["returns"][0]
    return found


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


BUNDLE = {
    "price": "49.99",
    "prices_include_tax": True,
    "components": [
        {"id": "B1", "quantity": 1, "stand_alone": "29.99", "tax_codes": ["VAT20"]},
        {"id": "B2", "quantity": 2, "stand_alone": "15.00", "tax_codes": ["VAT5"]},
    ],
}


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


AMOUNTS = st.integers(0, 30_000).map(lambda minor: f"{minor // 100}.{minor % 100:02}")
CODES = st.lists(st.sampled_from(["VAT20", "VAT5", "NY"]), unique=True, max_size=2)


@st.composite
def bundles(draw: st.DrawFn) -> tuple[Document, list[tuple[str, int]]]:
    """A bundle, and what brings all of it back: whole, or part by part."""
    quantity, each = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    components = [
        {"id": "1", "stand_alone": draw(AMOUNTS), "tax_codes": draw(CODES)},
        {"id": "2", "quantity": each, "stand_alone": draw(AMOUNTS), "tax_codes": draw(CODES)},
    ]
    bundle = {"price": draw(AMOUNTS), "prices_include_tax": draw(st.booleans()), "components": components}
    parts = [("K/1", quantity), *[("K/2", each)] * quantity]
    return line("K", quantity, bundle=bundle), [("K", quantity)] if draw(st.booleans()) else parts


@st.composite
def documents(draw: st.DrawFn) -> Document:
    lines, returns = [], []
    for name in "ABC"[: draw(st.integers(1, 3))]:
        quantity = draw(st.integers(1, 6))
        lines.append(line(name, quantity, draw(AMOUNTS), tax_codes=draw(CODES)))
        cut = draw(st.integers(1, quantity))
        returns += [(name, size) for size in (cut, quantity - cut) if size]
    prices = sum(Decimal(one["unit_price"]) * one["quantity"] for one in lines)
    if draw(st.booleans()):
        bundle, back = draw(bundles())
        lines.append(bundle)
        returns += back
        prices += Decimal(bundle["bundle"]["price"]) * bundle["quantity"]
    given = document(*lines, returns=one_by_one(*draw(st.permutations(returns))))
    given["prices_include_tax"] = draw(st.booleans())
    percent = draw(st.integers(0, 100))
    given["order_discount"] = {
        "amount": str((prices * percent / 100).quantize(Decimal("0.01"), "ROUND_DOWN")),
        "minimum_spend": draw(st.none() | AMOUNTS),
    }
    given["shipping"] = {"net": draw(AMOUNTS), "taxes": {"VAT20": draw(AMOUNTS)}}
    given["order_taxes"] = {draw(st.sampled_from(["LEVY", "VAT5"])): draw(AMOUNTS)} if draw(st.booleans()) else {}
    given["base"] = {"currency": "JPY", "total": str(draw(st.integers(0, 10**7)))}
    given["policies"] = {
        "promotion": draw(st.sampled_from(["pro_rata", "claw_back"])),
        "bundle": draw(st.sampled_from(["pro_rata", "forfeit"])),
        "tender_order": draw(st.sampled_from(["pro_rata", ["card"]])),
    }
    given["tenders"] = [{"id": name, "kind": name, "captured": draw(AMOUNTS)} for name in ("gift", "card")]
    return given


def summed(found: Document, *way: str) -> Decimal:
    return sum((Decimal(_follow(one, way)) for one in found["returns"]), Decimal(0))


def _follow(value: Any, way: tuple[str, ...]) -> str:
    for step in way:
        value = value.get(step, "0")
    return str(value)


@settings(deadline=None)
@given(documents())
def test_whatever_was_sold_everything_closes_once_it_is_back(given: Document) -> None:
    found = calculate(given)
    assert summed(found, "total") == Decimal(found["invoice"]["total"])
    assert set(found["remaining"]["lines"].values()) == {"0.00"}
    assert found["remaining"]["total"] == "0.00"
    paid = summed(found, "tenders", "gift") + summed(found, "tenders", "card") + summed(found, "on_account")
    assert paid == Decimal(found["invoice"]["total"])
    for tender in given["tenders"]:
        assert summed(found, "tenders", tender["id"]) <= Decimal(tender["captured"])
    closes = Decimal(found["invoice"]["base_total"]) if Decimal(found["invoice"]["total"]) else Decimal(0)
    assert summed(found, "base_total") == closes


@settings(deadline=None)
@given(documents())
def test_what_was_echoed_as_posted_gives_the_same_refunds_when_it_is_told(given: Document) -> None:
    found = calculate(given)
    told = deepcopy(given)
    for sold, posted in zip(told["lines"], found["invoice"]["lines"], strict=True):
        sold |= {name: posted[name] for name in ("net", "taxes", "total")}
        for part, component in zip(_components(sold), posted.get("components", ()), strict=True):
            part |= {name: component[name] for name in ("net", "taxes", "total")}
    told["order_discount"] |= found["invoice"]["order_discount"]
    assert calculate(told) == found


def _components(sold: Document) -> list[Document]:
    found: list[Document] = sold.get("bundle", {}).get("components", [])
    return found


def problems(given: Any) -> dict[str, str]:
    with pytest.raises(BadDocument) as caught:
        calculate(given)
    return dict(caught.value.problems)


GOOD = document(
    line("A", 3, "9.99", tax_codes=["VAT20"], net="29.97", taxes={"VAT20": "5.99"}),
    line("K", 1, bundle=BUNDLE),
    returns=[{"id": "r1", "lines": [{"line": "A", "quantity": 1}]}],
    tenders=[{"id": "card", "kind": "card", "captured": "35.96"}],
    shipping={"net": "1.00", "taxes": {}},
)


def changed(*way: str | int, to: Any) -> Document:
    given = deepcopy(GOOD)
    place: Any = given
    for step in way[:-1]:
        place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
    place[way[-1]] = to
    return given


RETURN_CODE = "$.policies.return_shipping_fee.tax_codes[0]"


@pytest.mark.parametrize(
    ("way", "to", "path"),
    [
        (("currency",), "pounds", "$.currency"),
        (("currency",), None, "$.currency"),
        (("lines",), [], "$.lines"),
        (("lines",), {}, "$.lines"),
        (("prices_include_tax",), "yes", "$.prices_include_tax"),
        (("lines", 0, "quantity"), 0, "$.lines[0].quantity"),
        (("lines", 0, "quantity"), "3", "$.lines[0].quantity"),
        (("lines", 0, "quantity"), Decimal("1.5"), "$.lines[0].quantity"),
        (("lines", 0, "unit_price"), Decimal("9.99"), "$.lines[0].unit_price"),
        (("lines", 0, "unit_price"), "9.9999999", "$.lines[0].unit_price"),
        (("lines", 0, "unit_price"), "-1.00", "$.lines[0].unit_price"),
        (("lines", 0, "unit_price"), "1e3", "$.lines[0].unit_price"),
        (("lines", 0, "unit_price"), "１", "$.lines[0].unit_price"),
        (("lines", 0, "discount"), "29.98", "$.lines[0].discount"),
        (("lines", 0, "taxes", "VAT20"), "5.999", "$.lines[0].taxes.VAT20"),
        (("lines", 0, "taxes", "a tax"), 1, "$.lines[0].taxes['a tax']"),
        (("lines", 0, "total"), "35.97", "$.lines[0].total"),
        (("lines", 0, "tax_codes"), ["VAT20", "VAT20"], "$.lines[0].tax_codes[1]"),
        (("lines", 1, "tax_codes"), 5, "$.lines[1].tax_codes"),
        (("lines", 1, "id"), "A", "$.lines[1].id"),
        (("lines", 1, "id"), "shipping", "$.lines[1].id"),
        (("lines", 1, "bundle", "components"), [], "$.lines[1].bundle.components"),
        (("lines", 1, "bundle", "components", 0, "stand_alone"), "x", "$.lines[1].bundle.components[0].stand_alone"),
        (("lines", 1, "bundle", "components", 1, "tax_codes"), ["Q"], "$.lines[1].bundle.components[1].tax_codes[0]"),
        (("lines", 1, "bundle", "components", 1, "net"), "99.00", "$.lines[1].bundle.components[1].total"),
        (("lines", 1, "bundle", "components", 1, "id"), "B1", "$.lines[1].bundle.components[1].id"),
        (("lines", 1, "bundle"), None, "$.lines[1].unit_price"),
        (("lines", 1, "colour"), "red", "$.lines[1].colour"),
        (("lines", 1), "K", "$.lines[1]"),
        (("order_discount", "amount"), "99.99", "$.order_discount.amount"),
        (("order_discount",), {"amount": "2.00", "allocation": {"A": "1.00"}}, "$.order_discount.allocation"),
        (("order_discount", "allocation"), {"Z": "1.00"}, "$.order_discount.allocation.Z"),
        (("order_discount", "allocation"), {"A": "30.00"}, "$.order_discount.allocation.A"),
        (("order_taxes",), {"VAT20": "6.00"}, "$.order_taxes.VAT20"),
        (("shipping", "net"), 1, "$.shipping.net"),
        (("tenders", 0, "refunded"), "40.00", "$.tenders[0].refunded"),
        (("tenders", 0, "captured"), 40, "$.tenders[0].captured"),
        (("tenders",), [{"id": "c", "captured": "1"}, {"id": "c", "captured": "1"}], "$.tenders[1].id"),
        (("tax_rates", "VAT20"), 20, "$.tax_rates.VAT20"),
        (("tax_rates", "VAT20"), {"rate": "20", "compound": 1}, "$.tax_rates.VAT20.compound"),
        (("tax_rates",), [], "$.tax_rates"),
        (("policies", "bundle"), "half", "$.policies.bundle"),
        (("policies", "shipping"), "statutory", "$.shipping.standard"),
        (("policies", "restocking_fee"), {}, "$.policies.restocking_fee"),
        (("policies", "restocking_fee"), {"percent": "101"}, "$.policies.restocking_fee.percent"),
        (("policies", "return_shipping_fee"), {"flat": "1", "tax_codes": ["Q"]}, RETURN_CODE),
        (("policies", "tender_order"), ["cash"], "$.policies.tender_order[0]"),
        (("policies", "tender_order"), "card", "$.policies.tender_order"),
        (("policies",), 5, "$.policies"),
        (("returns", 0, "lines"), [], "$.returns[0].lines"),
        (("returns", 0, "lines", 0, "line"), "Z", "$.returns[0].lines[0].line"),
        (("returns", 0, "lines", 0, "quantity"), 4, "$.returns[0].lines[0].quantity"),
        (("returns", 0, "lines", 0, "quantity"), 0, "$.returns[0].lines[0].quantity"),
        (("returns", 0, "lines", 0, "value_fraction"), "1.1", "$.returns[0].lines[0].value_fraction"),
        (("returns", 0, "lines", 0, "value_fraction"), "0.1234567", "$.returns[0].lines[0].value_fraction"),
        (("returns", 0, "id"), None, "$.returns[0].id"),
        (("returns", 0, "why"), "x", "$.returns[0].why"),
        (("returns",), [5], "$.returns[0]"),
        (("returns",), "all", "$.returns"),
        (("base",), {"currency": "USD"}, "$.base.rate"),
        (("base",), {"currency": "USD", "rate": "0.0"}, "$.base.rate"),
        (("base",), {"currency": "JPY", "total": "1.5"}, "$.base.total"),
        (("base",), {"currency": "jpy", "total": "1"}, "$.base.currency"),
        (("base",), 5, "$.base"),
        (("note",), "x", "$.note"),
    ],
)  # fmt: skip
def test_a_problem_has_its_path(way: tuple[str | int, ...], to: Any, path: str) -> None:
    assert list(problems(changed(*way, to=to))) == [path]


def test_the_document_they_are_made_of_has_none() -> None:
    assert first(GOOD)["total"] == "11.99"


def test_all_problems_are_told_at_once() -> None:
    given = deepcopy(GOOD) | {"note": 1}
    given["lines"][0] |= {"quantity": -1, "unit_price": 5, "tax_codes": ["Q"], "taxes": None}
    given["lines"].append({"id": "C", "quantity": 1, "net": "2.00", "total": "1.00"})
    given["returns"].append({"id": "r1", "lines": [{"line": "Z", "quantity": 0}, {"line": "C", "quantity": 2}]})
    given["policies"] = {"promotion": "?", "tender_order": ["?"]}
    assert set(problems(given)) == {
        "$.note", "$.lines[0].quantity", "$.lines[0].unit_price", "$.lines[0].tax_codes[0]", "$.lines[2].total",
        "$.returns[1].id", "$.returns[1].lines[0].quantity", "$.returns[1].lines[0].line",
        "$.returns[1].lines[1].quantity", "$.policies.promotion", "$.policies.tender_order[0]",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["A", "A"], "is returned twice in one return; add the quantities up"),
        (["K", "K/B1"], "is returned already with K in one return; add the quantities up"),
    ],
)
def test_one_return_names_a_line_once(asked: list[str], words: str) -> None:
    back = [{"line": name, "quantity": 1} for name in asked]
    assert problems(changed("returns", 0, "lines", to=back)) == {"$.returns[0].lines[1].line": words}


def test_more_than_is_left_is_refused_with_what_is_left_by_value() -> None:
    returns = one_by_one(("A", 3, "0.5"), ("A", 2))
    words = "is more than is left to return: 1.5 of A, by value"
    assert problems(changed("returns", to=returns)) == {"$.returns[1].lines[0].quantity": words}


def test_null_is_as_good_as_absent() -> None:
    given = deepcopy(GOOD)
    given["lines"][0] |= dict.fromkeys(("discount", "total", "bundle"))
    given["shipping"]["standard"] = given["tenders"][0]["refunded"] = None
    given["returns"][0]["lines"][0]["value_fraction"] = None
    given["policies"] = dict.fromkeys(("bundle", "promotion", "shipping", "restocking_fee", "tender_order"))
    given |= dict.fromkeys(("order_discount", "order_taxes", "base", "prices_include_tax"))
    assert calculate(given) == calculate(GOOD)
    needed = changed("lines", 0, "quantity", to=None)
    assert problems(needed | {"note": None}) == {
        "$.lines[0].quantity": "is missing", "$.note": "is not a known field",
    }  # fmt: skip


@pytest.mark.parametrize("given", [None, 5, [], "x", True])
def test_what_is_no_document_is_refused(given: Any) -> None:
    assert list(problems(given)) == ["$"]


def test_a_document_is_read_as_json_without_a_float() -> None:
    given = read_json(json.dumps(changed("lines", 0, "unit_price", to=9.99)).encode(), "body")
    assert list(problems(given)) == ["$.lines[0].unit_price"]
