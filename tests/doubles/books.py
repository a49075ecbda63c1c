"""What the doubles' storefront and ERP share: an order book with its invoices, stock, documents and planned faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from adapters.crm.port import Projection
from adapters.erp.port import CreditAsk, QuoteAsk, ReceiveGoods, Settle
from adapters.errors import VendorError
from adapters.notify.port import Message
from adapters.storefront.port import OpenReturn, PayOut, RequestedReturn
from domain.invoice import SHIPPING_LINE, Invoice, InvoiceLine
from domain.money import Money
from domain.order import Contact, Order, OrderLine, Tender
from domain.policy import Policy
from domain.refund import ErpCredit, Payout

# The workflow tests run on a real server, so on today's clock.
NOW = datetime.now(UTC).replace(microsecond=0)


def mug_order(order_id: str = "5001", quantity: int = 3, **changes: object) -> Order:
    """Three mugs for 10.00 plus 19 % and a pot for 25.50 plus 7 %, delivered six days ago, paid by card."""
    line = OrderLine("70011", "MUG-01", "Mug", quantity, quantity, quantity)
    pot = OrderLine("70012", "POT-01", "Pot", 1, 1, 1)
    order = Order(
        order_id, f"#{order_id}", "backhaul-dev", "801", "EUR", "DE", "web", NOW - timedelta(days=10),
        NOW - timedelta(days=6), (line, pot),
        (Tender("t1", "card", "shopify_payments", Money(4420, "EUR"), Money(0, "EUR")),),
    )  # fmt: skip
    return replace(order, **changes)  # type: ignore[arg-type]


def mug_invoice(order_id: str = "5001", quantity: int = 3, **changes: object) -> Invoice:
    lines = (
        InvoiceLine("70011", "1", "MUG-01", quantity, 1000, {"DE19": 190}),
        InvoiceLine("70012", "2", "POT-01", 1, 2550, {"DE7": 179}),
        InvoiceLine(SHIPPING_LINE, "s", "", 1, 421, {"DE19": 80}),
    )
    total = Money(sum(line.total for line in lines), "EUR")
    invoice = Invoice(f"inv-{order_id}", f"INV{order_id}", order_id, "EUR", date(2026, 11, 14), "2026-11", lines, total)
    return replace(invoice, **changes)  # type: ignore[arg-type]


@dataclass
class FakeWorld:
    """What both sides' books say. `fail(call, error, times)` makes a door's method raise before it has any effect."""

    orders: dict[str, Order] = field(default_factory=lambda: {"5001": mug_order()})
    invoices: dict[str, Invoice] = field(default_factory=lambda: {"5001": mug_invoice()})
    # By order; an order without one has the default.
    policies: dict[str, Policy] = field(default_factory=dict)
    contact: Contact = field(default_factory=lambda: Contact("Anna Vogel", "anna@example.test", "801"))
    calls: list[str] = field(default_factory=list)
    stock: dict[tuple[str, str], int] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)
    opened: dict[str, OpenReturn] = field(default_factory=dict)
    paid: dict[str, PayOut] = field(default_factory=dict)
    payouts: dict[str, Payout] = field(default_factory=dict)
    asks: dict[str, QuoteAsk] = field(default_factory=dict)
    authorizations: dict[str, str] = field(default_factory=dict)
    receipts: dict[str, ReceiveGoods] = field(default_factory=dict)
    credits: list[CreditAsk] = field(default_factory=list)
    memos: dict[str, ErpCredit] = field(default_factory=dict)
    settled: dict[str, Settle] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    mails: list[Message] = field(default_factory=list)
    crm: dict[str, Projection] = field(default_factory=dict)
    requested: dict[str, RequestedReturn] = field(default_factory=dict)
    skew_quote: Callable[[ErpCredit], ErpCredit] = field(default=lambda credit: credit)
    skew: Callable[[ErpCredit], ErpCredit] = field(default=lambda credit: credit)
    skew_memo: Callable[[ErpCredit], ErpCredit] = field(default=lambda credit: credit)
    skew_payout: Callable[[Payout], Payout] = field(default=lambda payout: payout)
    _faults: dict[str, list[VendorError]] = field(default_factory=dict)

    def policy(self, order: Order) -> Policy:
        return self.policies.get(order.order_id, Policy(retry_at_most=1))

    def fail(self, call: str, error: VendorError, times: int = 1) -> None:
        self._faults.setdefault(call, []).extend([error] * times)

    def heal(self, call: str) -> None:
        self._faults.pop(call, None)

    def meet(self, call: str) -> None:
        self.calls.append(call)
        if self._faults.get(call):
            raise self._faults[call].pop(0)

    def once(self, key: str) -> bool:
        new = key not in self.keys
        self.keys.add(key)
        return new

    def shift(self, sku: str, state: str, quantity: int) -> None:
        self.stock[(sku, state)] = self.stock.get((sku, state), 0) + quantity
