"""What every storefront promises: the double of the workflow tests is held to the same as Shopify."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from typing import Protocol

import pytest

from adapters.errors import NoSuchRecord, Permanent, TendersChanged
from adapters.storefront.port import (
    OpenReturn,
    PayOut,
    ReleaseGoods,
    RequestedReturn,
    ReturnLine,
    StageGoods,
    Storefront,
    StorefrontReturn,
)
from adapters.storefront.shopify import ShopifySettings, ShopifyStorefront
from domain.inventory import StockMove, StockState
from domain.money import Money, zero
from domain.order import Order
from domain.refund import TenderPayout
from tests.doubles.world import FakeStorefront, FakeWorld
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

ORDERS = count(8_810_001)
STATES = (StockState.PENDING_INSPECTION, StockState.AVAILABLE, StockState.QUARANTINED)


class Shop(Protocol):
    """A storefront with one order: three units of one article on its first line, paid by one card."""

    door: Storefront
    order_id: str

    def ask_in_shop(self, line_id: str, quantity: int) -> str:
        """The customer begins a return in the shop itself; answers its reference."""
        ...

    def stock(self, sku: str) -> tuple[int, int, int]:
        """How many units more than at first stand in each of STATES."""
        ...


class Remembered:
    order_id = "5001"

    def __init__(self) -> None:
        self.world = FakeWorld()
        self.door: Storefront = FakeStorefront(self.world)

    def ask_in_shop(self, line_id: str, quantity: int) -> str:
        lines = (ReturnLine(line_id, quantity, "changed_mind"),)
        self.world.requested["asked-1"] = RequestedReturn("asked-1", self.order_id, lines)
        return "asked-1"

    def stock(self, sku: str) -> tuple[int, int, int]:
        pending, available, quarantined = (self.world.stock.get((sku, state), 0) for state in STATES)
        return pending, available, quarantined


class OnShopify:
    def __init__(self, sandbox: Sandbox) -> None:
        known = sandbox.credentials["shopify"]
        self.shopify = ShopifyStorefront(
            ShopifySettings(
                sandbox.url("shopify"), known["client_id"], known["client_secret"], ca_file=str(sandbox.ca_file)
            )
        )
        self.door: Storefront = self.shopify
        self.sandbox = sandbox
        self.order_id = str(next(ORDERS))
        sandbox.seed(order(int(self.order_id)))
        self._first = self._levels(f"MUG-{self.order_id}")

    def ask_in_shop(self, line_id: str, quantity: int) -> str:
        lines = [{"line_id": int(line_id), "quantity": quantity, "reason": "changed-my-mind"}]
        wish = {"order_id": int(self.order_id), "lines": lines}
        answer = self.sandbox.control.post("/shopify/returns/request", json=wish)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["return"])

    def stock(self, sku: str) -> tuple[int, int, int]:
        now = self._levels(sku)
        return now[0] - self._first[0], now[1] - self._first[1], now[2] - self._first[2]

    def _levels(self, sku: str) -> tuple[int, int, int]:
        level = self.sandbox.books("shopify")["stock"][sku]
        return level["quality_control"], level["available"], level["damaged"]


@pytest.fixture(params=["double", "shopify"])
async def shop(request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    if request.param == "double":
        yield Remembered()
        return
    real = OnShopify(request.getfixturevalue("sandbox"))
    yield real
    await real.shopify.aclose()


class Walk:
    """The return of some units of the order's first line, asked of the door with the same words every time."""

    def __init__(self, shop: Shop, order: Order, units: int = 2, name: str = "A") -> None:
        self.return_id, self.units = f"R-{order.order_id}-{name}", units
        self.line, self.tender = order.lines[0], order.tenders[0]
        self.open = OpenReturn(self.return_id, order.order_id, (ReturnLine(self.line.line_id, units, "changed_mind"),))
        self.stage = StageGoods(self.return_id, f"stock:{self.return_id}:in", ((self.line.sku, units),))

    def pay(self, opened: StorefrontReturn, minor: int) -> PayOut:
        amount = Money(minor, self.tender.captured.currency)
        tenders = (TenderPayout(self.tender.tender_id, self.tender.kind, amount),) if minor else ()
        accepted = ((self.line.line_id, self.units),)
        key, nothing = f"payout:{self.return_id}", zero(amount.currency)
        return PayOut(self.return_id, key, self.open.order_id, opened.reference, accepted, tenders, nothing)

    def release(self, *moves: tuple[int, StockState]) -> ReleaseGoods:
        each = tuple(StockMove(self.line.line_id, self.line.sku, quantity, to) for quantity, to in moves)
        return ReleaseGoods(self.return_id, f"stock:{self.return_id}:out", each)


