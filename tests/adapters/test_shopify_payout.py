"""Money through Shopify that moves once: refunds of others, store credit, equal refunds, lost answers, days later."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from adapters.errors import TendersChanged, UnknownOutcome
from adapters.storefront.port import OpenReturn, PayOut, ReturnLine, StageGoods
from adapters.storefront.shopify import ShopifySettings, ShopifyStorefront
from domain.money import Money, zero
from domain.order import Tender
from domain.refund import TenderPayout
from tests.stack.inbox import Inbox
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

ORDERS = count(8_655_001)
# One mug of three at 9.99 with 19 % tax.
ONE_MUG = 1189


@pytest.fixture
async def shop(sandbox: Sandbox) -> AsyncIterator[ShopifyStorefront]:
    sandbox.heal()
    one = opened(sandbox)
    yield one
    await one.aclose()
    sandbox.heal()


def opened(sandbox: Sandbox) -> ShopifyStorefront:
    known = sandbox.credentials["shopify"]
    return ShopifyStorefront(
        ShopifySettings(
            sandbox.url("shopify"), known["client_id"], known["client_secret"], ca_file=str(sandbox.ca_file)
        )
    )


def seeded(sandbox: Sandbox, **more: Any) -> str:
    """An order of three mugs, 41.49 in all."""
    number = next(ORDERS)
    sandbox.seed(order(number, **more))
    return str(number)


def moved(sandbox: Sandbox, order_id: str) -> list[tuple[str, int, bool]]:
    """(gateway, amount, to a payment of the order) of every refund transaction."""
    transactions = sandbox.books("shopify")["orders"][order_id]["transactions"]
    return [
        (one["gateway"], one["amount"], one["parent"] is not None) for one in transactions if one["kind"] == "REFUND"
    ]


async def tenders(shop: ShopifyStorefront, order_id: str) -> tuple[Tender, ...]:
    return (await shop.order(order_id))[0].tenders


async def asking(
    shop: ShopifyStorefront, order_id: str, *parts: TenderPayout, name: str = "1", units: int = 1
) -> PayOut:
    """Opens a return of some mugs, and what is then to be paid."""
    return_id = f"R-{order_id}-{name}"
    lines = (ReturnLine(f"{order_id}1", units, "too_small"),)
    back = await shop.open_return(OpenReturn(return_id, order_id, lines))
    accepted = ((f"{order_id}1", units),)
    return PayOut(return_id, f"payout:{return_id}", order_id, back.reference, accepted, parts, zero("EUR"))


async def card(shop: ShopifyStorefront, order_id: str, minor: int = ONE_MUG) -> TenderPayout:
    return TenderPayout((await tenders(shop, order_id))[0].tender_id, "card", Money(minor, "EUR"))


@contextmanager
def later(sandbox: Sandbox, hours: int) -> Iterator[None]:
    """The vendors' clock, moved on."""
    sandbox.control.post("/clock", json={"advance_seconds": hours * 3600}).raise_for_status()
    try:
        yield
    finally:
        sandbox.control.post("/clock", json={"advance_seconds": -hours * 3600}).raise_for_status()


async def test_store_credit_that_paid_is_given_back_as_store_credit(sandbox: Sandbox, shop: ShopifyStorefront) -> None:
    paid_by = [
        {"kind": "store_credit", "gateway": "shopify_store_credit", "amount": "20.00"},
        {"kind": "card", "gateway": "shopify_payments", "amount": None},
    ]
    order_id = seeded(sandbox, tenders=paid_by)
    credit, plastic = await tenders(shop, order_id)
    assert (credit.kind, plastic.kind) == ("store_credit", "card")
    parts = (
        TenderPayout(credit.tender_id, "store_credit", Money(2000, "EUR")),
        TenderPayout(plastic.tender_id, "card", Money(378, "EUR")),
    )
    ask = await asking(shop, order_id, *parts, units=2)
    for _ in range(2):
        paid = await shop.pay_out(ask)
        assert set(paid.tenders) == set(parts)
    assert sorted(moved(sandbox, order_id)) == [("shopify_payments", 378, True), ("shopify_store_credit", 2000, False)]
    assert [one.refunded.minor for one in await tenders(shop, order_id)] == [2000, 378]


async def test_store_credit_issued_for_a_card_payment_leaves_less_for_the_card(
    sandbox: Sandbox, shop: ShopifyStorefront
) -> None:
    order_id = seeded(sandbox)
    issued = TenderPayout("store_credit", "store_credit", Money(1000, "EUR"))
    await shop.pay_out(await asking(shop, order_id, issued))
    (plastic,) = await tenders(shop, order_id)
    assert (plastic.captured.minor, plastic.refunded.minor) == (4149, 1000)


