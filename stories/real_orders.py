"""Returns over real order lines: a shop's export becomes orders in the vendors' books, cancellations become returns.

Columns: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country. A leading C on
InvoiceNo or a negative quantity marks a cancellation. A line that cannot be used is reported with the reason.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from domain.inventory import Disposition
from domain.money import Money, zero
from domain.returns import Snapshot, Stage
from stories.baskets import Basket
from stories.order_lines import BadLine, Export, Purchase, read_export
from stories.play import Theatre
from stories.scene import NotAsTold, Scene

# Standard rates of the year of the data, by country; the shop sold from the UK. Elsewhere exports are untaxed.
_TAX = {
    "United Kingdom": ("GB20", "20"), "Germany": ("DE19", "19"), "France": ("FR20", "20"), "EIRE": ("IE23", "23"),
    "Spain": ("ES21", "21"), "Belgium": ("BE21", "21"), "Netherlands": ("NL21", "21"), "Portugal": ("PT23", "23"),
    "Italy": ("IT22", "22"), "Austria": ("AT20", "20"), "Finland": ("FI24", "24"), "Sweden": ("SE25", "25"),
    "Denmark": ("DK25", "25"), "Poland": ("PL23", "23"), "Greece": ("GR24", "24"), "Cyprus": ("CY19", "19"),
}  # fmt: skip
_AT_ONCE = 12
_BATCH = 50


@dataclass(frozen=True, slots=True)
class Wish:
    """One return to run: units of one line of a purchase, so many days after it, and where the wish comes from."""

    order: int
    line: int
    quantity: int
    days: int
    origin: str


@dataclass
class Report:
    """`sums` by currency: what our books say, and what each vendor's own books say."""

    wanted: int
    closed: int = 0
    failures: list[dict[str, str]] = field(default_factory=list)
    unused: list[BadLine] = field(default_factory=list)
    sums: dict[str, dict[str, str]] = field(default_factory=dict)
    origins: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        agree = all(len(set(by.values())) == 1 for by in self.sums.values())
        return self.wanted > 0 and self.closed == self.wanted and agree

    def summary(self) -> dict[str, Any]:
        reasons: dict[str, int] = {}
        for line in self.unused:
            reasons[line.reason] = reasons.get(line.reason, 0) + 1
        return {
            "returns": self.wanted, "closed with quote = credit memo = payout": self.closed, "origins": self.origins,
            "failures": self.failures[:10], "sums": self.sums, "lines not used": reasons, "ok": self.ok,
        }  # fmt: skip

    def document(self) -> dict[str, Any]:
        unused = [{"row": line.row, "reason": line.reason} for line in self.unused]
        return self.summary() | {"failures": self.failures, "unused": unused}


