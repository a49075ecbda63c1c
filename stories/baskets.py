"""Orders for the stories, as the sandbox's neutral order documents: realistic baskets, several currencies and taxes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

Basket = dict[str, Any]
DE19 = {"code": "DE19", "rate": "19"}
DE7 = {"code": "DE7", "rate": "7"}
GB20 = {"code": "GB20", "rate": "20"}
JP10 = {"code": "JP10", "rate": "10"}


def line(place: int, sku: str, title: str, quantity: int, price: str, *taxes: dict[str, str], **more: Any) -> Basket:
    """A line; `place` and `sku` are made unique by `order`."""
    return {
        "line_id": place, "sku": sku, "title": title, "quantity": quantity, "unit_price": price, "discount": "0",
        "taxes": list(taxes or (DE19,)), "final_sale": False, "bundle": None, "serials": [], "warranty_until": None,
    } | more  # fmt: skip


def order(number: int, *lines: Basket, delivered_days_ago: int = 5, **more: Any) -> Basket:
    """An order with lines, ids and SKUs that nobody else has; amounts without decimals fit every currency."""
    now = datetime.now(UTC)
    delivered = now - timedelta(days=delivered_days_ago)
    own = [one | {"line_id": number * 100 + one["line_id"], "sku": f"{one['sku']}-{number}"} for one in lines]
    return {
        "order_id": number, "name": f"#{number}", "currency": "EUR", "country": "DE", "channel": "web",
        "placed_at": _stamp(delivered - timedelta(days=3)), "delivered_at": _stamp(delivered),
        "prices_include_tax": False,
        "customer": {
            "id": number, "email": f"customer-{number}@example.test", "first_name": "Anna", "last_name": "Vogel",
            "company": None,
        },
        "lines": own, "shipping": {"price": "0", "taxes": []},
        "tenders": [{"kind": "card", "gateway": "shopify_payments", "amount": None}],
    } | more  # fmt: skip


def household(number: int, **more: Any) -> Basket:
    """Three mugs whose line total does not divide by three, a reduced-rate pot of jam, a jacket, paid shipping."""
    return order(
        number,
        line(1, "MUG", "Enamel mug", 3, "3.50", discount="0.50"),
        line(2, "JAM", "Plum jam", 2, "4.95", DE7),
        line(3, "COAT", "Rain jacket", 1, "89.90", discount="8.99"),
        shipping={"price": "4.90", "taxes": [DE19]},
        **more,
    )


def tea_set(number: int) -> Basket:
    """A bundle sold at one price, kept by its parts, prices with tax."""
    return order(
        number,
        line(1, "POT", "Tea pot", 1, "24.00", GB20, bundle="tea set"),
        line(2, "CUP", "Tea cup", 4, "6.25", GB20, bundle="tea set", discount="2.01"),
        currency="GBP", country="GB", prices_include_tax=True,
    )  # fmt: skip


def tea_set_sold_together(number: int) -> Basket:
    """A bundle at 48.00 of parts that cost 60.00 alone; the shop forfeits its price, and charges for restocking."""
    return order(
        number,
        line(1, "POT", "Tea pot", 1, "24.00", GB20, bundle="tea set", stand_alone="30.00"),
        line(2, "CUP", "Tea cup", 4, "6.00", GB20, bundle="tea set", stand_alone="7.50"),
        currency="GBP", country="GB", channel="strict", prices_include_tax=True,
    )  # fmt: skip


def promoted(number: int) -> Basket:
    """15.00 off for 80.00 and more, spread over a jacket and boots as they cost."""
    return order(
        number,
        line(1, "COAT", "Rain jacket", 1, "60.00"),
        line(2, "BOOT", "Rain boots", 1, "40.00"),
        channel="strict",
        order_discount={"amount": "15.00", "minimum_spend": "80.00"},
    )


def camera(number: int) -> Basket:
    """Yen: a currency without decimals; a serialised camera and three films whose total does not divide."""
    return order(
        number,
        line(1, "CAM", "Camera", 1, "84000", JP10, serials=[f"SN-{number}"]),
        line(2, "FILM", "Film", 3, "1167", JP10, discount="1"),
        currency="JPY", country="JP",
    )  # fmt: skip


def wholesale(number: int, channel: str = "b2b") -> Basket:
    """A company's order on account: nothing was captured."""
    return order(
        number,
        line(1, "CHAIR", "Stacking chair", 40, "31.15", discount="62.30"),
        channel=channel,
        customer={
            "id": number, "email": f"buyer-{number}@example.test", "first_name": "Jo", "last_name": "Berg",
            "company": "Berg GmbH",
        },
        tenders=[{"kind": "account", "gateway": "account", "amount": None}],
    )  # fmt: skip


def gift(number: int) -> Basket:
    """Paid partly by gift card, the rest by card."""
    return order(
        number,
        line(1, "SCARF", "Wool scarf", 2, "27.45"),
        tenders=[
            {"kind": "gift_card", "gateway": "gift_card", "amount": "20.00"},
            {"kind": "card", "gateway": "shopify_payments", "amount": None},
        ],
    )


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
