"""How a story must end, checked in our books and in every vendor's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.money import Money, parse, zero
from domain.returns import Snapshot, Stage
from stories.scene import NotAsTold, Scene, Telling


@dataclass(frozen=True, slots=True)
class VendorBooks:
    """What the vendors say of one order: credit memos posted, money refunded, pieces still pending inspection."""

    credited: Money
    memos: int
    refunded: Money
    refunds: int
    pending_inspection: int


async def closed(telling: Telling, *, credit: str | None = None, on_account: bool = False) -> Snapshot:
    """Closed by a three-way match; `credit` is the amount told, left out when any will do that all agree on."""
    snapshot = await telling.at(Stage.CLOSED)
    if not snapshot.matched or snapshot.quote is None or snapshot.agreed is None or snapshot.payout is None:
        raise NotAsTold(f"{telling.return_id} closed without a three-way match")
    if not snapshot.agreed == snapshot.credited == snapshot.payout.total:
        raise NotAsTold(f"agreed {snapshot.agreed}, credited {snapshot.credited}, paid {snapshot.payout.total}")
    if credit is not None and snapshot.agreed != telling.money(credit):
        raise NotAsTold(f"the story says {credit}, the return closed with {snapshot.agreed}")
    if on_account and snapshot.payout.on_account != snapshot.agreed:
        raise NotAsTold(f"{snapshot.payout.on_account} was left on account instead of {snapshot.agreed}")
    return snapshot


async def ended(telling: Telling, stage: Stage) -> Snapshot:
    """Over without a credit: nothing posted, nothing paid."""
    snapshot = await telling.at(stage)
    if snapshot.credited is not None and snapshot.credited.minor:
        raise NotAsTold(f"{telling.return_id} is {stage} but {snapshot.credited} was credited")
    return snapshot


async def books_agree(scene: Scene) -> None:
    """Over the story's returns: the ERP credited and the shop paid exactly what our books say, in as many documents.

    Waits for the returns' last steps; nothing may be left pending inspection."""
    for basket in {telling.basket["order_id"]: telling.basket for telling in scene.told}.values():
        mine = [
            await scene.returns.snapshot(telling.return_id)
            for telling in scene.told
            if telling.basket["order_id"] == basket["order_id"]
        ]
        ours = _ours(basket["currency"], mine)
        theirs = await vendor_books(scene, basket)
        if ours != theirs:
            raise NotAsTold(f"order {basket['order_id']}: our books {ours}, the vendors' {theirs}")


async def vendor_books(scene: Scene, basket: dict[str, Any]) -> VendorBooks:
    order, currency = str(basket["order_id"]), basket["currency"]
    erp, shop = await scene.books("netsuite"), await scene.books("shopify")
    memos = [doc for doc in erp["documents"]["creditMemo"] if str(doc["order"]) == order]
    refunds = [doc for doc in shop["refunds"].values() if str(doc["order_id"]) == order]
    paid = sum(part["amount"] for part in shop["orders"][order]["transactions"] if part["kind"] == "REFUND")
    skus = {line["sku"] for line in basket["lines"]}
    pending = sum(level["quality_control"] for sku, level in shop["stock"].items() if sku in skus)
    credited = sum(parse(doc["total"], currency).minor for doc in memos)
    with_money = sum(1 for refund in refunds if refund["transactions"])
    return VendorBooks(Money(credited, currency), len(memos), Money(paid, currency), with_money, pending)


def _ours(currency: str, snapshots: list[Snapshot]) -> VendorBooks:
    credited = [snap.credited for snap in snapshots if snap.credited is not None and snap.credited.minor]
    paid = [snap.payout.total - snap.payout.on_account for snap in snapshots if snap.payout is not None]
    moved = [amount for amount in paid if amount.minor]
    return VendorBooks(sum(credited, zero(currency)), len(credited), sum(moved, zero(currency)), len(moved), 0)
