"""Money leaves the shop once, by the tenders agreed."""

import asyncio
from dataclasses import replace

import pytest

from adapters.errors import Permanent, UnknownOutcome
from adapters.storefront.shopify import ShopifyStorefront
from domain.money import Money
from domain.refund import TenderPayout
from tests.adapters.shopify_case import ORDERS, asking, card, levels, paying, refunds, returns, seeded
from tests.stack.orders import line, order
from tests.stack.sandbox import Sandbox


class TestPayOut:
    async def test_pays_once_however_often_it_is_asked(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        opened = await shop.open_return(asking(order_id))
        ask = paying(order_id, opened, 2, (await card(shop, order_id), 2378))
        first = await shop.pay_out(ask)
        assert await shop.pay_out(ask) == first
        assert first.total == Money(2378, "EUR")
        assert [one["amount"] for one in refunds(sandbox, order_id)] == [2378]
        done = returns(sandbox, order_id)[0]
        assert (done["lines"][0]["processed"], done["reverse_order"]["status"]) == (2, "CLOSED")
        assert done["reverse_order"]["lines"][0]["dispositions"][0]["type"] == "NOT_RESTOCKED"
        assert levels(sandbox, order_id) == (100, 0, 0, 100)
        tender = (await shop.order(order_id))[0].tenders[0]
        assert tender.refunded == Money(2378, "EUR")

    @pytest.mark.parametrize("kind", ["drop_after", "truncate"])
    async def test_a_lost_answer_does_not_pay_twice(self, sandbox: Sandbox, shop: ShopifyStorefront, kind: str) -> None:
        order_id = seeded(sandbox)
        opened = await shop.open_return(asking(order_id))
        ask = paying(order_id, opened, 2, (await card(shop, order_id), 2378))
        sandbox.fault("shopify", "returnProcess", kind)
        with pytest.raises(UnknownOutcome):
            await shop.pay_out(ask)
        assert (await shop.pay_out(ask)).total == Money(2378, "EUR")
        assert [one["amount"] for one in refunds(sandbox, order_id)] == [2378]

    @pytest.mark.parametrize(("kind", "error"), [("drop_before", UnknownOutcome), ("html", UnknownOutcome)])
    async def test_what_never_happened_is_paid_by_the_next_attempt(
        self, sandbox: Sandbox, shop: ShopifyStorefront, kind: str, error: type[Exception]
    ) -> None:
        order_id = seeded(sandbox)
        opened = await shop.open_return(asking(order_id))
        ask = paying(order_id, opened, 2, (await card(shop, order_id), 2378))
        sandbox.fault("shopify", "returnProcess", kind)
        with pytest.raises(error):
            await shop.pay_out(ask)
        assert refunds(sandbox, order_id) == []
        assert (await shop.pay_out(ask)).total == Money(2378, "EUR")
        assert len(refunds(sandbox, order_id)) == 1

    async def test_two_attempts_at_once_pay_once(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        """As when an attempt given up for lost is still under way."""
        order_id = seeded(sandbox)
        opened = await shop.open_return(asking(order_id))
        ask = paying(order_id, opened, 2, (await card(shop, order_id), 2000))
        paid = await asyncio.gather(*(shop.pay_out(ask) for _ in range(4)))
        assert len(set(paid)) == 1
        assert [one["amount"] for one in refunds(sandbox, order_id)] == [2000]

    async def test_each_tender_gets_its_own_back(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        tenders = [
            {"kind": "gift_card", "gateway": "gift_card", "amount": "10.00"},
            {"kind": "card", "gateway": "shopify_payments", "amount": None},
        ]
        order_id = seeded(sandbox, tenders=tenders)
        opened = await shop.open_return(asking(order_id))
        voucher, plastic = (one.tender_id for one in (await shop.order(order_id))[0].tenders)
        paid = await shop.pay_out(paying(order_id, opened, 2, (plastic, 1378), (voucher, 1000)))
        assert {(one.tender_id, one.kind, one.amount.minor) for one in paid.tenders} == {
            (plastic, "card", 1378),
            (voucher, "gift_card", 1000),
        }

    async def test_new_store_credit(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        opened = await shop.open_return(asking(order_id))
        ask = paying(order_id, opened, 2)
        part = TenderPayout("store_credit", "store_credit", Money(2378, "EUR"))
        paid = await shop.pay_out(replace(ask, tenders=(part,)))
        assert paid.tenders == (part,)

    async def test_on_account_units_are_processed_and_no_money_moves(
        self, sandbox: Sandbox, shop: ShopifyStorefront
    ) -> None:
        order_id = seeded(sandbox, tenders=[{"kind": "account", "amount": None}])
        opened = await shop.open_return(asking(order_id))
        ask = replace(paying(order_id, opened, 2), on_account=Money(2378, "EUR"))
        for _ in range(2):
            paid = await shop.pay_out(ask)
            assert (paid.tenders, paid.total) == ((), Money(2378, "EUR"))
        assert returns(sandbox, order_id)[0]["lines"][0]["processed"] == 2
        assert refunds(sandbox, order_id) == []

    async def test_more_than_was_captured_is_permanent(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox)
        opened = await shop.open_return(asking(order_id))
        with pytest.raises(Permanent, match="greater than"):
            await shop.pay_out(paying(order_id, opened, 2, (await card(shop, order_id), 4150)))
        assert refunds(sandbox, order_id) == []
        assert returns(sandbox, order_id)[0]["lines"][0]["processed"] == 0

    async def test_units_processed_by_hand_without_money_are_a_humans_matter(
        self, sandbox: Sandbox, shop: ShopifyStorefront
    ) -> None:
        order_id = seeded(sandbox)
        opened = await shop.open_return(asking(order_id))
        await shop.pay_out(paying(order_id, opened, 2))
        with pytest.raises(Permanent, match="PROCESSED_ELSEWHERE"):
            await shop.pay_out(paying(order_id, opened, 2, (await card(shop, order_id), 2378)))

    async def test_yen_have_no_decimals(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        number = next(ORDERS)
        mug = line(int(f"{number}1"), f"MUG-{number}", 3, "1000", taxes=[])
        sandbox.seed(order(number, mug, currency="JPY", shipping={"price": "0", "taxes": []}))
        opened = await shop.open_return(asking(str(number), 1))
        paid = await shop.pay_out(paying(str(number), opened, 1, (await card(shop, str(number)), 1000), currency="JPY"))
        assert paid.total == Money(1000, "JPY")
