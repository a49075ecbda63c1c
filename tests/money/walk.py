"""One order's returns from quote to payout through the real ledger and the real adapters, without a workflow engine.

The steps are the activities themselves, called one after the other as the workflow does it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from activities.erp import CancelReturn, ErpActivities, PostCredit, QuoteRequest, ReviseRequest
from activities.storefront import LoadedOrder, LoadOrder, StorefrontActivities
from adapters.erp.port import CancelAuthorization, CreditAsk, ErpBooks, ReceiveGoods, Settle
from adapters.storefront.port import OpenReturn, PayOut, ReturnLine
from domain import ids
from domain.eligibility import Answer
from domain.inventory import StockMove, StockState
from domain.invoice import Invoice
from domain.money import Money, zero
from domain.policy import Policy
from domain.refund import CreditLine, ErpCredit, Payout, plan_payout
from domain.returns import Reason, RequestedLine
from domain.units import FULL_VALUE
from runtime.bookkeeping import Bookkeeping
from store.port import Ledger
from tests.money.orders import POLICIES, Part, Plan


@dataclass(frozen=True)
class Doors:
    """What a worker has. `book` compares the ledger with the ERP's books."""

    shop: StorefrontActivities
    erp: ErpActivities
    books: ErpBooks
    book: Bookkeeping
    ledger: Ledger


@dataclass
class Walk:
    """One return on its way, with every number it was told."""

    part: Part
    order_id: str
    doors: Doors
    loaded: LoadedOrder
    invoice: Invoice
    authorization: str
    reference: str
    quoted: tuple[CreditLine, ...]
    total: Money
    memo: ErpCredit | None = None
    payout: Payout | None = None

    @property
    def policy(self) -> Policy:
        return self.loaded.policy

    @property
    def requested(self) -> tuple[RequestedLine, ...]:
        return _requested(self.part)

    async def confirm(self) -> None:
        """Both sides open, and everything arrives."""
        await self.doors.erp.authorize(self.authorization)
        lines = tuple(ReturnLine(line_id, units, str(Reason.CHANGED_MIND)) for line_id, units in self.part.lines)
        opened = await self.doors.shop.open_storefront_return(OpenReturn(self.part.name, self.order_id, lines))
        self.reference = opened.reference
        key = ids.receipt_key(self.part.name, "P1")
        await self.doors.erp.receive_goods(ReceiveGoods(key, self.authorization, self.part.lines))

    async def judge(self) -> None:
        """What is damaged is quoted anew, lower."""
        if self.part.reduced:
            await self.requote()

    async def requote(self) -> None:
        values = self.part.values
        credited = tuple((line_id, units, values[line_id]) for line_id, units in self.part.lines)
        order, policy = self.loaded.order, self.policy
        ask = ReviseRequest(self.part.name, order, self.requested, self.authorization, credited, policy)
        revised = await self.doors.erp.revise_quote(ask)
        assert (revised.differences, revised.beyond) == ((), ())
        self.quoted, self.total = revised.credit.lines, revised.credit.total

    async def finish(self) -> None:
        if any(line.total for line in self.quoted):
            await self._post()
            await self._pay()
        else:
            await self.doors.erp.cancel_authorization(CancelReturn(self.part.name, self._cancel()))

    async def _post(self) -> None:
        while True:
            ask = CreditAsk(ids.credit_key(self.part.name), self.authorization, self.invoice, self.quoted)
            outcome = await self.doors.erp.post_credit(PostCredit(self.part.name, ask, self.total.minor))
            assert outcome.differences == (), outcome
            if outcome.posted is not None:
                self.memo = outcome.posted
                return
            assert outcome.leans
            await self.requote()

    async def _pay(self) -> None:
        assert self.memo is not None
        loaded = await _load(self.doors, self.part, self.order_id)
        order, policy, total = loaded.order, self.policy, self.memo.total
        tenders = plan_payout(total, order.tenders, policy.tender_order, policy.tender_split)
        key, none = ids.payout_key(self.part.name), zero(total.currency)
        ask = PayOut(
            self.part.name, key, self.order_id, self.reference, self.part.lines, tenders, none, seen=order.tenders
        )
        self.payout = await self.doors.shop.pay_out(ask)
        skus = {line.line_id: line.sku for line in self.invoice.lines}
        moves = tuple(
            StockMove(line_id, skus[line_id], units, StockState.AVAILABLE) for line_id, units in self.part.lines
        )
        await self.doors.erp.settle(Settle(key, self.authorization, self.memo.document, self.payout, moves))

    def _cancel(self) -> CancelAuthorization:
        return CancelAuthorization(self.authorization, (ids.receipt_key(self.part.name, "P1"),))


@dataclass
class Told:
    """Everything an order's returns were told, and its invoice, for the checks."""

    plan: Plan
    invoice: Invoice
    walks: list[Walk] = field(default_factory=list)


async def walk(plan: Plan, doors: Doors) -> Told:
    told = Told(plan, await doors.books.invoice(str(plan.number)))
    begun = []
    for part in plan.parts:
        begun.append(await _begin(plan, part, doors))
        if not plan.overlapping:
            await _end(begun.pop(), told)
    # Quoted in one order, posted in the other: what leaned on a later one is worked out again.
    for one in reversed(begun):
        await _end(one, told)
    return told


async def _begin(plan: Plan, part: Part, doors: Doors) -> Walk:
    loaded = await _load(doors, part, str(plan.number))
    assert loaded.policy == POLICIES[plan.policy]
    request = QuoteRequest(part.name, loaded.order, _requested(part), loaded.policy, datetime.now(UTC))
    outcome = await doors.erp.quote(request)
    assert outcome.assessment.answer is Answer.ACCEPT, outcome
    assert (outcome.differences, outcome.beyond) == ((), ()), outcome
    assert outcome.credit is not None
    assert outcome.invoice is not None
    credit = outcome.credit
    begun = Walk(
        part, str(plan.number), doors, loaded, outcome.invoice, credit.document, "", credit.lines, credit.total
    )
    await begun.confirm()
    return begun


async def _end(one: Walk, told: Told) -> None:
    # The invoice of the quote is cut to its lines; a later number may name shipping or others besides.
    one.invoice = replace(told.invoice)
    await one.judge()
    await one.finish()
    told.walks.append(one)


async def _load(doors: Doors, part: Part, order_id: str) -> LoadedOrder:
    return await doors.shop.load_order(LoadOrder(part.name, order_id, tuple(line_id for line_id, _ in part.lines)))


def _requested(part: Part) -> tuple[RequestedLine, ...]:
    return tuple(RequestedLine(line_id, units, Reason.CHANGED_MIND) for line_id, units in part.lines)


def full_value(part: Part) -> bool:
    return all(value == units * FULL_VALUE for (_, units), value in zip(part.lines, part.values.values(), strict=True))
