"""Doors in memory: a storefront, an ERP, a CRM and a mailbox that share one order book. Held to tests/contracts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from adapters.crm.port import Cleared, Projection, Published, Scalar
from adapters.erp.port import CancelAuthorization, CreditAsk, QuoteAsk, ReceiveGoods, Settle
from adapters.errors import NoSuchRecord, Permanent, TendersChanged
from adapters.notify.port import Message
from adapters.notify.wording import Letterhead, Templates
from adapters.storefront.port import (
    OpenReturn,
    PayOut,
    ReleaseGoods,
    RequestedReturn,
    StageGoods,
    StorefrontReturn,
)
from domain.inventory import StockState
from domain.invoice import Invoice
from domain.money import Base, Money, half_up
from domain.order import Contact, Order, Tender
from domain.refund import ErpCredit, Payout
from tests.doubles.books import NOW, FakeWorld, mug_invoice, mug_order

__all__ = [
    "NOW", "WORDING", "FakeCrm", "FakeErp", "FakeNotifier", "FakeStorefront", "FakeWorld", "mug_invoice", "mug_order",
]  # fmt: skip

# The real thing: what customers read is no business of a double.
WORDING = Templates(Letterhead())


class FakeStorefront:
    def __init__(self, world: FakeWorld) -> None:
        self._world = world

    async def order(self, order_id: str) -> tuple[Order, Contact]:
        """As it was placed, less what returns of the shop hold and what was refunded."""
        self._world.meet("order")
        order = self._order(order_id)
        lines = tuple(
            replace(line, returnable=max(line.returnable - self._held(order_id, line.line_id), 0))
            for line in order.lines
        )
        return replace(order, lines=lines, tenders=self._tenders(order)), self._world.contact

    async def requested_return(self, reference: str) -> RequestedReturn:
        if reference not in self._world.requested:
            raise NoSuchRecord("fake shop", "return", f"{reference} does not exist")
        return self._world.requested[reference]

    async def open_return(self, ask: OpenReturn) -> StorefrontReturn:
        self._world.meet("open_return")
        reference = ask.requested or f"shop-{ask.return_id}"
        if reference not in self._world.opened:
            self._check_returnable(ask)
        self._world.opened[reference] = ask
        self._world.returns[reference] = "open"
        return StorefrontReturn(reference, f"#{ask.order_id}-R1")

    async def stage_goods(self, ask: StageGoods) -> None:
        self._world.meet("stage_goods")
        known = {line.sku for order in self._world.orders.values() for line in order.lines}
        if unknown := [sku for sku, _ in ask.goods if sku not in known]:
            raise Permanent("fake shop", "stage_goods", f"there is no article {unknown[0]}")
        if self._world.once(ask.key):
            for sku, quantity in ask.goods:
                self._world.shift(sku, StockState.PENDING_INSPECTION, quantity)

    async def pay_out(self, ask: PayOut) -> Payout:
        self._world.meet("pay_out")
        if ask.key not in self._world.payouts:
            self._check_payout(ask)
            self._world.paid[ask.key] = ask
        paid = Payout(f"refund-{ask.return_id}", ask.tenders, ask.on_account, NOW)
        return self._world.skew_payout(self._world.payouts.setdefault(ask.key, paid))

    async def release_goods(self, ask: ReleaseGoods) -> None:
        self._world.meet("release_goods")
        if self._world.once(ask.key):
            for move in ask.moves:
                self._world.shift(move.sku, StockState.PENDING_INSPECTION, -move.quantity)
                self._world.shift(move.sku, move.to, move.quantity)

    async def close_return(self, reference: str) -> None:
        self._world.meet("close_return")
        self._check_known(reference)
        self._world.returns[reference] = "closed"

    async def cancel_return(self, reference: str) -> None:
        self._world.meet("cancel_return")
        self._check_known(reference)
        if any(ask.reference == reference for ask in self._world.paid.values()):
            raise Permanent("fake shop", "cancel", f"{reference} is processed")
        self._world.returns[reference] = "cancelled"

    def _order(self, order_id: str) -> Order:
        if order_id not in self._world.orders:
            raise NoSuchRecord("fake shop", "order", f"order {order_id} does not exist")
        return self._world.orders[order_id]

    def _held(self, order_id: str, line_id: str) -> int:
        """Units in the shop's returns that are not over, and units that were processed."""
        held = 0
        for reference, ask in self._asked(order_id).items():
            state = self._world.returns.get(reference, "requested")
            if state == "closed":
                held += self._processed(reference, line_id)
            elif state != "cancelled":
                held += sum(line.quantity for line in ask.lines if line.line_id == line_id)
        return held

    def _asked(self, order_id: str) -> dict[str, OpenReturn | RequestedReturn]:
        every: dict[str, OpenReturn | RequestedReturn] = {**self._world.requested, **self._world.opened}
        return {reference: ask for reference, ask in every.items() if ask.order_id == order_id}

    def _processed(self, reference: str, line_id: str) -> int:
        paid = [ask for ask in self._world.paid.values() if ask.reference == reference]
        return sum(quantity for ask in paid for line, quantity in ask.accepted if line == line_id)

    def _tenders(self, order: Order) -> tuple[Tender, ...]:
        return tuple(
            replace(tender, refunded=tender.refunded + self._refunded(order.order_id, tender))
            for tender in order.tenders
        )

    def _refunded(self, order_id: str, tender: Tender) -> Money:
        payouts = [self._world.payouts[key] for key, ask in self._world.paid.items() if ask.order_id == order_id]
        parts = [part for payout in payouts for part in payout.tenders if part.tender_id == tender.tender_id]
        return Money(sum(part.amount.minor for part in parts), tender.captured.currency)

    def _check_known(self, reference: str) -> None:
        if reference not in self._world.opened and reference not in self._world.requested:
            raise NoSuchRecord("fake shop", "return", f"{reference} does not exist")

    def _check_returnable(self, ask: OpenReturn) -> None:
        if ask.requested is not None:
            return self._check_known(ask.requested)
        order = self._order(ask.order_id)
        for wish in ask.lines:
            line = next(line for line in order.lines if line.line_id == wish.line_id)
            left = line.returnable - self._held(ask.order_id, wish.line_id)
            if wish.quantity > left:
                raise Permanent("fake shop", "open_return", f"line {wish.line_id} has {left} returnable units")
        return None

    def _check_payout(self, ask: PayOut) -> None:
        self._check_known(ask.reference)
        if ask.seen and self._tenders(self._order(ask.order_id)) != ask.seen:
            raise TendersChanged("fake shop", "pay_out", "the order's payments changed since the payout was planned")
        tenders = {tender.tender_id: tender for tender in self._order(ask.order_id).tenders}
        for part in ask.tenders:
            tender = tenders.get(part.tender_id)
            if tender is None or tender.captured - self._refunded(ask.order_id, tender) < part.amount:
                raise Permanent("fake shop", "pay_out", f"{part.amount} is more than tender {part.tender_id} captured")


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
        if ask.key not in self._world.asks:
            self._check_left(ask)
        self._world.asks.setdefault(ask.key, ask)
        self._world.authorizations.setdefault(ask.key, "pending")
        return self._world.skew_quote(self._credit(ask.key, ask.key.upper(), ask))

    async def authorize(self, authorization: str) -> None:
        self._world.meet("authorize")
        if self._state(authorization) == "cancelled":
            raise Permanent("fake erp", "authorize", f"{authorization} is cancelled")
        self._world.authorizations[authorization] = "approved"

    async def receive(self, ask: ReceiveGoods) -> str:
        self._world.meet("receive")
        if ask.key not in self._world.receipts:
            self._check_approved(ask.authorization)
        lines = {line.line_id for line in self._world.asks[ask.authorization].lines}
        if unknown := [line_id for line_id, _ in ask.goods if line_id not in lines]:
            raise Permanent("fake erp", "receive", f"line {unknown[0]} is not on {ask.authorization}")
        self._world.receipts.setdefault(ask.key, ask)
        return f"doc-{ask.key}"

    async def preview_credit(self, ask: CreditAsk) -> ErpCredit:
        self._world.meet("preview_credit")
        if ask.key in self._world.memos:
            return self._world.memos[ask.key]
        self._check_approved(ask.authorization)
        return self._world.skew(self._credit("", "", ask))

    async def post_credit(self, ask: CreditAsk) -> ErpCredit:
        self._world.meet("post_credit")
        if ask.key not in self._world.memos:
            self._check_approved(ask.authorization)
            self._world.credits.append(ask)
        number = f"CM{len(self._world.memos) + 1}"
        memo = self._world.skew_memo(self._credit(f"memo-{ask.key}", number, ask))
        return self._world.memos.setdefault(ask.key, memo)

    async def settle(self, ask: Settle) -> None:
        self._world.meet("settle")
        self._world.settled.setdefault(ask.key, ask)

    async def cancel(self, ask: CancelAuthorization) -> None:
        self._world.meet("cancel")
        for key in ask.receipts:
            self._world.receipts.pop(key, None)
        self._world.authorizations[ask.authorization] = "cancelled"

    def _credit(self, document: str, number: str, ask: QuoteAsk | CreditAsk) -> ErpCredit:
        total = Money(sum(line.total for line in ask.lines), ask.invoice.currency)
        base = ask.invoice.base and self._base(total, ask.invoice.base.rate, ask.invoice.base.total.currency)
        return ErpCredit(document, number, total, ask.lines, ask.invoice.period, base)

    def _base(self, total: Money, rate: str, currency: str) -> Base:
        worth = Fraction(rate) * total.minor
        return Base(Money(half_up(worth.numerator, worth.denominator), currency), rate)

    def _state(self, authorization: str) -> str:
        if authorization not in self._world.authorizations:
            raise Permanent("fake erp", "authorization", f"{authorization} does not exist")
        return self._world.authorizations[authorization]

    def _check_approved(self, authorization: str) -> None:
        if (state := self._state(authorization)) != "approved":
            raise Permanent("fake erp", "authorization", f"{authorization} is {state}")

    def _check_left(self, ask: QuoteAsk) -> None:
        """Authorizations that still stand may not promise more units than were invoiced."""
        standing = [known for key, known in self._world.asks.items() if self._world.authorizations[key] != "cancelled"]
        for line in ask.lines:
            promised = sum(
                other.quantity
                for known in standing
                for other in known.lines
                if (known.invoice.invoice_id, other.line_id) == (ask.invoice.invoice_id, line.line_id)
            )
            posted = ask.invoice.line(line.line_id)
            if posted is not None and promised + line.quantity > posted.quantity:
                raise Permanent("fake erp", "quote", f"line {line.line_id} exceeds what is left of the invoice")


class FakeCrm:
    def __init__(self, world: FakeWorld, org: str = "main") -> None:
        self._world, self._org = world, org

    async def publish(self, projection: Projection) -> Published:
        self._world.meet(f"publish {self._org}")
        known = self._world.crm.get(projection.return_id)
        if known is None or known.version < projection.version:
            known = self._world.crm[projection.return_id] = projection
        return Published(f"crm-{projection.return_id}", known.version)

    def shown_as(self, projection: Projection) -> Mapping[str, Scalar]:
        return {"Stage": projection.stage, "Reason": projection.reason}

    async def clear(self, return_ids: Sequence[str], contacts: Sequence[str], accounts: Sequence[str]) -> Cleared:
        self._world.meet(f"clear {self._org}")
        return Cleared(tuple(f"crm-{one}" for one in return_ids if self._world.crm.pop(one, None)))

    async def standing(self, return_ids: Sequence[str]) -> Mapping[str, Mapping[str, Scalar]]:
        return {one: self.shown_as(shown) for one, shown in self._world.crm.items() if one in return_ids}


class FakeNotifier:
    def __init__(self, world: FakeWorld) -> None:
        self._world = world

    async def send(self, message: Message) -> None:
        self._world.meet("send")
        self._world.mails.append(message)