async def run(theatre: Theatre, path: Path, limit: int, said: Callable[[str], None]) -> Report:
    """Post the orders, run `limit` returns a few at a time, and compare our sums with every vendor's."""
    export = read_export(path)
    wishes = wishes_of(export, limit)
    report = Report(len(wishes), unused=export.bad)
    first = int((datetime.now(UTC) - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds()) * 100
    scene = Scene(theatre.returns, theatre.crms, theatre.control, theatre.crew, theatre.office, first, patience=300.0)
    placed = await _place(scene, export, wishes, first, said)
    snapshots: list[Snapshot] = []
    gate, done = asyncio.Semaphore(_AT_ONCE), 0

    async def one(place: int, wish: Wish) -> None:
        nonlocal done
        async with gate:
            try:
                snapshots.append(await _one(scene, placed[wish.order], wish, f"wish-{place}"))
                report.closed += 1
                report.origins[wish.origin] = report.origins.get(wish.origin, 0) + 1
            except Exception as error:
                order = str(placed[wish.order]["order_id"])
                report.failures.append({"order": order, "why": f"{type(error).__name__}: {error}"})
            done += 1
            said(f"{done} of {len(wishes)} returns, {len(report.failures)} failed")

    await asyncio.gather(*(one(place, wish) for place, wish in enumerate(wishes)))
    report.sums = await _sums(scene, snapshots, placed)
    return report


def wishes_of(export: Export, limit: int) -> list[Wish]:
    """Every cancellation that matches an earlier purchase, then returns drawn with observed quantities and delays."""
    wishes: list[Wish] = []
    left = {
        (order, place): line.quantity
        for order, purchase in enumerate(export.purchases)
        for place, line in enumerate(purchase.lines)
    }
    for match in export.matches:
        key = (match.purchase, match.line)
        part = min(match.quantity, left[key])
        if part and len(wishes) < limit:
            wishes.append(Wish(*key, part, match.days, "cancellation"))
            left[key] -= part
    observed = [(match.quantity, match.days) for match in export.matches] or [(1, 7)]
    chance = random.Random(20111209)  # noqa: S311 - a drawing that must be the same every time, not a secret
    free = [key for key, quantity in left.items() if quantity]
    chance.shuffle(free)
    for order, place in free[: max(limit - len(wishes), 0)]:
        quantity, days = chance.choice(observed)
        wishes.append(Wish(order, place, min(quantity, left[order, place]), days, "drawn"))
    return wishes


async def _place(
    scene: Scene, export: Export, wishes: list[Wish], first: int, said: Callable[[str], None]
) -> dict[int, Basket]:
    """Post every purchase that a wish is about, in batches."""
    days: dict[int, int] = {}
    for wish in wishes:
        days[wish.order] = max(wish.days, days.get(wish.order, 0))
    placed = {
        order: _basket(export.purchases[order], first + place, days[order]) for place, order in enumerate(sorted(days))
    }
    documents = list(placed.values())
    for start in range(0, len(documents), _BATCH):
        said(f"posting orders {start} of {len(documents)}")
        answer = await scene.control.post("/orders/bulk", json=documents[start : start + _BATCH], timeout=120)
        if answer.status_code != 201:
            raise NotAsTold(f"the sandbox did not take the orders: {answer.text[:300]}")
    return placed


def _basket(purchase: Purchase, number: int, days: int) -> Basket:
    """The purchase, moved in time so that its return comes today: lines, prices, quantities and countries are real."""
    delivered = datetime.now(UTC) - timedelta(days=days, hours=1)
    code, rate = _TAX.get(purchase.country, ("EXPORT0", "0"))
    taxes = [{"code": code, "rate": rate}]
    lines = [
        {
            "line_id": number * 1000 + place, "sku": f"{line.sku}-{number}", "title": line.title,
            "quantity": line.quantity, "unit_price": line.unit_price, "discount": "0.00", "taxes": taxes,
            "final_sale": False, "bundle": None, "serials": [], "warranty_until": None,
        }
        for place, line in enumerate(purchase.lines)
    ]  # fmt: skip
    customer = purchase.customer or "guest"
    return {
        "order_id": number, "name": f"#{purchase.invoice}", "currency": "GBP",
        "placed_at": (delivered - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "delivered_at": delivered.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "country": code[:2] if code != "EXPORT0" else "GB", "channel": "archive", "prices_include_tax": False,
        "customer": {
            "id": number, "email": f"{customer}-{number}@example.test", "first_name": "Customer",
            "last_name": customer, "company": None,
        },
        "lines": lines, "shipping": {"price": "0.00", "taxes": []},
        "tenders": [{"kind": "card", "gateway": "shopify_payments", "amount": None}],
    }  # fmt: skip


async def _one(scene: Scene, basket: Basket, wish: Wish, key: str) -> Snapshot:
    telling = await scene.begin(basket, (wish.line, wish.quantity), key=key)
    await telling.confirm()
    await telling.receive((wish.line, wish.quantity))
    await telling.judge(wish.line, wish.quantity, Disposition.RESTOCK)
    snapshot = await telling.at(Stage.CLOSED)
    if not snapshot.matched or snapshot.payout is None or snapshot.quote is None:
        raise NotAsTold(f"{telling.return_id} closed without a three-way match")
    if not snapshot.quote.total == snapshot.credited == snapshot.payout.total:
        raise NotAsTold(f"{snapshot.quote.total}, {snapshot.credited} and {snapshot.payout.total} differ")
    return snapshot


async def _sums(scene: Scene, snapshots: list[Snapshot], placed: dict[int, Basket]) -> dict[str, dict[str, str]]:
    numbers = {str(basket["order_id"]) for basket in placed.values()}
    ours = sum((snap.credited for snap in snapshots if snap.credited), zero("GBP"))
    erp, shop = await scene.books("netsuite"), await scene.books("shopify")
    memos = [doc["total"] for doc in erp["documents"]["creditMemo"] if str(doc["order"]) in numbers]
    pence = sum(int(total.replace(".", "")) for total in memos)
    paid = sum(
        part["amount"]
        for number in numbers
        for part in shop["orders"][number]["transactions"]
        if part["kind"] == "REFUND"
    )
    return {
        "GBP": {
            "our books": ours.decimal(), "NetSuite's credit memos": Money(pence, "GBP").decimal(),
            "Shopify's refunds": Money(paid, "GBP").decimal(),
        }
    }  # fmt: skip
