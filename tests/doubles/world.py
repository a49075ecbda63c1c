"""Doors in memory: a storefront, an ERP, a CRM and a mailbox that share one order book. Held to tests/contracts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from adapters.crm.port import Projection, Published
from adapters.erp.port import CancelAuthorization, CreditAsk, QuoteAsk, ReceiveGoods, Settle
from adapters.errors import Permanent, VendorError
from adapters.notify.port import Message
from adapters.storefront.port import (
    OpenReturn,
    PayOut,
    ReleaseGoods,
    RequestedReturn,
    StageGoods,
    StorefrontReturn,
)
from domain.inventory import StockState
from domain.invoice import SHIPPING_LINE, Invoice, InvoiceLine
from domain.money import Money
from domain.order import Contact, Order, OrderLine, Tender
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
    """What both sides' books say. `fail(call, error, times)` makes a door's method raise before or after its effect."""

    orders: dict[str, Order] = field(default_factory=lambda: {"5001": mug_order()})
    invoices: dict[str, Invoice] = field(default_factory=lambda: {"5001": mug_invoice()})
    contact: Contact = field(default_factory=lambda: Contact("Anna Vogel", "anna@example.test", "801"))
    calls: list[str] = field(default_factory=list)
    stock: dict[tuple[str, str], int] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)
    payouts: dict[str, Payout] = field(default_factory=dict)
    authorizations: dict[str, str] = field(default_factory=dict)
    receipts: dict[str, ReceiveGoods] = field(default_factory=dict)
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


class FakeStorefront:
    def __init__(self, world: FakeWorld) -> None:
        self._world = world

    async def order(self, order_id: str) -> tuple[Order, Contact]:
        self._world.meet("order")
        if order_id not in self._world.orders:
            raise Permanent("fake shop", "order", f"order {order_id} does not exist")
        return self._world.orders[order_id], self._world.contact

    async def requested_return(self, reference: str) -> RequestedReturn:
        if reference not in self._world.requested:
            raise Permanent("fake shop", "return", f"{reference} does not exist")
        return self._world.requested[reference]

    async def open_return(self, ask: OpenReturn) -> StorefrontReturn:
        self._world.meet("open_return")
        reference = ask.requested or f"shop-{ask.return_id}"
        self._world.returns[reference] = "open"
        return StorefrontReturn(reference, f"#{ask.order_id}-R1")

    async def stage_goods(self, ask: StageGoods) -> None:
        self._world.meet("stage_goods")
        if self._world.once(ask.key):
            for sku, quantity in ask.goods:
                self._world.shift(sku, StockState.PENDING_INSPECTION, quantity)

    async def pay_out(self, ask: PayOut) -> Payout:
        self._world.meet("pay_out")
        paid = Payout(f"refund-{ask.return_id}", ask.tenders, ask.on_account, NOW)
        return self._world.payouts.setdefault(ask.key, self._world.skew_payout(paid))

    async def release_goods(self, ask: ReleaseGoods) -> None:
        self._world.meet("release_goods")
        if self._world.once(ask.key):
            for move in ask.moves:
                self._world.shift(move.sku, StockState.PENDING_INSPECTION, -move.quantity)
                self._world.shift(move.sku, move.to, move.quantity)

    async def close_return(self, reference: str) -> None:
        self._world.meet("close_return")
        self._world.returns[reference] = "closed"

    async def cancel_return(self, reference: str) -> None:
        self._world.meet("cancel_return")
        self._world.returns[reference] = "cancelled"


class FakeErp:
    def __init__(self, world: FakeWorld) -> None:
        self._world = world

    async def invoice(self, order_id: str) -> Invoice:
        self._world.meet("invoice")
        if order_id not in self._world.invoices:
            raise Permanent("fake erp", "invoice", f"order {order_id} is not invoiced")
        return self._world.invoices[order_id]

    async def quote(self, ask: QuoteAsk) -> ErpCredit:
        self._world.meet("quote")
        self._world.authorizations.setdefault(ask.key, "pending")
        return self._world.skew_quote(self._credit(ask.key, ask.key.upper(), ask))

    async def authorize(self, authorization: str) -> None:
        self._world.meet("authorize")
        self._world.authorizations[authorization] = "approved"

    async def receive(self, ask: ReceiveGoods) -> str:
        self._world.meet("receive")
        self._world.receipts.setdefault(ask.key, ask)
        return f"doc-{ask.key}"

    async def preview_credit(self, ask: CreditAsk) -> ErpCredit:
        self._world.meet("preview_credit")
        return self._world.memos.get(ask.key) or self._world.skew(self._credit("", "", ask))

    async def post_credit(self, ask: CreditAsk) -> ErpCredit:
        self._world.meet("post_credit")
        number = f"CM{len(self._world.memos) + 1}"
        memo = self._world.skew_memo(self._credit(f"memo-{ask.key}", number, ask))
        return self._world.memos.setdefault(ask.key, memo)

    async def settle(self, ask: Settle) -> None:
        self._world.meet("settle")
        self._world.settled[ask.key] = ask

    async def cancel(self, ask: CancelAuthorization) -> None:
        self._world.meet("cancel")
        for key in ask.receipts:
            self._world.receipts.pop(key, None)
        self._world.authorizations[ask.authorization] = "cancelled"

    def _credit(self, document: str, number: str, ask: QuoteAsk | CreditAsk) -> ErpCredit:
        total = Money(sum(line.total for line in ask.lines), ask.invoice.currency)
        return ErpCredit(document, number, total, ask.lines, ask.invoice.period)


class FakeCrm:
    def __init__(self, world: FakeWorld, org: str = "main") -> None:
        self._world, self._org = world, org

    async def publish(self, projection: Projection) -> Published:
        self._world.meet(f"publish {self._org}")
        self._world.crm[projection.return_id] = projection
        return Published(f"crm-{projection.return_id}", projection.version)


class FakeNotifier:
    def __init__(self, world: FakeWorld) -> None:
        self._world = world

    async def send(self, message: Message) -> None:
        self._world.meet("send")
        self._world.mails.append(message)
