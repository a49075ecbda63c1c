"""From agreed to closed: the credit memo, the money, the stock, and the three-way match that alone may close it."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.erp import CancelReturn, CreditOutcome, ErpActivities, PostCredit
    from activities.errors import CLOSED_PERIOD, PERMANENT
    from activities.storefront import LoadedOrder, LoadOrder, ReleaseAndClose, StorefrontActivities
    from adapters.erp.port import CancelAuthorization, CreditAsk, Settle
    from adapters.storefront.port import PayOut, ReleaseGoods
    from domain import ids
    from domain.inventory import Disposition, StockMove, StockState, goes_to
    from domain.money import Money, zero
    from domain.refund import ErpCredit, Payout, TenderPayout, match, plan_payout
    from domain.returns import Owner, Stage
    from domain.units import Acceptance, Reception, credited

from workflows.calls import failure
from workflows.case import Case


async def post_credit_memo(case: Case) -> ErpCredit:
    """Posted once, equal to what was agreed, or held for finance. From here on nobody withdraws."""
    snap, quoted, invoice = case.snap, case.snap.quote, case.invoice
    assert quoted is not None
    assert invoice is not None
    case.checkpoint()
    case.can_withdraw = False
    case.change(waiting_for="the ERP's credit memo", next_deadline=None)
    key, period = ids.credit_key(snap.return_id), "original"
    while True:
        ask = CreditAsk(key, snap.authorization, invoice, quoted.lines, period)
        try:
            outcome: CreditOutcome = await case.call(
                ErpActivities.post_credit,
                PostCredit(snap.return_id, ask, quoted.total.minor),
                queues.ERP,
                "post the credit memo",
            )
        except ActivityError as error:
            kind, sentence = failure(error)
            if kind == CLOSED_PERIOD:
                choices = ("retry", "post_in_next_open_period")
                if await case.hold("period_closed", Owner.FINANCE, sentence, choices) != "retry":
                    period = "next_open"
            else:
                await case.hold("credit_refused", Owner.FINANCE, sentence, ("retry",))
            continue
        if outcome.posted is not None and not outcome.differences:
            break
        case.change(differences=outcome.differences)
        detail = "; ".join(str(difference) for difference in outcome.differences)
        what = "posted" if outcome.posted else "computed, not posted"
        await case.hold("credit_differs", Owner.FINANCE, f"{what} by the ERP: {detail}", ("retry",))
    posted = outcome.posted
    case.happened("credited", f"credit memo {posted.number} over {posted.total}", memo=posted.number, period=period)
    case.move(Stage.CREDITED, credited=posted.total, credit_memo=posted.number, differences=())
    return posted


async def pay_out(case: Case, memo: ErpCredit) -> Payout:
    """Exactly the memo, by tender, or left open on the customer's account."""
    snap, order = case.snap, case.order
    assert order is not None
    accepted = tuple((line_id, count) for line_id, (count, _) in credited(snap.lots).items())
    key = ids.payout_key(snap.return_id)
    case.change(waiting_for="the payout")
    while True:
        tenders, open_account = await _by_tender(case, memo.total)
        ask = PayOut(snap.return_id, key, snap.order_id, snap.storefront_return, accepted, tenders, open_account)
        try:
            payout = await _pay(case, ask)
            break
        except ActivityError as error:
            # Surely not paid: what the tenders can take may have changed since the return began.
            await case.hold("payout_refused", Owner.FINANCE, failure(error)[1], ("retry",))
            await _reload_order(case)
    text = f"left {payout.on_account} open on account" if order.on_account else f"paid {payout.total}"
    case.happened("paid", text, reference=payout.reference)
    case.move(Stage.PAID, payout=payout)
    return payout


async def settle(case: Case, memo: ErpCredit, payout: Payout) -> None:
    """The books of both sides, and the stock: released, quarantined or scrapped only now."""
    moves = stock_moves(case)
    order = case.order
    keep_open = order is not None and order.on_account
    key = ids.payout_key(case.snap.return_id)
    ask = Settle(key, case.snap.authorization, memo.document, payout, moves, keep_open)

    async def books() -> None:
        await case.call(ErpActivities.settle, ask, queues.ERP, "book payout and stock")

    await case.together(case.step("settlement_refused", Owner.FINANCE, books), _release(case, moves))
    case.change(stock=moves)
    case.happened("stock_moved", "; ".join(f"{m.quantity} x {m.sku} {m.to}" for m in moves) or "no stock to move")