async def test_a_plan_made_before_others_refunded_pays_nothing_and_is_made_anew(
    sandbox: Sandbox, shop: ShopifyStorefront
) -> None:
    order_id = seeded(sandbox)
    seen = await tenders(shop, order_id)
    stale = replace(await asking(shop, order_id, await card(shop, order_id)), seen=seen)
    await shop.pay_out(await asking(shop, order_id, await card(shop, order_id, 100), name="2"))
    with pytest.raises(TendersChanged, match="somebody refunds too"):
        await shop.pay_out(stale)
    assert moved(sandbox, order_id) == [("shopify_payments", 100, True)]
    fresh = replace(stale, seen=await tenders(shop, order_id))
    assert (await shop.pay_out(fresh)).total.minor == ONE_MUG
    assert (await shop.pay_out(stale)).total.minor == ONE_MUG, "what is paid is answered, whatever was planned on"


async def test_two_equal_refunds_of_one_order_are_both_paid_and_told_apart(
    sandbox: Sandbox, shop: ShopifyStorefront
) -> None:
    """saleor/apps#2446: one key per payment and amount would take the second for a repeat of the first."""
    order_id = seeded(sandbox)
    first = await asking(shop, order_id, await card(shop, order_id))
    second = await asking(shop, order_id, await card(shop, order_id), name="2")
    sandbox.fault("shopify", "returnProcess", "drop_after", contains=first.key)
    with pytest.raises(UnknownOutcome):
        await shop.pay_out(first)
    other = await shop.pay_out(second)
    again = await shop.pay_out(first)
    assert again.reference != other.reference
    assert (again.tenders, again.total) == (other.tenders, other.total)
    assert moved(sandbox, order_id) == [("shopify_payments", ONE_MUG, True)] * 2
    booked = [one for one in sandbox.books("shopify")["refunds"].values() if one["order_id"] == int(order_id)]
    assert {one["note"] for one in booked} == {first.key, second.key}


@pytest.mark.parametrize("hours", [1, 25])
async def test_an_answer_lost_after_the_refund_is_found_again_also_the_next_day(
    sandbox: Sandbox, shop: ShopifyStorefront, hours: int
) -> None:
    order_id = seeded(sandbox)
    ask = replace(await asking(shop, order_id, await card(shop, order_id)), seen=await tenders(shop, order_id))
    sandbox.fault("shopify", "returnProcess", "drop_after", contains=ask.key)
    with pytest.raises(UnknownOutcome):
        await shop.pay_out(ask)
    with later(sandbox, hours):
        assert (await shop.pay_out(ask)).total.minor == ONE_MUG
    assert moved(sandbox, order_id) == [("shopify_payments", ONE_MUG, True)]


async def test_the_shop_forgets_the_key_of_a_stock_change_after_a_day(
    sandbox: Sandbox, shop: ShopifyStorefront
) -> None:
    """Why a return has a person look before it repeats one later than that (workflows/stock.py)."""
    order_id = seeded(sandbox)
    sku = f"MUG-{order_id}"
    ask = StageGoods(f"R-{order_id}-1", f"receipt:R-{order_id}-1:P1", ((sku, 3),))
    await shop.stage_goods(ask)
    for hours, staged in ((23, 3), (25, 6)):
        with later(sandbox, hours):
            await shop.stage_goods(ask)
        assert sandbox.books("shopify")["stock"][sku]["quality_control"] == staged


async def test_a_refunds_webhook_that_is_faster_than_its_answer_names_our_key_and_moves_nothing(
    tmp_path: Path,
) -> None:
    """woocommerce-gateway-stripe#838: the news of a refund arrived before its answer, and it was recorded twice."""
    inbox = Inbox()
    sandbox = Sandbox(tmp_path, webhook_url=inbox.url)
    sandbox.start()
    shop = opened(sandbox)
    try:
        order_id = seeded(sandbox)
        ask = await asking(shop, order_id, await card(shop, order_id))
        sandbox.fault("shopify", "returnProcess", "drop_after")
        with pytest.raises(UnknownOutcome):
            await shop.pay_out(ask)
        inbox.wait(lambda: any(header["x-shopify-topic"] == "refunds/create" for header, _ in inbox.taken))
        (told,) = (json.loads(body) for header, body in inbox.taken if header["x-shopify-topic"] == "refunds/create")
        paid = await shop.pay_out(ask)
        assert (told["note"], told["admin_graphql_api_id"]) == (ask.key, paid.reference)
        assert moved(sandbox, order_id) == [("shopify_payments", ONE_MUG, True)]
    finally:
        await shop.aclose()
        sandbox.stop()
        inbox.close()
