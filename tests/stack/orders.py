"""Neutral order documents for tests; every test file takes order ids from a range of its own."""

from typing import Any


def line(line_id: int, sku: str, quantity: int, unit_price: str, **more: Any) -> dict[str, Any]:
    return {
        "line_id": line_id,
        "sku": sku,
        "title": sku.title(),
        "quantity": quantity,
        "unit_price": unit_price,
        "discount": "0.00",
        "taxes": [{"code": "DE19", "rate": "19"}],
        "final_sale": False,
        "bundle": None,
        "serials": [],
        "warranty_until": None,
    } | more


def order(order_id: int, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A delivered EUR order paid by card; without lines, three mugs at 9.99 plus tax."""
    return {
        "order_id": order_id,
        "name": f"#{order_id}",
        "placed_at": "2026-11-10T10:00:00Z",
        "delivered_at": "2026-11-14T10:00:00Z",
        "currency": "EUR",
        "country": "DE",
        "channel": "web",
        "prices_include_tax": False,
        "customer": {
            "id": order_id * 10,
            "email": f"buyer{order_id}@example.test",
            "first_name": "Anna",
            "last_name": "Vogel",
            "company": None,
        },
        "lines": list(lines) or [line(order_id * 10 + 1, f"MUG-{order_id}", 3, "9.99")],
        "shipping": {"price": "4.90", "taxes": [{"code": "DE19", "rate": "19"}]},
        "tenders": [{"kind": "card", "gateway": "shopify_payments", "amount": None}],
    } | more
