"""Goods in the shop: pending inspection, then where the verdict sends them."""

import pytest

from adapters.errors import Permanent, Retryable
from adapters.storefront.port import ReleaseGoods, StageGoods
from adapters.storefront.shopify import ShopifyStorefront
from domain.inventory import StockMove, StockState
from tests.adapters.shopify_case import levels, mugs, seeded
from tests.stack.sandbox import Sandbox


class TestStock:
    def staging(self, order_id: str, quantity: int = 3) -> StageGoods:
        return StageGoods(f"R-{order_id}-1", f"stock:R-{order_id}-1:receipt-1", ((f"MUG-{order_id}", quantity),))

    def releasing(self, order_id: str, *moves: tuple[StockState, int]) -> ReleaseGoods:
        parts = tuple(StockMove(mugs(order_id), f"MUG-{order_id}", quantity, to) for to, quantity in moves)
        return ReleaseGoods(f"R-{order_id}-1", f"stock:R-{order_id}-1:release", parts)

    async def test_arrived_goods_are_on_hand_and_not_for_sale(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        for _ in range(2):
            await shop.stage_goods(self.staging(order_id))
        assert levels(sandbox, order_id) == (100, 3, 0, 103)

    async def test_only_the_verdict_makes_them_sellable(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        await shop.stage_goods(self.staging(order_id))
        ask = self.releasing(order_id, (StockState.AVAILABLE, 1), (StockState.QUARANTINED, 1), (StockState.SCRAPPED, 1))
        for _ in range(2):
            await shop.release_goods(ask)
        assert levels(sandbox, order_id) == (101, 0, 1, 102)

    async def test_what_is_sent_back_leaves_the_house(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        await shop.stage_goods(self.staging(order_id))
        await shop.release_goods(self.releasing(order_id, (StockState.SENT_BACK, 3)))
        assert levels(sandbox, order_id) == (100, 0, 0, 100)

    async def test_a_lost_answer_is_asked_again_and_counts_once(
        self, sandbox: Sandbox, shop: ShopifyStorefront
    ) -> None:
        order_id = seeded(sandbox)
        sandbox.fault("shopify", "inventoryAdjustQuantities", "drop_after")
        with pytest.raises(Retryable):
            await shop.stage_goods(self.staging(order_id))
        await shop.stage_goods(self.staging(order_id))
        assert levels(sandbox, order_id) == (100, 3, 0, 103)

    async def test_a_release_that_broke_half_way_is_finished(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        await shop.stage_goods(self.staging(order_id))
        ask = self.releasing(order_id, (StockState.AVAILABLE, 2), (StockState.SCRAPPED, 1))
        sandbox.fault("shopify", "inventoryAdjustQuantities", "html")
        with pytest.raises(Retryable):
            await shop.release_goods(ask)
        await shop.release_goods(ask)
        assert levels(sandbox, order_id) == (102, 0, 0, 102)

    async def test_an_unknown_sku_is_permanent(self, shop: ShopifyStorefront) -> None:
        with pytest.raises(Permanent, match='no inventory item with the sku NO "SUCH"'):
            await shop.stage_goods(StageGoods("R-1", "stock:R-1:x", (('NO "SUCH"', 1),)))
