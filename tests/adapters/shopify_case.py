"""A fresh order in the sandbox's shop, what is asked of its return, and what the shop's books say of it."""

from itertools import count
from typing import Any

from adapters.storefront.port import OpenReturn, PayOut, ReturnLine, StorefrontReturn
from adapters.storefront.shopify import ShopifySettings, ShopifyStorefront
from domain.money import Money, zero
from domain.order import Order
from domain.refund import TenderPayout
from tests.stack.orders import order
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
