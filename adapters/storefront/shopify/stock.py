"""Pending-inspection stock: Shopify's quality_control state, on hand but never for sale.

Every call bears @idempotent with a key derived from ours. Shopify keeps such keys for 24 hours; a repeat that comes
later than that would count twice, so the workflow must not let a stock call wait that long.
"""

from __future__ import annotations

import uuid
from typing import Any

from adapters.errors import Permanent
from adapters.storefront.port import ReleaseGoods, StageGoods
from adapters.storefront.shopify import documents
from adapters.storefront.shopify.client import VENDOR, Fields, GraphQL, Refused
from adapters.storefront.shopify.gids import gid
from domain.inventory import StockMove, StockState

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "backhaul/shopify/inventory")
_PENDING = "quality_control"
# Refused keys whose earlier attempt failed at Shopify need a new key; more than this many in a row is no accident.
_GENERATIONS = 3
# Where units of a state stand in Shopify, and Shopify's word for why. Quarantine is `damaged`: kept, not for sale.
_MOVES = {StockState.AVAILABLE: ("available", "restock"), StockState.QUARANTINED: ("damaged", "quality_control")}
_LEAVES = {StockState.SCRAPPED: "shrinkage", StockState.SENT_BACK: "other"}


class Stock:
    def __init__(self, graphql: GraphQL, url: str, location: str | None) -> None:
        self._graphql, self._url = graphql, url
        self._location = gid("Location", location) if location else None
        self._items: dict[str, str] = {}

    async def stage(self, ask: StageGoods) -> None:
        await self._adjust(ask.key, ask.return_id, _summed(ask.goods), 1, "received")

    async def release(self, ask: ReleaseGoods) -> None:
        """One call per destination, each under its own key, in a fixed order."""
        for to in StockState:
            goods = _summed(_goods(ask.moves, to))
            if not goods:
                continue
            key = f"{ask.key}:{to}"
            if to in _MOVES:
                await self._move(key, ask.return_id, goods, *_MOVES[to])
            elif to in _LEAVES:
                await self._adjust(key, ask.return_id, goods, -1, _LEAVES[to])

    async def _adjust(self, key: str, return_id: str, goods: dict[str, int], sign: int, reason: str) -> None:
        if not goods:
            return
        items, location = await self._items_of(goods), await self._at()
        changes = [
            {
                "delta": sign * quantity,
                "inventoryItemId": items[sku],
                "ledgerDocumentUri": _ledger(return_id),
                "locationId": location,
                "changeFromQuantity": None,
            }
            for sku, quantity in goods.items()
        ]
        wish = {"name": _PENDING, "reason": reason, "referenceDocumentUri": _ledger(return_id), "changes": changes}
        await self._keyed("inventoryAdjustQuantities", documents.INVENTORY_ADJUST, key, wish)

    async def _move(self, key: str, return_id: str, goods: dict[str, int], to: str, reason: str) -> None:
        items, location = await self._items_of(goods), await self._at()

        def end(name: str) -> Fields:
            ledger = {} if name == "available" else {"ledgerDocumentUri": _ledger(return_id)}
            return {"name": name, "locationId": location, "changeFromQuantity": None} | ledger

        changes = [
            {"inventoryItemId": items[sku], "quantity": quantity, "from": end(_PENDING), "to": end(to)}
            for sku, quantity in goods.items()
        ]
        wish = {"reason": reason, "referenceDocumentUri": _ledger(return_id), "changes": changes}
        await self._keyed("inventoryMoveQuantities", documents.INVENTORY_MOVE, key, wish)

    async def _keyed(self, name: str, document: str, key: str, wish: Fields) -> None:
        for generation in range(_GENERATIONS):
            drawn = uuid.uuid5(_NAMESPACE, f"{self._url}\n{key}\n{generation}")
            try:
                await self._graphql.write(name, document, repeatable=True, input=wish, key=str(drawn))
            except Refused as refused:
                if refused.code != "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED" or generation + 1 == _GENERATIONS:
                    raise
            else:
                return

    async def _items_of(self, goods: dict[str, int]) -> dict[str, str]:
        """Inventory items by sku; they do not change, so each is looked up once."""
        missing = sorted(goods.keys() - self._items.keys())
        if missing:
            query = " OR ".join(f"sku:{_quoted(sku)}" for sku in missing)
            pages = self._graphql.pages("inventoryItems", documents.INVENTORY_ITEMS, ("inventoryItems",), query=query)
            async for one in pages:
                # The search is not exact; the first item of exactly this sku is meant.
                if one["sku"] in missing:
                    self._items.setdefault(one["sku"], one["id"])
        for sku in missing:
            if sku not in self._items:
                raise Permanent(
                    VENDOR, "inventoryItems", f"the shop has no inventory item with the sku {sku}", "NOT_FOUND"
                )
        return {sku: self._items[sku] for sku in goods}

    async def _at(self) -> str:
        if self._location is None:
            data: dict[str, Any] = await self._graphql.read("locations", documents.LOCATIONS)
            nodes = data["locations"]["nodes"]
            if not nodes:
                raise Permanent(VENDOR, "locations", "the shop has no location; set the storefront's location")
            self._location = str(nodes[0]["id"])
        return self._location


def _goods(moves: tuple[StockMove, ...], to: StockState) -> tuple[tuple[str, int], ...]:
    return tuple((move.sku, move.quantity) for move in moves if move.to is to)


def _summed(goods: tuple[tuple[str, int], ...]) -> dict[str, int]:
    """Units by sku, in the order of the skus: the same ask must be the same request to the letter."""
    total: dict[str, int] = {}
    for sku, quantity in sorted(goods):
        total[sku] = total.get(sku, 0) + quantity
    return {sku: quantity for sku, quantity in total.items() if quantity}


def _ledger(return_id: str) -> str:
    """Our document behind a change of stock; Shopify keeps gid://shopify/ for its own."""
    return f"gid://backhaul/Return/{return_id}"


def _quoted(sku: str) -> str:
    escaped = sku.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
