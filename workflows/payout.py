"""The money: exactly the credit memo, over the order's payments, left on account, or the rest of it paid by finance."""

from __future__ import annotations

from dataclasses import replace

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.errors import PERMANENT, TENDERS_CHANGED
    from activities.storefront import LoadedOrder, LoadOrder, StorefrontActivities
    from adapters.storefront.port import PayOut
    from domain import ids
    from domain.money import Money, zero
    from domain.policy import OnAccount
    from domain.refund import BY_HAND, AccountCredit, ByHand, ErpCredit, Payout, TenderPayout, plan_payout
    from domain.returns import Owner, Stage
    from domain.units import credited

from workflows.calls import failure
from workflows.case import Case, Decision
from workflows.holds import decide, held
from workflows.steps import call, step


async def pay_out(case: Case, memo: ErpCredit) -> Payout:
    """Exactly the memo, by tender, or left open on the customer's account."""
    snap = case.snap
    accepted = tuple((line_id, count) for line_id, (count, _) in credited(snap.lots).items())
    key = ids.payout_key(snap.return_id)
    case.change(waiting_for="the payout")
    while True:
        tenders, on_account = await _by_tender(case, memo.total)
        assert case.order is not None
        seen = case.order.tenders
        ask = PayOut(snap.return_id, key, snap.order_id, snap.storefront_return, accepted, tenders, on_account, seen)
        try:
            payout = await _pay(case, ask)
            break
        except ActivityError as error:
            # Surely not paid.
            kind, sentence = failure(error)
        if kind == TENDERS_CHANGED:
            await _reload_order(case)
        if kind != TENDERS_CHANGED or case.order.tenders == seen:
            # The same is asked again: what finance refunded on the return meanwhile is found as its payout, which a
            # plan on payments that have it already would hold as too little. Or the shop says two things of its
            # payments, and a person must see which is right.
            await held(case, "payout_refused", Owner.FINANCE, sentence, ("retry",))
    payout = replace(payout, tenders=(*payout.tenders, *case.paid_by_hand))
    case.happened("paid", _told(payout), reference=payout.reference)
    case.move(Stage.PAID, payout=payout)
    return payout


async def account_credit(case: Case, payout: Payout) -> AccountCredit:
    """What becomes of the part no tender paid: the policy's word, or finance's."""
    if not payout.on_account.minor:
        return AccountCredit.KEEP_OPEN
    said = str(case.policy.account_credit)
    if case.policy.account_credit is OnAccount.ASK:
        detail = f"{payout.on_account} are the customer's on account"
        said = await held(
            case, "account_credit", Owner.FINANCE, detail, ("keep_open", "apply", "refund"), payout.on_account
        )
    case.happened("account_credit", f"{payout.on_account} on account: {said}", choice=said)
    return AccountCredit(said)


def settled_by_hand(case: Case, decision: Decision, amount: Money, detail: str) -> tuple[ByHand, ...]:
    """All that people decided about this return's money, with this decision."""
    found = ByHand(decision.choice, amount, detail, decision.by, decision.note, workflow.now(), decision.second)
    return (*case.snap.by_hand, found)


async def _by_tender(case: Case, total: Money) -> tuple[tuple[TenderPayout, ...], Money]:
    """How `total` goes back: over the order's tenders, or all of it left open on the customer's account.

    What finance paid by hand is paid: the tenders are asked for the rest only."""
    while True:
        order = case.order
        assert order is not None
        if order.on_account:
            return (), total
        by_hand = sum(part.amount.minor for part in case.paid_by_hand)
        rest = Money(total.minor - by_hand, total.currency)
        tenders = plan_payout(rest, order.tenders, case.policy.tender_order, case.policy.tender_split)
        short = Money(rest.minor - sum(part.amount.minor for part in tenders), total.currency)
        if not short.minor:
            return tenders, zero(total.currency)
        detail = f"the order's tenders can take {short} less than the credit memo"
        decision = await decide(case, "tender_cap", Owner.FINANCE, detail, ("retry", "pay_rest_by_hand"), short)
        if decision.choice == "retry":
            await _reload_order(case)
            continue
        part = TenderPayout(f"{BY_HAND}-{len(case.paid_by_hand) + 1}", BY_HAND, short, decision.note)
        case.paid_by_hand = (*case.paid_by_hand, part)
        case.change(by_hand=settled_by_hand(case, decision, short, detail))
        case.happened("paid_by_hand", f"{short} paid outside of the shop: {decision.note}", actor=decision.by)


async def _pay(case: Case, ask: PayOut) -> Payout:
    """Pay exactly `ask`; while it may have been paid already, the same ask is repeated. Raises what is not paid."""
    while True:
        try:
            paid: Payout = await call(case, StorefrontActivities.pay_out, ask, queues.STOREFRONT, "pay out")
            return paid
        except ActivityError as error:
            kind, sentence = failure(error)
            if kind in (PERMANENT, TENDERS_CHANGED):
                raise
        await held(case, "payout_unknown", Owner.FINANCE, sentence, ("retry",))


async def _reload_order(case: Case) -> None:
    """The order's tenders as they are now."""
    ask = LoadOrder(case.snap.return_id, case.snap.order_id, tuple(line.line_id for line in case.snap.lines))

    async def act() -> LoadedOrder:
        loaded: LoadedOrder = await call(
            case, StorefrontActivities.load_order, ask, queues.STOREFRONT, "what the tenders can take now"
        )
        return loaded

    case.order = (await step(case, "order_not_loaded", Owner.IT, act)).order


def _told(payout: Payout) -> str:
    if payout.on_account.minor:
        return f"left {payout.on_account} open on account"
    by_hand = Money(sum(part.amount.minor for part in payout.tenders if part.kind == BY_HAND), payout.total.currency)
    return f"paid {payout.total}" + (f", {by_hand} of it by hand" if by_hand.minor else "")
