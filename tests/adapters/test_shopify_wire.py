"""How the shop fails: its throttling, its errors, its lost answers."""

from dataclasses import replace

import pytest

from adapters.errors import Permanent, Retryable
from adapters.storefront.port import StageGoods
from adapters.storefront.shopify import ShopifyStorefront
from domain.money import Money
from tests.adapters.crm import calls, forget_calls
from tests.adapters.shopify_case import asking, card, paying, returns, seeded, settings
from tests.stack.sandbox import Sandbox


class TestWire:
    @pytest.mark.parametrize("operation", ["order", "returnCreate"])
    async def test_throttled_waits_as_long_as_the_shop_says(
        self, sandbox: Sandbox, shop: ShopifyStorefront, operation: str
    ) -> None:
        order_id = seeded(sandbox)
        sandbox.fault("shopify", operation, "throttle", retry_after=30)
        with pytest.raises(Retryable) as caught:
            await shop.open_return(asking(order_id))
        assert caught.value.retry_after == pytest.approx(30)
        assert caught.value.code == "THROTTLED"
        assert returns(sandbox, order_id) == []

    async def test_a_write_waits_where_it_is_for_a_moment(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        """Asked anew from its reads, it would never find enough in a bucket that those empty each time."""
        order_id = seeded(sandbox)
        sandbox.fault("shopify", "returnCreate", "throttle", retry_after=0.2, times=2)
        forget_calls(sandbox)
        await shop.open_return(asking(order_id))
        seen = calls(sandbox, "shopify")
        assert (seen.count("order"), seen.count("returnCreate")) == (1, 3)

    async def test_a_write_that_never_gets_its_turn_is_left_to_the_engine(
        self, sandbox: Sandbox, shop: ShopifyStorefront
    ) -> None:
        order_id = seeded(sandbox)
        sandbox.fault("shopify", "returnCreate", "throttle", retry_after=0.1, times=4)
        with pytest.raises(Retryable):
            await shop.open_return(asking(order_id))
        assert returns(sandbox, order_id) == []
        await shop.open_return(asking(order_id))
        assert len(returns(sandbox, order_id)) == 1

    @pytest.mark.parametrize("kind", ["html", "truncate", "drop_before", "drop_after", "error", "down"])
    async def test_a_read_that_fails_is_retryable(self, sandbox: Sandbox, shop: ShopifyStorefront, kind: str) -> None:
        order_id = seeded(sandbox)
        sandbox.fault("shopify", "shop", kind)
        with pytest.raises(Retryable):
            await shop.order(order_id)
        assert (await shop.order(order_id))[0].order_id == order_id

    async def test_a_revoked_token_is_renewed_once(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        await shop.order(order_id)
        sandbox.control.delete("/shopify/tokens")
        assert (await shop.order(order_id))[0].order_id == order_id

    async def test_an_expired_token_is_renewed(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        await shop.order(order_id)
        sandbox.control.post("/clock", json={"advance_seconds": 90_000})
        try:
            assert (await shop.order(order_id))[0].order_id == order_id
        finally:
            sandbox.control.post("/clock", json={"advance_seconds": -90_000})

    async def test_wrong_credentials_are_permanent(self, sandbox: Sandbox) -> None:
        one = ShopifyStorefront(replace(settings(sandbox), client_secret="wrong"))
        with pytest.raises(Permanent, match="client id and secret"):
            await one.order("1")
        await one.aclose()

    async def test_the_next_version_speaks_the_same(self, sandbox: Sandbox) -> None:
        order_id = seeded(sandbox)
        one = ShopifyStorefront(replace(settings(sandbox), api_version="2026-10"))
        opened = await one.open_return(asking(order_id))
        paid = await one.pay_out(paying(order_id, opened, 2, (await card(one, order_id), 2378)))
        await one.close_return(opened.reference)
        await one.aclose()
        assert paid.total == Money(2378, "EUR")

    async def test_a_location_that_is_not_there_is_permanent(self, sandbox: Sandbox) -> None:
        order_id = seeded(sandbox)
        one = ShopifyStorefront(replace(settings(sandbox), location="1"))
        with pytest.raises(Permanent, match="INVALID_LOCATION"):
            await one.stage_goods(StageGoods("R-1", "stock:R-1:y", ((f"MUG-{order_id}", 1),)))
        await one.aclose()

    async def test_no_connection_is_retryable(self, sandbox: Sandbox) -> None:
        one = ShopifyStorefront(replace(settings(sandbox), url="https://127.0.0.1:1"))
        with pytest.raises(Retryable):
            await one.order("1")
        await one.aclose()
