"""The refund calculator over drawn documents: whatever was sold, everything closes to the cent."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.calculator import calculate
from tests.runtime.documents import Document, document, line, one_by_one

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
