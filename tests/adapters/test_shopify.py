"""The storefront's door on Shopify: what is asked twice happens once, and money and stock end where they should."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from adapters.errors import Permanent, Retryable, UnknownOutcome
from adapters.storefront.port import OpenReturn, PayOut, ReleaseGoods, ReturnLine, StageGoods, StorefrontReturn
from adapters.storefront.shopify import ShopifySettings, ShopifyStorefront
from domain.inventory import StockMove, StockState
from domain.money import Money, zero
from domain.order import Order
from domain.refund import TenderPayout
from tests.adapters.crm import calls, forget_calls
from tests.stack.orders import line, order
from tests.stack.sandbox import Sandbox

ORDERS = count(8_650_001)


def settings(sandbox: Sandbox) -> ShopifySettings:
    known = sandbox.credentials["shopify"]
    return ShopifySettings(
        url=sandbox.url("shopify"),
        client_id=known["client_id"],
        client_secret=known["client_secret"],
        ca_file=str(sandbox.ca_file),
    )


@pytest.fixture
async def shop(sandbox: Sandbox) -> AsyncIterator[ShopifyStorefront]:
    sandbox.heal()
    one = ShopifyStorefront(settings(sandbox))
    yield one
    await one.aclose()
    sandbox.heal()


def seeded(sandbox: Sandbox, *lines: dict[str, Any], **more: Any) -> str:
    """A fresh order's id; without lines, three mugs at 9.99 and 19 % tax, 4.90 shipping: 41.49 in all."""
    number = next(ORDERS)
    sandbox.seed(order(number, *lines, **more))
    return str(number)


def mugs(order_id: str) -> str:
    return f"{order_id}1"


def asking(order_id: str, quantity: int = 2, **more: Any) -> OpenReturn:
    lines = (ReturnLine(mugs(order_id), quantity, "too_small"),)
    return OpenReturn(f"R-{order_id}-1", order_id, lines, **more)


def paying(
    order_id: str, opened: StorefrontReturn, units: int, *tenders: tuple[str, int], currency: str = "EUR"
) -> PayOut:
    parts = tuple(TenderPayout(tender, "card", Money(minor, currency)) for tender, minor in tenders)
    accepted = ((mugs(order_id), units),) if units else ()
    return PayOut(
        f"R-{order_id}-1", f"payout:R-{order_id}-1", order_id, opened.reference, accepted, parts, zero(currency)
    )


def returns(sandbox: Sandbox, order_id: str) -> list[dict[str, Any]]:
    found = sandbox.books("shopify")["returns"].values()
    return [one for one in found if one["order_id"] == int(order_id)]


def refunds(sandbox: Sandbox, order_id: str) -> list[dict[str, Any]]:
    transactions = sandbox.books("shopify")["orders"][order_id]["transactions"]
    return [one for one in transactions if one["kind"] == "REFUND"]


def levels(sandbox: Sandbox, order_id: str) -> tuple[int, int, int, int]:
    """(available, quality_control, damaged, on_hand) of the order's mugs; 100 were on the shelf."""
    stock = sandbox.books("shopify")["stock"][f"MUG-{order_id}"]
    return stock["available"], stock["quality_control"], stock["damaged"], stock["on_hand"]


async def card(shop: ShopifyStorefront, order_id: str) -> str:
    found: Order = (await shop.order(order_id))[0]
    return found.tenders[0].tender_id