async def close_without_credit(case: Case) -> None:
    """Nothing is credited: the goods go where the verdict says, the authorization ends, nothing is posted."""
    case.checkpoint()
    case.can_withdraw = False
    moves = stock_moves(case)
    cancel = CancelReturn(
        case.snap.return_id,
        CancelAuthorization(case.snap.authorization, tuple(key for key, _ in case.in_erp)),
    )

    async def books() -> None:
        await case.call(ErpActivities.cancel_authorization, cancel, queues.ERP, "close the authorization")

    await case.together(case.step("cancel_refused", Owner.FINANCE, books), _release(case, moves))
    nothing = zero(case.snap.currency)
    case.happened("closed", "closed without a credit")
    case.tell("not_credited")
    case.move(Stage.CLOSED, stock=moves, credited=nothing, matched=True, waiting_for="", next_deadline=None)
    case.index()


async def match_and_close(case: Case, memo: ErpCredit, payout: Payout) -> None:
    """Quote = credit memo = payout, or it stays open: finance puts it right where the money is, then it is re-read."""
    agreed = case.snap.agreed
    assert agreed is not None
    result = match(agreed, memo.total, payout.total)
    while not result.matched:
        case.change(matched=False, differences=result.differences)
        detail = "; ".join(str(difference) for difference in result.differences)
        await case.hold("match_failed", Owner.FINANCE, detail, ("retry",))
        payout = await pay_out(case, memo)
        result = match(agreed, memo.total, payout.total)
    case.happened("closed", f"quote {agreed} = credit memo {memo.total} = payout {payout.total}")
    case.tell("financial_posting")
    case.move(Stage.CLOSED, matched=True, differences=(), waiting_for="", next_deadline=None)
    if case.indexed:
        case.index()


def stock_moves(case: Case) -> tuple[StockMove, ...]:
    """Where every received unit goes. Rejected units without a better word go back to the customer."""
    skus = {line.line_id: line.sku for line in case.snap.lines}
    together: dict[tuple[str, StockState], int] = {}
    for lot in case.snap.lots:
        if lot.reception is not Reception.RECEIVED:
            continue
        rejected = lot.acceptance is not Acceptance.ACCEPTED
        to = goes_to(lot.disposition or (Disposition.SEND_BACK if rejected else Disposition.QUARANTINE))
        # A unit that was counted in and then found missing was booked as on hand: it is written off, not forgotten.
        key = (lot.line_id, to or StockState.SCRAPPED)
        together[key] = together.get(key, 0) + lot.quantity
    return tuple(StockMove(line_id, skus[line_id], count, to) for (line_id, to), count in together.items())


async def _by_tender(case: Case, total: Money) -> tuple[tuple[TenderPayout, ...], Money]:
    """How `total` goes back: over the order's tenders, or all of it left open on the customer's account."""
    while True:
        order = case.order
        assert order is not None
        if order.on_account:
            return (), total
        tenders = plan_payout(total, order.tenders, case.policy.tender_order)
        short = total.minor - sum(part.amount.minor for part in tenders)
        if not short:
            return tenders, zero(total.currency)
        detail = f"the order's tenders can take {Money(short, total.currency)} less than the credit memo"
        await case.hold("tender_cap", Owner.FINANCE, detail, ("retry",))
        await _reload_order(case)


async def _pay(case: Case, ask: PayOut) -> Payout:
    """Pay exactly `ask`; while it may have been paid already, the same ask is repeated. Raises what is permanent."""
    while True:
        try:
            paid: Payout = await case.call(StorefrontActivities.pay_out, ask, queues.STOREFRONT, "pay out")
            return paid
        except ActivityError as error:
            kind, sentence = failure(error)
            if kind == PERMANENT:
                raise
        await case.hold("payout_unknown", Owner.FINANCE, sentence, ("retry",))


async def _reload_order(case: Case) -> None:
    """The order's tenders as they are now."""
    ask = LoadOrder(case.snap.return_id, case.snap.order_id, tuple(line.line_id for line in case.snap.lines))

    async def act() -> LoadedOrder:
        loaded: LoadedOrder = await case.call(
            StorefrontActivities.load_order, ask, queues.STOREFRONT, "what the tenders can take now"
        )
        return loaded

    case.order = (await case.step("order_not_loaded", Owner.IT, act)).order


async def _release(case: Case, moves: tuple[StockMove, ...]) -> None:
    key = ids.stock_key(case.snap.return_id, "release")
    ask = ReleaseAndClose(ReleaseGoods(case.snap.return_id, key, moves), case.snap.storefront_return)

    async def act() -> None:
        await case.call(StorefrontActivities.release_goods, ask, queues.STOREFRONT, "release stock, close the return")

    await case.step("release_refused", Owner.WAREHOUSE, act)
