"""Quote = credit memo = payout, for many returns of realistic orders, on real doors: to the cent, line by line.

500 returns each time, 10,000 in a nightly run.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from activities.erp import ErpActivities
from activities.storefront import StorefrontActivities
from adapters.erp.netsuite import NetSuite
from adapters.storefront.shopify import ShopifySettings, ShopifyStorefront
from domain.invoice import PROMOTION, RESTOCKING_FEE, SHIPPING_LINE, is_adjustment
from domain.ledger import Amounts, added, amounts
from domain.order import Order
from domain.policy import Policy, Shipping
from domain.refund import CreditLine, differences
from runtime.bookkeeping import Bookkeeping
from store.stores import open_ledger_books, open_stores
from tests.adapters.netsuite_case import settings
from tests.money.orders import POLICIES, Plan, Shop
from tests.money.walk import Doors, Told, walk
from tests.stack.profile import NIGHTLY, often
from tests.stack.sandbox import Sandbox

RETURNS = often(500, nightly=10_000)
_FIRST_ORDER = 9_100_000
_AT_ONCE = 8
_SEEDED_AT_ONCE = 100


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    return Shop(seed=20261122, first=_FIRST_ORDER).orders(RETURNS)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Its own: hundreds of orders and their documents would slow everybody who reads whole tables after us."""
    running = Sandbox(tmp_path_factory.mktemp("money"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def seeded(sandbox: Sandbox, plans: list[Plan]) -> Sandbox:
    for place in range(0, len(plans), _SEEDED_AT_ONCE):
        documents = [plan.document for plan in plans[place : place + _SEEDED_AT_ONCE]]
        sandbox.control.post("/orders/bulk", json=documents, timeout=120).raise_for_status()
    return sandbox


def test_the_orders_drawn_have_everything_that_makes_cents_go_astray(plans: list[Plan]) -> None:
    """Else the next test would prove less than it says."""
    documents = [plan.document for plan in plans]
    assert {document["currency"] for document in documents} == {"EUR", "GBP", "USD", "JPY", "KWD"}
    assert {document["prices_include_tax"] for document in documents} == {True, False}
    assert {plan.policy for plan in plans} == set(POLICIES)
    assert {len(plan.parts) for plan in plans} >= {1, 2, 3, 4}
    assert any("order_discount" in document for document in documents)
    assert any(len(document["tenders"]) == 2 for document in documents)
    assert any(len({line["taxes"][0]["code"] for line in document["lines"]}) == 2 for document in documents)
    assert any(plan.overlapping and plan.whole and len(plan.parts) > 1 for plan in plans)
    assert any(part.reduced for plan in plans for part in plan.parts)


@pytest.mark.timeout(4 * 3600 if NIGHTLY else 300)
async def test_quote_memo_and_payout_are_one_number(seeded: Sandbox, postgres_url: str, plans: list[Plan]) -> None:
    async with _doors(seeded, postgres_url, plans) as doors:
        room = asyncio.Semaphore(_AT_ONCE)

        async def through(plan: Plan) -> Told:
            async with room:
                told = await walk(plan, doors)
                _check_returns(told)
                await _check_order(told, doors)
                return told

        every = await asyncio.gather(*(through(plan) for plan in plans))
    walks = [one for told in every for one in told.walks]
    assert len(walks) >= RETURNS
    # Policies really took something off, and gave some of it back.
    taken = [line for one in walks if one.memo for line in one.memo.lines if is_adjustment(line.line_id)]
    assert {line.line_id for line in taken} == {PROMOTION, RESTOCKING_FEE}
    assert any(line.total > 0 for line in taken)
    _check_vendors(seeded, every)


@asynccontextmanager
async def _doors(sandbox: Sandbox, database: str, plans: Iterable[Plan]) -> AsyncIterator[Doors]:
    policies = {str(plan.number): POLICIES[plan.policy] for plan in plans}

    def policy_for(order: Order) -> Policy:
        return policies[order.order_id]

    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(open_stores(database))
        books = await stack.enter_async_context(open_ledger_books(database))
        netsuite = NetSuite(settings(sandbox, concurrency=_AT_ONCE))
        stack.push_async_callback(netsuite.close)
        known = sandbox.credentials["shopify"]
        shopify = ShopifyStorefront(
            ShopifySettings(
                url=sandbox.url("shopify"),
                client_id=known["client_id"],
                client_secret=known["client_secret"],
                ca_file=str(sandbox.ca_file),
            )
        )
        stack.push_async_callback(shopify.aclose)
        yield Doors(
            StorefrontActivities(shopify, stores.returns, policy_for, ()),
            ErpActivities(netsuite, stores.ledger),
            netsuite,
            Bookkeeping(netsuite, books),
            stores.ledger,
        )


def _check_returns(told: Told) -> None:
    """Of each return: what was quoted is what was posted, by line and tax code, and what was paid."""
    for one in told.walks:
        if one.memo is None or one.payout is None:
            assert not any(line.total for line in one.quoted)
            continue
        assert differences(one.quoted, one.memo.lines) == ()
        assert one.total == one.memo.total == one.payout.total
        assert one.memo.total.minor == sum(line.total for line in one.memo.lines) >= 0
        assert all(part.amount.minor > 0 for part in one.payout.tenders)
        goods = [line for line in one.memo.lines if not is_adjustment(line.line_id)]
        assert all(min(line.net, *line.taxes.values()) >= 0 for line in goods)


async def _check_order(told: Told, doors: Doors) -> None:
    """Of each order: nothing beyond the invoice, all of it when all is back; the ledger says what the ERP says."""
    number = str(told.plan.number)
    posted = {line.line_id: amounts(line.net, line.taxes) for line in told.invoice.lines}
    memos = [one.memo for one in told.walks if one.memo is not None]
    credited = _by_line(line for memo in memos for line in memo.lines)
    for line_id, parts in credited.items():
        if not is_adjustment(line_id):
            assert all(amount <= posted[line_id].get(component, 0) for component, amount in parts.items()), line_id
    if told.plan.whole:
        assert _goods(credited) == _goods(posted)
        kept = POLICIES[told.plan.policy].shipping is Shipping.NEVER
        assert credited.get(SHIPPING_LINE, {}) == ({} if kept else posted.get(SHIPPING_LINE, {}))
        # Nothing is kept that a promotion could still be taken back for.
        assert {line_id for line_id in credited if is_adjustment(line_id)} <= {RESTOCKING_FEE}
    for row in await doors.ledger.lines(told.invoice.invoice_id):
        assert (row.reserved, min(row.remaining, 0)) == (0, 0)
        assert row.reversed == credited.get(row.line_id, {}).get(row.component, 0)
    compared = await doors.book.rebuild(number, write=False)
    assert (compared.rebuilt.corrections, compared.rebuilt.shortages, compared.rebuilt.unplaced) == ((), (), ())


def _check_vendors(sandbox: Sandbox, every: list[Told]) -> None:
    """The vendors' own books agree with each other and with what was told."""
    memos: dict[str, list[str]] = {}
    for document in sandbox.books("netsuite")["documents"]["creditMemo"]:
        memos.setdefault(str(document["order"]), []).append(document["total"])
    orders = sandbox.books("shopify")["orders"]
    for told in every:
        number = str(told.plan.number)
        posted = [one.memo.total for one in told.walks if one.memo is not None]
        assert sorted(memos.get(number, [])) == sorted(total.decimal() for total in posted)
        captured: dict[int, int] = {}
        refunded: dict[int, int] = {}
        for move in orders[number]["transactions"]:
            if move["kind"] == "SALE":
                captured[move["id"]] = move["amount"]
            else:
                refunded[move["parent"]] = refunded.get(move["parent"], 0) + move["amount"]
        assert sum(refunded.values()) == sum(total.minor for total in posted)
        assert all(amount <= captured[tender] for tender, amount in refunded.items())


def _goods(by_line: dict[str, Amounts]) -> dict[str, Amounts]:
    return {
        line_id: parts
        for line_id, parts in by_line.items()
        if line_id != SHIPPING_LINE and not is_adjustment(line_id) and parts
    }


def _by_line(lines: Iterable[CreditLine]) -> dict[str, Amounts]:
    found: dict[str, Amounts] = {}
    for line in lines:
        found[line.line_id] = added(found.get(line.line_id, {}), amounts(line.net, line.taxes))
    return {line_id: parts for line_id, parts in found.items() if parts}