@pytest.fixture
async def walk(shop: Shop) -> Walk:
    return Walk(shop, (await shop.door.order(shop.order_id))[0])


async def returnable(shop: Shop) -> int:
    return (await shop.door.order(shop.order_id))[0].lines[0].returnable


async def refunded(shop: Shop) -> int:
    return (await shop.door.order(shop.order_id))[0].tenders[0].refunded.minor


async def test_an_order_is_read_the_same_twice(shop: Shop) -> None:
    first = await shop.door.order(shop.order_id)
    assert await shop.door.order(shop.order_id) == first
    assert first[0].order_id == shop.order_id
    assert (first[0].lines[0].quantity, first[0].lines[0].returnable) == (3, 3)
    assert first[1].email


async def test_what_the_shop_does_not_know_is_permanent(shop: Shop, walk: Walk) -> None:
    with pytest.raises(NoSuchRecord):
        await shop.door.order("404404")
    for asked in (
        shop.door.requested_return("gid://shopify/Return/404404"),
        shop.door.close_return("gid://shopify/Return/404404"),
        shop.door.cancel_return("gid://shopify/Return/404404"),
        shop.door.stage_goods(replace(walk.stage, goods=(("NOBODYS-BOOTS", 1),))),
    ):
        with pytest.raises(Permanent):
            await asked


async def test_a_return_is_opened_once_and_holds_its_units(shop: Shop, walk: Walk) -> None:
    opened = await shop.door.open_return(walk.open)
    assert await shop.door.open_return(walk.open) == opened
    assert opened.reference
    assert await returnable(shop) == 1


async def test_more_than_is_returnable_is_permanent(shop: Shop, walk: Walk) -> None:
    await shop.door.open_return(walk.open)
    other = Walk(shop, (await shop.door.order(shop.order_id))[0], units=2, name="B")
    with pytest.raises(Permanent):
        await shop.door.open_return(other.open)


async def test_what_the_customer_began_in_the_shop_is_approved_not_created(shop: Shop, walk: Walk) -> None:
    reference = shop.ask_in_shop(walk.line.line_id, 2)
    asked = await shop.door.requested_return(reference)
    assert (asked.order_id, [(line.line_id, line.quantity) for line in asked.lines]) == (
        shop.order_id,
        [(walk.line.line_id, 2)],
    )
    assert await returnable(shop) == 1
    for _ in range(2):
        opened = await shop.door.open_return(replace(walk.open, requested=reference))
        assert opened.reference == reference
    assert await returnable(shop) == 1


async def test_cancelling_frees_the_units_and_may_be_repeated(shop: Shop, walk: Walk) -> None:
    opened = await shop.door.open_return(walk.open)
    for _ in range(2):
        await shop.door.cancel_return(opened.reference)
    assert await returnable(shop) == 3


async def test_arrived_goods_wait_for_inspection_once(shop: Shop, walk: Walk) -> None:
    for _ in range(2):
        await shop.door.stage_goods(walk.stage)
    assert shop.stock(walk.line.sku) == (2, 0, 0)


