"""What the shop tells of an order."""

import pytest

from adapters.errors import Permanent
from adapters.storefront.shopify import ShopifyStorefront
from domain.money import Money
from tests.adapters.shopify_case import seeded
from tests.stack.orders import line
from tests.stack.sandbox import Sandbox


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
        order_id = seeded(sandbox, *lines, tenders=tenders, locale="de-AT")
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
        assert contact.language == "de-AT"

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
        assert (contact.company, contact.language) == ("Vogel GmbH", "")

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

    async def test_an_order_has_one_id_however_else_the_shop_reads_it(
        self, sandbox: Sandbox, shop: ShopifyStorefront
    ) -> None:
        """Else its units could be asked back once for each way to write it."""
        order_id = seeded(sandbox)
        with pytest.raises(Permanent, match=f"no order 0{order_id}"):
            await shop.order(f"0{order_id}")