class TestOrder:
    async def test_tells_what_was_bought_paid_and_can_come_back(
        self, sandbox: Sandbox, shop: ShopifyStorefront
    ) -> None:
        lines = (
            line(1, "A", 3, "9.99", bundle="Picnic", serials=["S1", "S2", "S3"]),
            line(2, "B", 1, "4.00", final_sale=True),
        )
        tenders = [
            {"kind": "gift_card", "gateway": "gift_card", "amount": "10.00"},
            {"kind": "card", "gateway": "shopify_payments", "amount": None},
        ]
        order_id = seeded(sandbox, *lines, tenders=tenders)
        found, contact = await shop.order(order_id)
        assert (found.order_id, found.name, found.shop) == (order_id, f"#{order_id}", "backhaul-dev.myshopify.com")
        assert (found.currency, found.country, found.channel) == ("EUR", "DE", "web")
        assert found.delivered_at is not None
        assert found.delivered_at.isoformat() == "2026-11-14T10:00:00+00:00"
        assert [(one.line_id, one.quantity, one.fulfilled, one.returnable) for one in found.lines] == [
            ("1", 3, 3, 3),
            ("2", 1, 1, 1),
        ]
        assert (found.lines[0].bundle, found.lines[0].serials) == ("Picnic", ("S1", "S2", "S3"))
        assert (found.lines[0].final_sale, found.lines[1].final_sale) == (False, True)
        assert [(one.kind, one.captured.minor) for one in found.tenders] == [("gift_card", 1000), ("card", 3625)]
        assert (contact.name, contact.email) == ("Anna Vogel", f"buyer{order_id}@example.test")
        assert contact.customer_id == found.customer_id == str(int(order_id) * 10)

    async def test_tells_how_it_was_sold(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        """The line's own discount is not the order's; marks say what an order has no field for."""
        lines = (
            line(1, "A", 4, "12.50", discount="2.00", bundle="Picnic", bundles=2, stand_alone="15.00"),
            line(2, "B", 1, "32.00", taxes=[{"code": "US8875", "rate": "8.875"}]),
        )
        promotion = {"amount": "10.00", "minimum_spend": "60.00"}
        customer = {"id": 9, "email": "a@example.test", "first_name": "", "last_name": "", "tags": ["vip", "outlet"]}
        order_id = seeded(sandbox, *lines, order_discount=promotion, customer=customer, prices_include_tax=True)
        found, _ = await shop.order(order_id)
        first, second = found.lines
        assert (first.spend, first.order_discount, first.stand_alone) == (4800, 600, 1500)
        assert (first.bundle, first.bundles, first.tax_rates) == ("Picnic", 2, ("19",))
        assert (second.spend, second.order_discount, second.stand_alone) == (3200, 400, None)
        assert (second.bundle, second.tax_rates) == (None, ("8.875",))
        assert (found.taxes_included, found.minimum_spend, found.groups) == (True, 6000, ("vip", "outlet"))
        assert sum(tender.captured.minor for tender in found.tenders) == 7000 + 490

    async def test_an_order_not_delivered_has_nothing_to_return(
        self, sandbox: Sandbox, shop: ShopifyStorefront
    ) -> None:
        found, _ = await shop.order(seeded(sandbox, delivered_at=None))
        assert found.delivered_at is None
        assert (found.lines[0].fulfilled, found.lines[0].returnable) == (0, 0)

    async def test_on_account_nothing_is_captured(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        customer = {"id": 9, "email": "buy@example.test", "first_name": "", "last_name": "", "company": "Vogel GmbH"}
        found, contact = await shop.order(
            seeded(sandbox, customer=customer, tenders=[{"kind": "account", "amount": None}])
        )
        assert found.on_account
        assert [(one.kind, one.captured.minor) for one in found.tenders] == [("account", 0)]
        assert contact.company == "Vogel GmbH"

    @pytest.mark.parametrize(("currency", "price", "paid"), [("JPY", "1000", 3570), ("KWD", "1.250", 4463)])
    async def test_other_exponents(
        self, sandbox: Sandbox, shop: ShopifyStorefront, currency: str, price: str, paid: int
    ) -> None:
        order_id = seeded(sandbox, line(1, "A", 3, price), currency=currency, shipping={"price": "0", "taxes": []})
        found, _ = await shop.order(order_id)
        assert found.tenders[0].captured == Money(paid, currency)

    async def test_more_lines_than_one_page(self, sandbox: Sandbox, shop: ShopifyStorefront) -> None:
        order_id = seeded(sandbox, *(line(n, f"PART-{n}", 2, "1.00") for n in range(1, 151)))
        found, _ = await shop.order(order_id)
        assert len(found.lines) == 150
        assert all(one.returnable == 2 for one in found.lines)

    async def test_an_unknown_order_is_permanent(self, shop: ShopifyStorefront) -> None:
        with pytest.raises(Permanent, match="no order 1"):
            await shop.order("1")


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
