"""From paid to closed: the match that alone may close it unasked, the payout in the ERP's books, the stock let go."""

from __future__ import annotations

from dataclasses import replace

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.erp import CancelReturn, ErpActivities
    from adapters.erp.port import CancelAuthorization, Settle
    from domain import ids
    from domain.inventory import Disposition, StockMove, StockState, goes_to
    from domain.money import Money, zero
    from domain.refund import ErpCredit, Payout, ThreeWayMatch, match
    from domain.returns import Owner, Stage
    from domain.units import Acceptance, Reception

from workflows.case import Case
from workflows.holds import decide
from workflows.payout import account_credit, pay_out, settled_by_hand
from workflows.steps import call, step, together
from workflows.stock import released


async def settle(case: Case, memo: ErpCredit, payout: Payout) -> ThreeWayMatch:
    """The books of both sides once the money is right, and the stock: released, quarantined or scrapped only now."""
    moves = stock_moves(case)
    matched, _ = await together(_book(case, memo, payout, moves), _release(case, moves))
    case.change(stock=moves)
    case.happened("stock_moved", "; ".join(f"{m.quantity} x {m.sku} {m.to}" for m in moves) or "no stock to move")
    result: ThreeWayMatch = matched
    return result


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
        await call(case, ErpActivities.cancel_authorization, cancel, queues.ERP, "close the authorization")

    await together(step(case, "cancel_refused", Owner.FINANCE, books), _release(case, moves))
    nothing = zero(case.snap.currency)
    case.happened("closed", "closed without a credit")
    case.tell("not_credited")
    case.move(Stage.CLOSED, stock=moves, credited=nothing, matched=True, waiting_for="", next_deadline=None)
    case.index()


def close(case: Case, result: ThreeWayMatch) -> None:
    """Closed, matched or with the differences that finance accepted: those stay, and are never shown as a match."""
    sign = "=" if result.matched else "/"
    case.happened(
        "closed", f"quote {result.quote} {sign} credit memo {result.credit_memo} {sign} payout {result.payout}"
    )
    case.tell("financial_posting")
    case.move(Stage.CLOSED, matched=result.matched, differences=result.differences, waiting_for="", next_deadline=None)
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


async def _book(case: Case, memo: ErpCredit, payout: Payout, moves: tuple[StockMove, ...]) -> ThreeWayMatch:
    """The payout and the stock in the ERP's books. The memo is settled once, so with what the match ended in."""
    payout, result = await _matched(case, memo, payout)
    account = await account_credit(case, payout)
    assert case.invoice is not None
    key, paid = ids.payout_key(case.snap.return_id), _at_most(payout, memo.total)
    ask = Settle(key, case.snap.authorization, memo.document, paid, moves, account, case.invoice.invoice_id)

    async def book() -> None:
        await call(case, ErpActivities.settle, ask, queues.ERP, "book payout and stock")

    await step(case, "settlement_refused", Owner.FINANCE, book)
    return result


async def _matched(case: Case, memo: ErpCredit, payout: Payout) -> tuple[Payout, ThreeWayMatch]:
    """Quote = credit memo = payout; else finance puts it right where the money is, and it is read again, or accepts
    the difference."""
    agreed = case.snap.agreed
    assert agreed is not None
    result = match(agreed, memo.total, payout.total)
    while not result.matched:
        case.change(matched=False, differences=result.differences)
        detail = "; ".join(str(difference) for difference in result.differences)
        # Numbers in two currencies are no amount apart that anybody can name.
        one = {agreed.currency, memo.total.currency, payout.total.currency} == {agreed.currency}
        most = max((abs(difference.theirs - difference.ours) for difference in result.differences), default=0)
        amount = Money(most, agreed.currency) if one else None
        choices = ("retry", "accept_by_hand")
        decision = await decide(case, "match_failed", Owner.FINANCE, detail, choices, amount)
        if decision.choice == "accept_by_hand":
            more = Money(payout.total.minor - agreed.minor, agreed.currency)
            case.change(by_hand=settled_by_hand(case, decision, more, detail))
            case.happened("difference_accepted", f"{detail}: {decision.note}", actor=decision.by)
            break
        payout = await pay_out(case, memo)
        result = match(agreed, memo.total, payout.total)
    return payout, result


def _at_most(payout: Payout, memo: Money) -> Payout:
    """What of a payout can be booked against the memo. What was paid beyond it is on the return as accepted by hand."""
    left, parts = memo.minor - payout.on_account.minor, []
    for part in payout.tenders:
        booked = min(part.amount.minor, max(left, 0))
        left -= booked
        parts += [replace(part, amount=Money(booked, memo.currency))] if booked else []
    return payout if tuple(parts) == payout.tenders else replace(payout, tenders=tuple(parts))


async def _release(case: Case, moves: tuple[StockMove, ...]) -> None:
    await step(case, "release_refused", Owner.WAREHOUSE, released(case, "release", moves))
