"""What the ERP is asked during a return. The ERP's number rules; the ledger's reversal checks it, line by line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from temporalio import activity

from activities.errors import speaks_temporal
from adapters.erp.port import CancelAuthorization, CreditAsk, Erp, QuoteAsk, ReceiveGoods, Settle
from domain import ids
from domain.eligibility import Answer, Assessment, Reason, assess
from domain.errors import NotRemaining
from domain.invoice import SHIPPING_LINE, Invoice
from domain.order import Order
from domain.policy import Policy, Shipping
from domain.refund import CreditLine, Difference, ErpCredit, differences
from domain.returns import RequestedLine
from domain.units import FULL_VALUE
from store.port import Ledger, LedgerAsk


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """`overruled`: a human looked at the reasons and let the return pass."""

    return_id: str
    order: Order
    lines: tuple[RequestedLine, ...]
    policy: Policy
    at: datetime
    overruled: bool = False


@dataclass(frozen=True, slots=True)
class QuoteOutcome:
    """The recorded verdict, and when it is not a refusal: the ERP's quote, the invoice lines it reverses, and where
    the ERP's number is not our reversal."""

    assessment: Assessment
    credit: ErpCredit | None = None
    invoice: Invoice | None = None
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviseRequest:
    """A new quote after inspection: (line_id, units, value in ten-thousandths of a unit) that are still credited."""

    return_id: str
    order_id: str
    authorization: str
    credited: tuple[tuple[str, int, int], ...]
    policy: Policy


@dataclass(frozen=True, slots=True)
class RevisedQuote:
    credit: ErpCredit
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class PostCredit:
    """The credit to post and the total the customer agreed to, in minor units."""

    return_id: str
    ask: CreditAsk
    total_minor: int


@dataclass(frozen=True, slots=True)
class CreditOutcome:
    """`posted` is None when the ERP's computation differed and nothing was posted."""

    posted: ErpCredit | None
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class CancelReturn:
    return_id: str
    cancel: CancelAuthorization


class ErpActivities:
    def __init__(self, erp: Erp, ledger: Ledger) -> None:
        self._erp, self._ledger = erp, ledger

    @activity.defn
    @speaks_temporal
    async def quote(self, ask: QuoteRequest) -> QuoteOutcome:
        """Judge the request against the posted invoice, reserve the units, and have the ERP quote them."""
        invoice = await self._erp.invoice(ask.order.order_id)
        verdict = assess(ask.order, invoice, ask.lines, ask.at, ask.policy)
        if verdict.answer is Answer.REFUSE or (verdict.answer is Answer.REVIEW and not ask.overruled):
            return QuoteOutcome(verdict)
        asks = tuple(LedgerAsk(line.line_id, line.quantity, line.quantity * FULL_VALUE) for line in ask.lines)
        try:
            lines = await self._ledger.reserve(ask.return_id, invoice, asks, _with_shipping(ask.policy))
        except NotRemaining as refusal:
            reason = Reason("already_returned", Answer.REFUSE, "", str(refusal))
            return QuoteOutcome(Assessment(Answer.REFUSE, (*verdict.reasons, reason)))
        credit = await self._erp.quote(QuoteAsk(ask.return_id, ids.authorization_key(ask.return_id), invoice, lines))
        return QuoteOutcome(verdict, credit, _cut(invoice, credit.lines), differences(lines, credit.lines))

    @activity.defn
    @speaks_temporal
    async def authorize(self, authorization: str) -> None:
        await self._erp.authorize(authorization)

    @activity.defn
    @speaks_temporal
    async def receive_goods(self, ask: ReceiveGoods) -> str:
        return await self._erp.receive(ask)

    @activity.defn
    @speaks_temporal
    async def revise_quote(self, ask: ReviseRequest) -> RevisedQuote:
        """Reserve only what the verdict leaves, and have the ERP compute it without posting."""
        invoice = await self._erp.invoice(ask.order_id)
        asks = tuple(LedgerAsk(line_id, quantity, value) for line_id, quantity, value in ask.credited)
        lines = await self._ledger.reserve(ask.return_id, invoice, asks, _with_shipping(ask.policy))
        if not lines:
            return RevisedQuote(ErpCredit("", "", replace(invoice.total, minor=0), ()), ())
        key = ids.credit_key(ask.return_id)
        credit = await self._erp.preview_credit(CreditAsk(key, ask.authorization, _cut(invoice, lines), lines))
        return RevisedQuote(credit, differences(lines, credit.lines))

    @activity.defn
    @speaks_temporal
    async def post_credit(self, ask: PostCredit) -> CreditOutcome:
        """Compute, compare, post once, compare again. A posted memo that differs is never hidden: finance sees both."""
        preview = await self._erp.preview_credit(ask.ask)
        found = _compared(ask, preview)
        if found:
            # A repeat after a memo that differs: what is posted is answered by the preview, and still differs.
            return CreditOutcome(preview if preview.document else None, found)
        posted = await self._erp.post_credit(ask.ask)
        found = _compared(ask, posted)
        if not found:
            await self._ledger.reverse(ask.return_id)
        return CreditOutcome(posted, found)

    @activity.defn
    @speaks_temporal
    async def settle(self, ask: Settle) -> None:
        await self._erp.settle(ask)

    @activity.defn
    @speaks_temporal
    async def cancel_authorization(self, ask: CancelReturn) -> None:
        if ask.cancel.authorization:
            await self._erp.cancel(ask.cancel)
        await self._ledger.release(ask.return_id)


def _with_shipping(policy: Policy) -> bool:
    return policy.shipping is Shipping.WHEN_ALL_RETURNED


def _cut(invoice: Invoice, lines: tuple[CreditLine, ...]) -> Invoice:
    """The invoice without the lines nobody returns: histories stay small."""
    wanted = {line.line_id for line in lines} | {SHIPPING_LINE}
    return replace(invoice, lines=tuple(line for line in invoice.lines if line.line_id in wanted))


def _compared(ask: PostCredit, credit: ErpCredit) -> tuple[Difference, ...]:
    found = differences(ask.ask.lines, credit.lines)
    if not found and credit.total.minor != ask.total_minor:
        found = (Difference("total", ask.total_minor, credit.total.minor),)
    return found
