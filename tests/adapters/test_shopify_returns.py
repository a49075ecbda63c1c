"""A return in the shop: opened once, ended once."""

import pytest

from adapters.errors import Permanent, UnknownOutcome
from adapters.storefront.port import OpenReturn, PayOut, ReturnLine
from adapters.storefront.shopify import ShopifyStorefront
from domain.money import Money, zero
from domain.refund import TenderPayout
from tests.adapters.shopify_case import asking, card, mugs, paying, returns, seeded
from tests.stack.orders import line
from tests.stack.sandbox import Sandbox


class TestOpenReturn:
    async def test_twice_is_one_return(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        first = await shop.open_return(asking(order_id))
        assert await shop.open_return(asking(order_id)) == first
        assert first.name == f"#{order_id}-R1"
        made = returns(sandbox, order_id)
        assert [(one["status"], one["lines"][0]["quantity"]) for one in made] == [("OPEN", 2)]
        assert made[0]["lines"][0]["note"] == f"Backhaul R-{order_id}-1"
        assert (await shop.order(order_id))[0].lines[0].returnable == 1

    async def test_a_lost_answer_does_not_open_a_second_one(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        sandbox.fault("shopify", "returnCreate", "drop_after")
        with pytest.raises(UnknownOutcome):
            await shop.open_return(asking(order_id))
        opened = await shop.open_return(asking(order_id))
        assert [f"gid://shopify/Return/{one['id']}" for one in returns(sandbox, order_id)] == [opened.reference]

    async def test_more_than_is_returnable_is_permanent(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        with pytest.raises(Permanent, match="3 returnable units"):
            await shop.open_return(asking(seeded(sandbox), 4))

    async def test_a_customers_own_request_is_approved_not_created(
        self, sandbox: Sandbox, shop: ShopifyStorefront
    ) -> None:
        order_id = seeded(sandbox)
        lines = [{"line_id": int(mugs(order_id)), "quantity": 1, "reason": "received-the-wrong-item"}]
        asked = sandbox.control.post("/shopify/returns/request", json={"order_id": int(order_id), "lines": lines})
        reference = asked.json()["return"]
        wanted = await shop.requested_return(reference)
        assert wanted.order_id == order_id
        assert wanted.lines == (ReturnLine(mugs(order_id), 1, "wrong_item"),)
        for _ in range(2):
            opened = await shop.open_return(asking(order_id, 1, requested=reference))
            assert opened.reference == reference
        assert [one["status"] for one in returns(sandbox, order_id)] == ["OPEN"]

    async def test_a_declined_request_cannot_be_approved(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        lines = [{"line_id": int(mugs(order_id)), "quantity": 1}]
        asked = sandbox.control.post("/shopify/returns/request", json={"order_id": int(order_id), "lines": lines})
        reference = asked.json()["return"]
        for _ in range(2):
            await shop.cancel_return(reference)
        assert [one["status"] for one in returns(sandbox, order_id)] == ["DECLINED"]
        with pytest.raises(Permanent, match="is declined"):
            await shop.open_return(asking(order_id, 1, requested=reference))


class TestEnding:
    async def test_close_takes_off_what_was_never_accepted(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        opened = await shop.open_return(asking(order_id))
        await shop.pay_out(paying(order_id, opened, 1, (await card(shop, order_id), 1189)))
        for _ in range(2):
            await shop.close_return(opened.reference)
        done = returns(sandbox, order_id)[0]
        assert (done["status"], done["lines"][0]["quantity"]) == ("CLOSED", 1)
        assert (await shop.order(order_id))[0].lines[0].returnable == 2

    async def test_close_of_an_untouched_return_gives_all_units_back(
        self, sandbox: Sandbox, shop: ShopifyStorefront
    ) -> None:
        order_id = seeded(sandbox)
        opened = await shop.open_return(asking(order_id))
        await shop.close_return(opened.reference)
        assert returns(sandbox, order_id)[0]["status"] == "CLOSED"
        assert (await shop.order(order_id))[0].lines[0].returnable == 3

    async def test_a_return_just_processed_whole_is_closed_without_reading_it(
        self, sandbox: Sandbox, shop: ShopifyStorefront
    ) -> None:
        order_id = seeded(sandbox)
        opened = await shop.open_return(asking(order_id))
        await shop.pay_out(paying(order_id, opened, 2, (await card(shop, order_id), 2378)))
        sandbox.control.delete("/calls").raise_for_status()
        await shop.close_return(opened.reference)
        seen = [call["operation"] for call in sandbox.control.get("/calls").json()["recent"]]
        assert seen == ["returnClose"]
        await shop.close_return(opened.reference)
        assert returns(sandbox, order_id)[0]["status"] == "CLOSED"

    async def test_a_close_whose_answer_is_lost_may_be_repeated(
        self, sandbox: Sandbox, shop: ShopifyStorefront
    ) -> None:
        order_id = seeded(sandbox)
        opened = await shop.open_return(asking(order_id))
        await shop.pay_out(paying(order_id, opened, 1, (await card(shop, order_id), 1189)))
        sandbox.fault("shopify", "removeFromReturn", "drop_after")
        with pytest.raises(UnknownOutcome):
            await shop.close_return(opened.reference)
        await shop.close_return(opened.reference)
        assert returns(sandbox, order_id)[0]["lines"][0]["quantity"] == 1

    async def test_a_return_longer_than_a_page(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox, *(line(n, f"LONG-{n}", 1, "1.00", taxes=[]) for n in range(1, 121)))
        lines = tuple(ReturnLine(str(n), 1, "style") for n in range(1, 121))
        opened = await shop.open_return(OpenReturn(f"R-{order_id}-1", order_id, lines))
        part = TenderPayout(await card(shop, order_id), "card", Money(11900, "EUR"))
        accepted = tuple((str(n), 1) for n in range(1, 120))
        ask = PayOut(f"R-{order_id}-1", "payout:x", order_id, opened.reference, accepted, (part,), zero("EUR"))
        assert (await shop.pay_out(ask)).total == Money(11900, "EUR")
        await shop.close_return(opened.reference)
        done = returns(sandbox, order_id)[0]
        assert done["status"] == "CLOSED"
        assert sum(one["processed"] for one in done["lines"]) == 119
        assert sum(one["quantity"] for one in done["lines"]) == 119

    async def test_cancel_frees_the_units(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        opened = await shop.open_return(asking(order_id))
        for _ in range(2):
            await shop.cancel_return(opened.reference)
        assert returns(sandbox, order_id)[0]["status"] == "CANCELED"
        assert (await shop.order(order_id))[0].lines[0].returnable == 3

    async def test_a_processed_return_cannot_be_cancelled(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        opened = await shop.open_return(asking(order_id))
        await shop.pay_out(paying(order_id, opened, 1, (await card(shop, order_id), 1189)))
        with pytest.raises(Permanent, match="not cancelable"):
            await shop.cancel_return(opened.reference)
