"""Realistic orders drawn at random, always the same for the same seed, and how each comes back in parts.

Baskets are those of a real shop's export where it lies beside the checkout; else they are drawn too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from domain.money import Money
from domain.policy import Fee, Policy, Promotion, Shipping, TenderSplit
from domain.units import FULL_VALUE
from stories.order_lines import read_export
from tests.stack.orders import line, order

_EXPORT = Path(__file__).parents[3] / "shared" / "data" / "online_retail_a.csv.gz"
# (currency, country, rates: the usual and the reduced one)
_MARKETS = (
    ("EUR", "DE", ("19", "7")),
    ("GBP", "GB", ("20", "5")),
    ("USD", "US", ("8.875", "4")),
    ("JPY", "JP", ("10", "8")),
    ("KWD", "KW", ("5", "2.5")),
)
POLICIES = {
    "plain": Policy(),
    "shipping-always": Policy(shipping=Shipping.ALWAYS, tender_order=("gift_card", "card")),
    "shipping-never": Policy(shipping=Shipping.NEVER, tender_split=TenderSplit.PRO_RATA),
    "restocking": Policy(restocking_fee=Fee(percent="15")),
    "claw-back": Policy(promotion=Promotion.CLAW_BACK),
}


@dataclass(frozen=True)
class Part:
    """One return: units by line, and of which lines a unit is credited by a fraction only after inspection."""

    name: str
    lines: tuple[tuple[str, int], ...]
    reduced: tuple[tuple[str, int], ...] = ()

    @property
    def values(self) -> dict[str, int]:
        """By line, in millionths of a unit."""
        less = dict(self.reduced)
        return {line: units * FULL_VALUE - less.get(line, 0) for line, units in self.lines}


@dataclass(frozen=True)
class Plan:
    """An order, the policy it is under, its returns. `overlapping`: all are quoted before the first is posted."""

    number: int
    document: dict[str, Any]
    policy: str
    parts: tuple[Part, ...]
    overlapping: bool

    @property
    def whole(self) -> bool:
        """Everything comes back, and is credited in full."""
        back: dict[str, int] = {}
        for part in self.parts:
            for line_id, value in part.values.items():
                back[line_id] = back.get(line_id, 0) + value
        bought = {str(one["line_id"]): one["quantity"] * FULL_VALUE for one in self.document["lines"]}
        return back == bought


@dataclass
class Shop:
    """Draws one order after the other."""

    seed: int
    first: int
    _drawn: int = 0
    _chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)

    def orders(self, returns: int) -> list[Plan]:
        """So many orders that they have at least `returns` returns together."""
        plans: list[Plan] = []
        while sum(len(plan.parts) for plan in plans) < returns:
            plans.append(self._plan())
        return plans

    def _plan(self) -> Plan:
        number, chance = self.first + self._drawn, self._chance
        self._drawn += 1
        currency, country, rates = chance.choice(_MARKETS)
        lines = [
            self._line(number * 100 + place, title, units, price, currency, chance.choice(rates))
            for place, (title, units, price) in enumerate(self._basket(), start=1)
        ]
        worth = sum((_worth(one) for one in lines), Decimal(0))
        policy = chance.choice(tuple(POLICIES))
        more: dict[str, Any] = {"prices_include_tax": chance.random() < 0.5}
        if policy == "claw-back" or chance.random() < 0.4:
            off = _rounded(worth * chance.randint(5, 25) / 100, currency)
            more["order_discount"] = {
                "amount": str(off),
                "minimum_spend": str(_rounded(worth * Decimal("0.6"), currency)),
            }
        shipping = _rounded(Decimal(chance.randint(0, 900)) / 100, currency)
        document = order(
            number,
            *lines,
            currency=currency,
            country=country,
            shipping={"price": str(shipping), "taxes": _taxes(rates[0])},
            tenders=self._tenders(worth, currency),
            **_lately(),
            **more,
        )
        return Plan(number, document, policy, self._parts(number, lines), chance.random() < 0.25)

    def _basket(self) -> list[tuple[str, int, Decimal]]:
        """(title, units, price of one)"""
        chance, known = self._chance, _baskets()
        if known:
            return [(title, min(units, 24), price) for title, units, price in chance.choice(known)]
        return [
            (f"Article {place}", chance.choice((1, 1, 2, 3, 6, 12)), Decimal(chance.randint(19, 12_995)) / 100)
            for place in range(chance.randint(1, 4))
        ]

    def _line(self, line_id: int, title: str, units: int, price: Decimal, currency: str, rate: str) -> dict[str, Any]:
        chance = self._chance
        each = max(_rounded(price * (100 if currency == "JPY" else 1), currency), _unit(currency))
        off = Decimal(0)
        if chance.random() < 0.4:
            off = _rounded(each * units * chance.randint(1, 40) / 100, currency)
        return line(
            line_id, f"SKU-{line_id}", units, str(each), title=title[:60], discount=str(off), taxes=_taxes(rate)
        )

    def _tenders(self, worth: Decimal, currency: str) -> list[dict[str, Any]]:
        card = {"kind": "card", "gateway": "shopify_payments", "amount": None}
        if self._chance.random() < 0.6:
            return [card]
        # Never more than the goods are worth after the largest discount, so that the card has a part too.
        share = _rounded(worth * self._chance.randint(10, 50) / 100, currency)
        return [{"kind": "gift_card", "gateway": "gift_card", "amount": str(share)}, card] if share else [card]

    def _parts(self, number: int, lines: list[dict[str, Any]]) -> tuple[Part, ...]:
        """Every unit goes into one of a few parcels, or, one time in four, some are kept."""
        chance = self._chance
        parcels: list[dict[str, int]] = [{} for _ in range(chance.randint(1, 4))]
        keeps = chance.random() < 0.25
        for one in lines:
            left = int(one["quantity"])
            while left:
                units = chance.randint(1, left)
                left -= units
                if not (keeps and chance.random() < 0.4):
                    parcel = chance.choice(parcels)
                    parcel[str(one["line_id"])] = parcel.get(str(one["line_id"]), 0) + units
        named = [parcel for parcel in parcels if parcel] or [{str(lines[0]["line_id"]): 1}]
        return tuple(
            Part(f"R-{number}-{place}", tuple(parcel.items()), self._reduced(parcel))
            for place, parcel in enumerate(named)
        )

    def _reduced(self, parcel: dict[str, int]) -> tuple[tuple[str, int], ...]:
        """Now and then a unit is found damaged and credited by so much less."""
        if self._chance.random() < 0.85:
            return ()
        return ((self._chance.choice(sorted(parcel)), self._chance.choice((250_000, 500_000, 333_333))),)


@cache
def _baskets() -> list[list[tuple[str, int, Decimal]]]:
    if not _EXPORT.exists():
        return []
    return [
        [(one.title, one.quantity, Decimal(one.unit_price)) for one in purchase.lines[:5]]
        for purchase in read_export(_EXPORT).purchases
    ]


def _lately() -> dict[str, str]:
    """Within everybody's window, and in the open period."""
    now = datetime.now(UTC)
    placed, delivered = now - timedelta(days=9), now - timedelta(days=4)
    return {"placed_at": f"{placed:%Y-%m-%dT%H:%M:%SZ}", "delivered_at": f"{delivered:%Y-%m-%dT%H:%M:%SZ}"}


def _worth(one: dict[str, Any]) -> Decimal:
    return Decimal(one["unit_price"]) * int(one["quantity"]) - Decimal(one["discount"])


def _taxes(rate: str) -> list[dict[str, str]]:
    return [{"code": f"T{rate}", "rate": rate}]


def _unit(currency: str) -> Decimal:
    return Decimal(Money(1, currency).decimal())


def _rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(_unit(currency))
