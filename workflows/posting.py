"""From agreed to credited: the memo, posted once and equal to what was agreed, or held for finance."""

from __future__ import annotations

from dataclasses import replace

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.erp import CreditOutcome, ErpActivities, PostCredit
    from activities.errors import CLOSED_PERIOD
    from adapters.erp.port import CreditAsk
    from domain import ids
    from domain.policy import OnClosedPeriod
    from domain.refund import ErpCredit, digest
    from domain.returns import Owner, Stage

from workflows.calls import failure
from workflows.case import Case, Decision
from workflows.holds import decide, held
from workflows.payout import settled_by_hand
from workflows.steps import call
from workflows.verdict import agree_anew


async def post_credit_memo(case: Case) -> ErpCredit | None:
    """Posted once, equal to what was agreed, or held for finance. From here on nobody withdraws.

    None: what was agreed had to be worked out again, and the customer left nothing to be credited."""
    case.checkpoint()
    if case.stale or case.undecided:
        await agree_anew(case)
        if not anything(case):
            return None
    snap, quoted, invoice = case.snap, case.snap.quote, case.invoice
    assert quoted is not None
    assert invoice is not None
    case.can_withdraw = False
    case.change(waiting_for="the ERP's credit memo", next_deadline=None)
    key, period, tax_point = ids.credit_key(snap.return_id), "original", workflow.now().date()
    accepted: Decision | None = None
    total = quoted.total
    while True:
        ask = CreditAsk(key, snap.authorization, invoice, quoted.lines, period, tax_point)
        stands = total.minor if accepted else None
        try:
            outcome: CreditOutcome = await call(
                case,
                ErpActivities.post_credit,
                PostCredit(snap.return_id, ask, quoted.total.minor, stands),
                queues.ERP,
                "post the credit memo",
            )
        except ActivityError as error:
            kind, sentence = failure(error)
            if kind != CLOSED_PERIOD:
                await held(case, "credit_refused", Owner.FINANCE, sentence, ("retry",))
            elif period == "original" and case.policy.on_closed_period is OnClosedPeriod.NEXT_OPEN:
                period = "next_open"
            else:
                choices = ("retry", "post_in_next_open_period")
                if await held(case, "period_closed", Owner.FINANCE, sentence, choices) != "retry":
                    period = "next_open"
            continue
        if outcome.leans:
            await agree_anew(case)
            if not anything(case):
                return None
            quoted = case.snap.quote
            assert quoted is not None
            total, accepted = quoted.total, None
            continue
        posted = outcome.posted
        if posted is not None and not outcome.differences:
            break
        detail = "; ".join(str(difference) for difference in outcome.differences)
        if posted is not None and accepted is not None and posted.total == total:
            _let_stand(case, posted, accepted, detail)
            break
        case.change(differences=outcome.differences)
        if posted is None:
            accepted = None
            await held(case, "credit_differs", Owner.FINANCE, f"computed, not posted by the ERP: {detail}", ("retry",))
        elif posted.total.currency != quoted.total.currency or posted.total < quoted.total:
            # Less than was agreed is nobody's to accept but the customer's.
            accepted = None
            await held(case, "credit_differs", Owner.FINANCE, f"posted by the ERP: {detail}", ("retry",))
        else:
            told, more = f"posted by the ERP: {detail}", posted.total - quoted.total
            decision = await decide(case, "credit_differs", Owner.FINANCE, told, ("retry", "accept_posted"), more)
            accepted, total = (decision, posted.total) if decision.choice == "accept_posted" else (None, quoted.total)
    if period != "original":
        moved = f"the period of {tax_point} is closed: posted into {posted.period}, tax point {tax_point}"
        where = {"closed": f"{tax_point:%Y-%m}", "period": posted.period, "tax_point": tax_point.isoformat()}
        case.happened("period_moved", moved, **where)
    facts = {"memo": posted.number, "period": period}
    if posted.base is not None:
        facts |= {"rate": posted.base.rate, "base": str(posted.base.total)}
    case.happened("credited", f"credit memo {posted.number} over {posted.total}", **facts)
    case.move(Stage.CREDITED, credited=posted.total, credit_memo=posted.number, memo_lines=posted.lines, differences=())
    return posted


def _let_stand(case: Case, posted: ErpCredit, decision: Decision, detail: str) -> None:
    """Finance lets a memo stand that is not below what was agreed: it is what is agreed and paid from here on."""
    quoted = case.snap.quote
    assert quoted is not None
    revision = quoted.revision + 1
    name = digest(case.snap.return_id, revision, posted.lines, posted.total, quoted.notes)
    stands = replace(quoted, revision=revision, lines=posted.lines, total=posted.total, digest=name, expires_at=None)
    more = posted.total - quoted.total
    case.happened("posted_accepted", f"{posted.total} stands instead of {quoted.total}: {detail}", actor=decision.by)
    case.change(quote=stands, agreed=posted.total, by_hand=settled_by_hand(case, decision, more, detail))


def anything(case: Case) -> bool:
    """Is anything credited at all. Goods whose credit is used up by what policies take off are, with a memo over 0."""
    quoted = case.snap.quote
    return quoted is not None and any(line.total for line in quoted.lines)
