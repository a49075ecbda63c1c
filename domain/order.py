"""What was bought and paid, as the storefront tells it. Personal data is kept apart, in Contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.money import Money


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of the order. `returnable` counts fulfilled units that no storefront return holds yet.

    Amounts are minor units of the order's currency, as the shop displays its prices (see Order.taxes_included):
    - `spend`: the whole line after discounts of its own, before its share of the order's discount;
    - `order_discount`: that share;
    - `stand_alone`: one unit outside its bundle; None where the shop does not say.
    `bundle` is the label its components share, `bundles` how many of it were sold; `tax_rates` are percentages as
    decimal strings.
    """

    line_id: str
    sku: str
    title: str
    quantity: int
    fulfilled: int
    returnable: int
    final_sale: bool = False
    bundle: str | None = None
    serials: tuple[str, ...] = ()
    spend: int = 0
    order_discount: int = 0
    stand_alone: int | None = None
    bundles: int = 1
    tax_rates: tuple[str, ...] = ()


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
    """The storefront's view of an order. `customer_id` is the shop's opaque id; times are UTC.

    `minimum_spend` is what the order's discount asked for, in minor units; None where the shop does not say. `groups`
    are the shop's marks on the customer, by which fees may differ.
    """

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
    taxes_included: bool = False
    minimum_spend: int | None = None
    groups: tuple[str, ...] = ()

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
    language: str = ""
    """What the shop spoke to them in, such as de or de-AT; empty when it does not say."""
