"""Goods in NetSuite: receipts into a status that is not available, and out of it to where the verdict sends them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from adapters.erp.netsuite.catalog import Catalog
from adapters.erp.netsuite.client import VENDOR, NetSuiteClient, Record
from adapters.erp.netsuite.lines import LineNumbers
from adapters.erp.netsuite.settings import Names
from adapters.erp.port import ReceiveGoods
from adapters.errors import Permanent
from domain.inventory import StockMove, StockState

Once = Callable[[str, str, Callable[[], Awaitable[str]]], Awaitable[str]]
"""(record type, key, how to make it) -> the id of the document under the key, made unless it is there."""


class Goods:
    def __init__(self, client: NetSuiteClient, catalog: Catalog, lines: LineNumbers, names: Names) -> None:
        self._client, self._catalog, self._lines, self._names = client, catalog, lines, names

    async def receive(self, ask: ReceiveGoods, once: Once) -> str:
        async def make(lines: dict[str, str]) -> str:
            unknown = [line_id for line_id, _ in ask.goods if line_id not in lines]
            if unknown:
                raise Permanent(VENDOR, "receive", f"not on the authorization: line {', '.join(unknown)}")
            status = await self._status(self._names.inspection_status)
            # Always with its status: without one NetSuite receives into available stock.
            items = [
                {
                    self._names.source_line: int(lines[line_id]),
                    "itemReceive": True,
                    "quantity": quantity,
                    "location": {"id": self._names.location},
                    "inventoryDetail": _detail({"inventoryStatus": {"id": status}, "quantity": quantity}),
                }
                for line_id, quantity in ask.goods
            ]
            body: Record = {"externalId": ask.key, "item": {"items": items}}
            return await self._catalog.booked(
                lambda period: self._client.transform(
                    "returnAuthorization", ask.authorization, "itemReceipt", body | period
                )
            )

        return await once("itemReceipt", ask.key, lambda: self._lines.used(ask.authorization, make))

    async def release(self, key: str, moves: tuple[StockMove, ...], once: Once) -> None:
        """One bin transfer for what stays, one adjustment for what leaves the house again."""
        staying = [move for move in moves if move.to in self._names.statuses]
        leaving = [move for move in moves if move.to is StockState.SENT_BACK]
        if staying:
            await once("binTransfer", f"{key}:stock", lambda: self._transfer(f"{key}:stock", staying))
        if leaving:
            await once("inventoryAdjustment", f"{key}:sent-back", lambda: self._adjust(f"{key}:sent-back", leaving))

    async def _transfer(self, key: str, moves: list[StockMove]) -> str:
        items = await self._catalog.ids("item", (move.sku for move in moves))
        here = await self._status(self._names.inspection_status)
        lines = []
        for move in moves:
            there = await self._status(self._names.statuses[move.to])
            row = {
                "inventoryStatus": {"id": here},
                "toInventoryStatus": {"id": there},
                "quantity": move.quantity,
            }
            lines.append({"item": {"id": items[move.sku]}, "quantity": move.quantity, "inventoryDetail": _detail(row)})
        body: Record = {
            "externalId": key, "location": {"id": self._names.location}, "inventory": {"items": lines},
        }  # fmt: skip
        return await self._client.create("binTransfer", body)

    async def _adjust(self, key: str, moves: list[StockMove]) -> str:
        items = await self._catalog.ids("item", (move.sku for move in moves))
        here = await self._status(self._names.inspection_status)
        lines = [
            {
                "item": {"id": items[move.sku]},
                "location": {"id": self._names.location},
                "adjustQtyBy": -move.quantity,
                "inventoryDetail": _detail({"inventoryStatus": {"id": here}, "quantity": move.quantity}),
            }
            for move in moves
        ]
        body: Record = {
            "externalId": key, "account": {"id": self._names.adjustment_account}, "inventory": {"items": lines},
        }  # fmt: skip
        return await self._catalog.booked(lambda period: self._client.create("inventoryAdjustment", body | period))

    async def _status(self, name: str) -> str:
        return (await self._catalog.ids("inventorystatus", [name]))[name]


def _detail(row: Record) -> Record:
    return {"inventoryAssignment": {"items": [row]}}
