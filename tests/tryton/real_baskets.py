"""Orders made of real baskets where the file is at hand, else of our own alike, and the returns asked of each."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from stories import baskets
from stories.order_lines import read_export

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "online_retail_a.csv.gz"
_STANDARD, _REDUCED = {"code": "VAT20", "rate": "20"}, {"code": "VAT5", "rate": "5"}
_DISCOUNTS = ("0", "0", "0.05", "0.10", "0.15")
_LARGEST = 12
Line = tuple[str, int, str]
"""Article, quantity, unit price."""
Units = tuple[tuple[int, int], ...]
"""(place of the line, quantity) each."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`returns` one after the other; together they are a part of the order, or all of it."""

    basket: dict[str, Any]
    returns: tuple[Units, ...]

    @property
    def complete(self) -> bool:
        back: dict[int, int] = {}
        for units in self.returns:
            for place, quantity in units:
                back[place] = back.get(place, 0) + quantity
        return all(back.get(place) == line["quantity"] for place, line in enumerate(self.basket["lines"]))


def wanted(orders: int, first: int, seed: int) -> list[Wanted]:
    """So many orders, numbered from `first`; the same ones every time."""
    chance = random.Random(seed)
    return [
        Wanted(basket, _returns(basket, chance))
        for place, lines in enumerate(chance.sample(_purchases(), orders))
        for basket in [_basket(first + place, lines, chance)]
    ]


def _purchases() -> list[tuple[Line, ...]]:
    if not FILE.is_file():
        return _own()
    bought = [
        tuple((line.sku, line.quantity, line.unit_price) for line in one.lines) for one in read_export(FILE).purchases
    ]
    return [lines for lines in bought if 2 <= len(lines) <= _LARGEST]


def _own() -> list[tuple[Line, ...]]:
    """Baskets like the file's: dozens and single pieces, prices of pennies and of pounds."""
    chance = random.Random(536365)
    prices = ("0.21", "0.42", "0.85", "1.25", "1.65", "2.10", "2.55", "3.39", "4.25", "7.65", "9.95", "12.75")
    quantities = (1, 1, 2, 3, 4, 6, 8, 10, 12, 24, 48)
    return [
        tuple(
            (f"GIFT{place}", chance.choice(quantities), chance.choice(prices)) for place in range(chance.randint(2, 9))
        )
        for _ in range(400)
    ]


def _basket(number: int, lines: tuple[Line, ...], chance: random.Random) -> dict[str, Any]:
    """Every third line at the reduced rate, some lines with a discount, shipping on most orders."""
    rows = []
    for place, (sku, quantity, price) in enumerate(lines):
        off = (Decimal(price) * quantity * Decimal(chance.choice(_DISCOUNTS))).quantize(Decimal("0.01"))
        tax = _REDUCED if place % 3 == 1 else _STANDARD
        rows.append(baskets.line(place + 1, f"{sku}L{place}", sku, quantity, price, tax, discount=str(off)))
    shipping = {"price": chance.choice(("0", "3.95", "4.90")), "taxes": [_STANDARD]}
    return baskets.order(number, *rows, currency="GBP", country="GB", shipping=shipping)


def _returns(basket: dict[str, Any], chance: random.Random) -> tuple[Units, ...]:
    """One return of some units; often a second one, and sometimes one of all that is left."""
    left = {place: line["quantity"] for place, line in enumerate(basket["lines"])}
    returns: list[Units] = []
    for _ in range(chance.choice((1, 1, 2))):
        places = chance.sample(sorted(left), chance.randint(1, min(3, len(left))))
        units = tuple((place, chance.randint(1, left[place])) for place in places)
        returns.append(units)
        left = {place: count - dict(units).get(place, 0) for place, count in left.items()}
        left = {place: count for place, count in left.items() if count}
        if not left:
            break
    if left and chance.random() < 0.4:
        returns.append(tuple(left.items()))
    return tuple(returns)
