"""The refund calculator refuses what it cannot use: every problem at once, each with its path."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from runtime.calculator import calculate
from runtime.reading import read_json
from tests.runtime.documents import GOOD, Document, first, one_by_one, problems


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
