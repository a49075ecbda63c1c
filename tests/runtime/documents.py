"""Documents for the refund calculator, and short ways to read its answer."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.calculator import BadDocument, calculate

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


def problems(given: Any) -> dict[str, str]:
    with pytest.raises(BadDocument) as caught:
        calculate(given)
    return dict(caught.value.problems)


BUNDLE = {
    "price": "49.99",
    "prices_include_tax": True,
    "components": [
        {"id": "B1", "quantity": 1, "stand_alone": "29.99", "tax_codes": ["VAT20"]},
        {"id": "B2", "quantity": 2, "stand_alone": "15.00", "tax_codes": ["VAT5"]},
    ],
}
GOOD = document(
    line("A", 3, "9.99", tax_codes=["VAT20"], net="29.97", taxes={"VAT20": "5.99"}),
    line("K", 1, bundle=BUNDLE),
    returns=[{"id": "r1", "lines": [{"line": "A", "quantity": 1}]}],
    tenders=[{"id": "card", "kind": "card", "captured": "35.96"}],
    shipping={"net": "1.00", "taxes": {}},
)
