"""The storefront's door, opened by Shopify."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from adapters.errors import NoSuchRecord
from adapters.storefront.port import (
    OpenReturn,
    PayOut,
    ReleaseGoods,
    RequestedReturn,
    StageGoods,
    StorefrontReturn,
)
from adapters.storefront.shopify import documents
from adapters.storefront.shopify.client import VENDOR, Fields, GraphQL, ShopifySettings
from adapters.storefront.shopify.gids import gid, ours
from adapters.storefront.shopify.mapping import contact_of, order_of
from adapters.storefront.shopify.opening import Openings
from adapters.storefront.shopify.payout import Payouts
from adapters.storefront.shopify.stock import Stock
from domain.order import Contact, Order
from domain.refund import Payout


def _now() -> datetime:
    return datetime.now(UTC)


class ShopifyStorefront:
    """Make it inside the event loop that uses it; `aclose` ends its connections."""

    def __init__(self, settings: ShopifySettings, clock: Callable[[], datetime] = _now) -> None:
        self._graphql = GraphQL(settings)
        self._openings = Openings(self._graphql)
        self._payouts = Payouts(self._graphql, self._openings, clock)
        self._stock = Stock(self._graphql, settings.url, settings.location)

    async def order(self, order_id: str) -> tuple[Order, Contact]:
        found: Fields | None = None
        lines: list[Fields] = []
        units: Fields | None = None
        after: str | None = None
        while True:
            data = await self._graphql.read("order", documents.ORDER, id=gid("Order", order_id), after=after)
            found = data["order"]
            # Another way to write its id would be another order to us, whose units could be asked back once more.
            if found is None or str(found["legacyResourceId"]) != ours(order_id):
                raise NoSuchRecord(VENDOR, "order", f"the shop has no order {order_id}", "NOT_FOUND")
            units = units or data["returnableFulfillments"]
            lines += found["lineItems"]["nodes"]
            if not found["lineItems"]["pageInfo"]["hasNextPage"]:
                break
            after = found["lineItems"]["pageInfo"]["endCursor"]
        returnable: dict[str, int] = {}
        for unit in await self._openings.returnable(order_id, units):
            returnable[unit.line_id] = returnable.get(unit.line_id, 0) + unit.quantity
        shop = str(data["shop"]["myshopifyDomain"])
        return order_of(found, shop, lines, returnable), contact_of(found)

    async def requested_return(self, reference: str) -> RequestedReturn:
        return await self._openings.requested(reference)

    async def open_return(self, ask: OpenReturn) -> StorefrontReturn:
        return await self._openings.open(ask)

    async def stage_goods(self, ask: StageGoods) -> None:
        await self._stock.stage(ask)

    async def pay_out(self, ask: PayOut) -> Payout:
        return await self._payouts.pay(ask)

    async def release_goods(self, ask: ReleaseGoods) -> None:
        await self._stock.release(ask)

    async def close_return(self, reference: str) -> None:
        await self._openings.close(reference)

    async def cancel_return(self, reference: str) -> None:
        await self._openings.cancel(reference)

    async def aclose(self) -> None:
        await self._graphql.close()
