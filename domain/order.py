"""What was bought and paid, as the storefront tells it. Personal data is kept apart, in Contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.money import Money


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of the order. `returnable` counts fulfilled units that no storefront return holds yet."""

    line_id: str
    sku: str
    title: str
    quantity: int
    fulfilled: int
    returnable: int
    final_sale: bool = False
    bundle: str | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tender:
    """One means of payment of the order. kind: card, gift_card, store_credit, account (B2B on account)."""

    tender_id: str
    kind: str
    gateway: str
    captured: Money
    refunded: Money


@dataclass(frozen=True, slots=True)
class Order:
    """The storefront's view of an order. `customer_id` is the shop's opaque id; times are UTC."""

    order_id: str
    name: str
    shop: str
    customer_id: str
    currency: str
    country: str
    channel: str
    placed_at: datetime
    delivered_at: datetime | None
    lines: tuple[OrderLine, ...]
    tenders: tuple[Tender, ...]

    @property
    def on_account(self) -> bool:
        return any(tender.kind == "account" for tender in self.tenders)


@dataclass(frozen=True, slots=True)
class Contact:
    """Who is told about the return. Personal: stays in Postgres and the notification, never in a history."""

    name: str
    email: str
    customer_id: str
    company: str | None = None
