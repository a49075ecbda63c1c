"""Goods in Tryton: a return shipment for each parcel, received into the input zone, put away when the verdict is there.

The input zone is not for sale. From there Tryton lets a return's goods go below its storage, or to a place of waste of
the warehouse; what goes to the customer again leaves from there, by a move of its own.
"""

from __future__ import annotations

from adapters.erp.port import ReceiveGoods
from adapters.erp.tryton.catalog import Catalog
from adapters.erp.tryton.client import VENDOR, Record, TrytonClient
from adapters.erp.tryton.pieces import Piece, pieces
from adapters.erp.tryton.promises import Promise
from adapters.erp.tryton.settings import Names
from adapters.erp.tryton.twins import busy, chosen
from adapters.errors import Permanent
from domain.inventory import StockMove, StockState

_MODEL = "stock.shipment.out.return"
_BEYOND_DRAFT = ("received", "done")
_FIELDS = (
    "number", "reference", "state", "create_date", "company", "customer_location", "warehouse_input",
    "warehouse_storage", "moves.product", "moves.quantity", "moves.unit", "moves.from_location", "moves.to_location",
    "moves.state", "moves.origin", "moves.unit_price", "moves.currency",
)  # fmt: skip
Put = tuple[StockState, int]


class Parcels:
    def __init__(self, client: TrytonClient, catalog: Catalog, names: Names) -> None:
        self._client, self._catalog, self._names = client, catalog, names

    async def receive(self, ask: ReceiveGoods, promise: Promise) -> str:
        """The id of the return shipment under the key, received into the input zone."""
        known = await pieces(self._client, promise)
        unknown = {line_id for line_id, _ in ask.goods} - {piece.line_id for piece in known}
        if unknown:
            raise Permanent(VENDOR, "receive", f"not on the authorization: line {', '.join(sorted(unknown))}")
        parcel = await self._find(ask.key) or await self._make(ask, promise, known)
        if parcel["state"] == "draft":
            try:
                await self._book(parcel)
            except Permanent:
                # Tryton counts a twin of this parcel, made in the same moment, as more than was promised.
                if len(await self._all(ask.key)) > 1:
                    raise busy(ask.key) from None
                await self._book(parcel)
        return str(parcel["id"])

    async def _book(self, parcel: Record) -> None:
        await self._client.press(_MODEL, parcel, "receive", _BEYOND_DRAFT)

    async def cancel(self, key: str) -> None:
        parcel = await self._find(key)
        if parcel is not None:
            await self._client.press(_MODEL, parcel, "cancel", ("cancelled",))

    async def release(self, promise: Promise, moves: tuple[StockMove, ...]) -> None:
        """Put away what was received, parcel by parcel, always in the same order, so that a repeat goes on with it."""
        left = {
            piece.origin: [(move.to, move.quantity * piece.count) for move in moves if move.line_id == piece.line_id]
            for piece in await pieces(self._client, promise)
        }
        domain = [["id", "in", promise.record["shipment_returns"]], ["state", "in", ["received", "done"]]]
        for parcel in await self._client.find(_MODEL, domain, _FIELDS):
            await self._put_away(parcel, left)

    async def _put_away(self, parcel: Record, left: dict[str, list[Put]]) -> None:
        came = [move for move in parcel["moves."] if move["origin"] in left and move["state"] == "done"]
        places = {move["id"]: _taken(left[move["origin"]], round(move["quantity"])) for move in came}
        if parcel["state"] == "received":
            await self._rewrite(parcel, came, places)
            await self._client.press(_MODEL, parcel, "do", ("done",))
        for move in came:
            back = sum(quantity for state, quantity in places[move["id"]] if state is StockState.SENT_BACK)
            if back:
                await self._send_back(parcel, move, back)

    async def _rewrite(self, parcel: Record, came: list[Record], places: dict[int, list[Put]]) -> None:
        """Tryton's own proposal, all into the storage, gives way to the verdict."""
        proposed = [move["id"] for move in parcel["moves."] if move["from_location"] == parcel["warehouse_input"]]
        rows = [
            _moved(move, parcel, quantity, parcel["warehouse_input"], await self._place(parcel, state))
            for move in came
            for state, quantity in places[move["id"]]
        ]
        await self._client.write(_MODEL, parcel, {"moves": [["delete", proposed], ["create", rows]]})

    async def _place(self, parcel: Record, state: StockState) -> int:
        if state is StockState.AVAILABLE:
            return int(parcel["warehouse_storage"])
        # Only through a place of waste can goods of a return leave the warehouse again.
        code = self._names.quarantine if state is StockState.QUARANTINED else self._names.scrap
        return await self._catalog.location(code)

    async def _send_back(self, parcel: Record, move: Record, quantity: int) -> None:
        """From the place of waste to the customer. Its origin, this parcel's move, tells a repeat that it is done."""
        customer, origin = parcel["customer_location"], f"stock.move,{move['id']}"
        domain = [["origin", "=", origin], ["to_location", "=", customer], ["state", "!=", "cancelled"]]
        known = await self._client.find("stock.move", domain, ("state",))
        if known:
            (left, *_) = known
        else:
            waste = await self._place(parcel, StockState.SENT_BACK)
            made = await self._client.create("stock.move", _moved(move, parcel, quantity, waste, customer))
            left = {"id": made, "state": "draft"}
        if left["state"] != "done":
            await self._client.press("stock.move", left, "do", ("done",))

    async def _find(self, key: str) -> Record | None:
        parcel, left_over = chosen(await self._all(key), _BEYOND_DRAFT, key)
        for other in left_over:
            await self._drop(other)
        return parcel

    async def _drop(self, parcel: Record) -> None:
        """A draft nobody needs. Its moves go first: a cancelled move of a sale waits for somebody to look at it."""
        moves = [move["id"] for move in parcel["moves."]]
        try:
            await self._client.write(_MODEL, parcel, {"moves": [["delete", moves]]})
            await self._client.press(_MODEL, parcel, "cancel", ("cancelled",))
        except Permanent:
            # Somebody found it before its twin was there, and took it: then it is the one.
            raise busy(str(parcel["reference"])) from None

    async def _all(self, key: str) -> list[Record]:
        domain = [["reference", "=", key], ["state", "!=", "cancelled"]]
        return await self._client.find(_MODEL, domain, _FIELDS)

    async def _make(self, ask: ReceiveGoods, promise: Promise, known: list[Piece]) -> Record:
        sale = promise.record
        (places,) = await self._client.find(
            "stock.location", [["id", "=", sale["warehouse"]]], ("input_location", "storage_location")
        )
        customer = await self._client.get(
            "party.party", sale["shipment_party"] or sale["party"], ("customer_location", "addresses")
        )
        rows = [
            {
                "product": piece.product, "quantity": float(quantity * piece.count), "unit": piece.unit,
                "from_location": customer["customer_location"], "to_location": places["input_location"],
                "company": sale["company"], "currency": sale["currency"], "unit_price": piece.price,
                "origin": piece.origin,
            }
            for line_id, quantity in ask.goods
            for piece in known
            if piece.line_id == line_id
        ]  # fmt: skip
        made = await self._client.create(_MODEL, {
            "reference": ask.key, "company": sale["company"], "customer": customer["id"],
            "contact_address": next(iter(customer["addresses"]), None), "warehouse": sale["warehouse"],
            "warehouse_input": places["input_location"], "warehouse_storage": places["storage_location"],
            "moves": [["create", rows]],
        })  # fmt: skip
        found = await self._all(ask.key)
        if len(found) > 1:
            await self._drop(next(parcel for parcel in found if parcel["id"] == made))
            raise busy(ask.key)
        return found[0]


def _taken(left: list[Put], quantity: int) -> list[Put]:
    """`quantity` units off what the verdict still has to place. Units it does not name stay where they are."""
    taken: list[Put] = []
    while quantity and left:
        state, count = left.pop(0)
        part = min(count, quantity)
        taken.append((state, part))
        quantity -= part
        if count > part:
            left.insert(0, (state, count - part))
    return taken


def _moved(move: Record, parcel: Record, quantity: int, here: int, there: int) -> Record:
    return {
        "product": move["product"], "quantity": float(quantity), "unit": move["unit"], "company": parcel["company"],
        "from_location": here, "to_location": there, "origin": f"stock.move,{move['id']}",
    }  # fmt: skip