@pytest.mark.parametrize(
    ("moves", "left"),
    [
        (((2, StockState.AVAILABLE),), (0, 2, 0)),
        (((1, StockState.AVAILABLE), (1, StockState.QUARANTINED)), (0, 1, 1)),
        (((1, StockState.SCRAPPED), (1, StockState.SENT_BACK)), (0, 0, 0)),
        (((1, StockState.SCRAPPED),), (1, 0, 0)),
    ],
)
async def test_release_is_the_only_way_out_and_loses_no_unit(
    shop: Shop, walk: Walk, moves: tuple[tuple[int, StockState], ...], left: tuple[int, int, int]
) -> None:
    await shop.door.stage_goods(walk.stage)
    for _ in range(2):
        await shop.door.release_goods(walk.release(*moves))
    assert shop.stock(walk.line.sku) == left


async def test_money_moves_once_and_every_repeat_tells_the_same(shop: Shop, walk: Walk) -> None:
    opened = await shop.door.open_return(walk.open)
    paid = await shop.door.pay_out(walk.pay(opened, 1500))
    assert await shop.door.pay_out(walk.pay(opened, 1500)) == paid
    assert (paid.total.minor, [part.tender_id for part in paid.tenders]) == (1500, [walk.tender.tender_id])
    assert await refunded(shop) == 1500


async def test_paying_moves_no_stock(shop: Shop, walk: Walk) -> None:
    opened = await shop.door.open_return(walk.open)
    await shop.door.stage_goods(walk.stage)
    await shop.door.pay_out(walk.pay(opened, 1500))
    await shop.door.close_return(opened.reference)
    assert shop.stock(walk.line.sku) == (2, 0, 0)


async def test_without_tenders_the_units_are_processed_and_nothing_moves(shop: Shop, walk: Walk) -> None:
    opened = await shop.door.open_return(walk.open)
    owed = Money(1500, walk.tender.captured.currency)
    ask = replace(walk.pay(opened, 0), on_account=owed)
    for _ in range(2):
        paid = await shop.door.pay_out(ask)
        assert (paid.tenders, paid.on_account) == ((), owed)
    assert await refunded(shop) == 0


async def test_more_than_was_captured_is_permanent(shop: Shop, walk: Walk) -> None:
    opened = await shop.door.open_return(walk.open)
    with pytest.raises(Permanent):
        await shop.door.pay_out(walk.pay(opened, walk.tender.captured.minor + 1))
    assert await refunded(shop) == 0


async def test_a_plan_made_on_payments_that_changed_is_not_paid(shop: Shop, walk: Walk) -> None:
    seen = (await shop.door.order(shop.order_id))[0].tenders
    opened = await shop.door.open_return(replace(walk.open, lines=(replace(walk.open.lines[0], quantity=1),)))
    other = Walk(shop, (await shop.door.order(shop.order_id))[0], units=1, name="B")
    await shop.door.pay_out(other.pay(await shop.door.open_return(other.open), 700))
    stale = replace(walk.pay(opened, 700), accepted=((walk.line.line_id, 1),), seen=seen)
    with pytest.raises(TendersChanged):
        await shop.door.pay_out(stale)
    assert await refunded(shop) == 700
    fresh = replace(stale, seen=(await shop.door.order(shop.order_id))[0].tenders)
    paid = await shop.door.pay_out(fresh)
    assert await shop.door.pay_out(stale) == paid, "what is paid is answered, whatever was planned on"
    assert await refunded(shop) == 1400


async def test_a_closed_return_keeps_what_was_accepted_and_frees_the_rest(shop: Shop, walk: Walk) -> None:
    opened = await shop.door.open_return(walk.open)
    await shop.door.pay_out(replace(walk.pay(opened, 1500), accepted=((walk.line.line_id, 1),)))
    for _ in range(2):
        await shop.door.close_return(opened.reference)
    assert await returnable(shop) == 2


async def test_what_is_processed_cannot_be_cancelled(shop: Shop, walk: Walk) -> None:
    opened = await shop.door.open_return(walk.open)
    await shop.door.pay_out(walk.pay(opened, 1500))
    with pytest.raises(Permanent):
        await shop.door.cancel_return(opened.reference)
    assert await refunded(shop) == 1500
