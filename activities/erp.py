"""What the ERP is asked during a return. The ERP's number rules; the ledger's reversal checks it, line by line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from temporalio import activity

from activities.errors import speaks_temporal
from adapters.erp.port import CancelAuthorization, CreditAsk, Erp, QuoteAsk, ReceiveGoods, Settle
from domain import ids
from domain.basis import basis
from domain.eligibility import Answer, Assessment, Reason, assess, may_keep
from domain.errors import NotRemaining
from domain.invoice import SHIPPING_LINE, Invoice
from domain.money import Money
from domain.order import Order
from domain.policy import Policy
from domain.reckoning import Asked
from domain.refund import CreditLine, Difference, ErpCredit, PolicyNote, differences
from domain.returns import RequestedLine
from domain.units import FULL_VALUE
from store.port import Ledger

KEEP = PolicyNote("keep_item", "the credit is small: it is paid without the goods coming back, keep them", 0)


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """`overruled`: a human looked at the reasons and let the return pass. `content_with`: the customer takes no more
    than this."""

    return_id: str
    order: Order
    lines: tuple[RequestedLine, ...]
    policy: Policy
    at: datetime
    overruled: bool = False
    content_with: Money | None = None


@dataclass(frozen=True, slots=True)
class QuoteAnew:
    """Another quote before anybody confirmed one: `request` as it is asked now, instead of the pending authorization
    `before` (its document), whose lines are `lines`. `revision` is that of the new quote."""

    request: QuoteRequest
    before: str
    lines: tuple[CreditLine, ...]
    revision: int


@dataclass(frozen=True, slots=True)
class QuoteOutcome:
    """The recorded verdict, and when it is not a refusal: the ERP's quote, the invoice lines it reverses, and where
    the ERP's number is not our reversal. `beyond` is where it is more than the invoice has left; `keep_item` that the
    credit is too small for the goods to come back."""

    assessment: Assessment
    credit: ErpCredit | None = None
    invoice: Invoice | None = None
    differences: tuple[Difference, ...] = ()
    beyond: tuple[Difference, ...] = ()
    keep_item: bool = False
    notes: tuple[PolicyNote, ...] = ()
    leans: bool = False


@dataclass(frozen=True, slots=True)
class ReviseRequest:
    """A new quote after inspection: (line_id, units, value in millionths of a unit) that are still credited.

    `lines` are those asked back, for their reasons. It is the number that posts: what other returns may still withdraw
    counts for nothing. `content_with`: the customer takes no more."""

    return_id: str
    order: Order
    lines: tuple[RequestedLine, ...]
    authorization: str
    credited: tuple[tuple[str, int, int], ...]
    policy: Policy
    content_with: Money | None = None


@dataclass(frozen=True, slots=True)
class RevisedQuote:
    """As QuoteOutcome."""

    credit: ErpCredit
    differences: tuple[Difference, ...]
    beyond: tuple[Difference, ...] = ()
    notes: tuple[PolicyNote, ...] = ()


@dataclass(frozen=True, slots=True)
class PostCredit:
    """The credit to post and the total the customer agreed to, in minor units.

    `stands`: finance lets a memo of this total stand that is posted already and is not what was agreed."""

    return_id: str
    ask: CreditAsk
    total_minor: int
    stands: int | None = None


@dataclass(frozen=True, slots=True)
class CreditOutcome:
    """`posted` is None when the ERP's computation differed and nothing was posted. `leans`: nothing was tried, because
    what was agreed depends on other returns that are still open, or one of them changed it: it must be quoted anew."""

    posted: ErpCredit | None
    differences: tuple[Difference, ...]
    leans: bool = False


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
        return await self._quote(ask)

    @activity.defn
    @speaks_temporal
    async def quote_anew(self, ask: QuoteAnew) -> QuoteOutcome:
        """As `quote`, in place of the pending authorization, which is cancelled first: two of them would promise the
        units twice. `credit` is None when the number is as it was, and what stands stays."""
        return await self._quote(ask.request, ask)

    async def _quote(self, ask: QuoteRequest, anew: QuoteAnew | None = None) -> QuoteOutcome:
        invoice = await self._erp.invoice(ask.order.order_id)
        verdict = assess(ask.order, invoice, ask.lines, ask.at, ask.policy)
        if verdict.answer is Answer.REFUSE or (verdict.answer is Answer.REVIEW and not ask.overruled):
            return QuoteOutcome(verdict)
        asks = tuple(Asked(line.line_id, line.quantity, line.quantity * FULL_VALUE) for line in ask.lines)
        by = basis(ask.order, invoice, ask.policy, ask.lines, ask.content_with)
        try:
            reserved = await self._ledger.reserve(ask.return_id, invoice, asks, by)
        except NotRemaining as refusal:
            reason = Reason("already_returned", Answer.REFUSE, "", str(refusal))
            return QuoteOutcome(Assessment(Answer.REFUSE, (*verdict.reasons, reason)))
        if anew is not None:
            if not differences(anew.lines, reserved.lines):
                return QuoteOutcome(verdict, notes=reserved.notes, leans=reserved.leans)
            await self._erp.cancel(CancelAuthorization(anew.before))
        key = ids.authorization_key(ask.return_id, anew.revision if anew else 1)
        credit = await self._erp.quote(QuoteAsk(ask.return_id, key, invoice, reserved.lines))
        found, beyond = await self._checked(ask.return_id, reserved.lines, credit)
        kept = may_keep(ask.policy, credit.total)
        told = (*reserved.notes, *((KEEP,) if kept else ())), reserved.leans
        return QuoteOutcome(verdict, credit, _cut(invoice, credit.lines), found, beyond, kept, *told)

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
        invoice = await self._erp.invoice(ask.order.order_id)
        asks = tuple(Asked(line_id, quantity, value) for line_id, quantity, value in ask.credited)
        by = basis(ask.order, invoice, ask.policy, ask.lines, ask.content_with)
        reserved = await self._ledger.reserve(ask.return_id, invoice, asks, by, on_certain=True)
        lines = reserved.lines
        if not lines:
            return RevisedQuote(ErpCredit("", "", replace(invoice.total, minor=0), ()), ())
        key = ids.credit_key(ask.return_id)
        credit = await self._erp.preview_credit(CreditAsk(key, ask.authorization, _cut(invoice, lines), lines))
        return RevisedQuote(credit, *await self._checked(ask.return_id, lines, credit), reserved.notes)

    @activity.defn
    @speaks_temporal
    async def post_credit(self, ask: PostCredit) -> CreditOutcome:
        """Compute, compare, post once, compare again. A posted memo that differs is never hidden: finance sees both."""
        if not await self._ledger.begin_posting(ask.return_id):
            return CreditOutcome(None, (), leans=True)
        preview = await self._erp.preview_credit(ask.ask)
        found = _compared(ask, preview)
        if found:
            # A repeat after a memo that differs: what is posted is answered by the preview, and still differs.
            if preview.document and preview.total.minor == ask.stands:
                await self._ledger.reverse(ask.return_id, preview.lines)
            return CreditOutcome(preview if preview.document else None, found)
        posted = await self._erp.post_credit(ask.ask)
        found = _compared(ask, posted)
        if not found:
            await self._ledger.reverse(ask.return_id, posted.lines)
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

    async def _checked(
        self, return_id: str, ours: tuple[CreditLine, ...], credit: ErpCredit
    ) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
        """Where the ERP's number is another than ours, and where it is more than the invoice has left.

        Whatever is decided about it, it is the ERP's number that the ledger holds until then."""
        found = differences(ours, credit.lines)
        return found, await self._ledger.reprice(return_id, credit.lines) if found else ()


def _cut(invoice: Invoice, lines: tuple[CreditLine, ...]) -> Invoice:
    """The invoice without the lines nobody returns: histories stay small."""
    wanted = {line.line_id for line in lines} | {SHIPPING_LINE}
    return replace(invoice, lines=tuple(line for line in invoice.lines if line.line_id in wanted))


def _compared(ask: PostCredit, credit: ErpCredit) -> tuple[Difference, ...]:
    found = differences(ask.ask.lines, credit.lines)
    if not found and credit.total.minor != ask.total_minor:
        found = (Difference("total", ask.total_minor, credit.total.minor),)
    return found
