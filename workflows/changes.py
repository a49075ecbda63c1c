"""Requests for a change that come from outside: judged by the rules, decided by a person where they say so, answered.

Nothing here touches money: a change makes the open quote stale, and whoever goes on with the return has the ERP quote
anew first. Every request is dealt with beside the return's story, by a coroutine of its own.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.changes import ChangeActivities, Judge
    from domain import units
    from domain.approval import above
    from domain.change_request import ChangeRequest, RequestKind, RequestState, RequestStatus
    from domain.change_rules import OVER, Outcome, Ruling, Situation
    from domain.money import Money
    from domain.returns import Hold, Owner, Reason, Stage

from workflows.calls import failure
from workflows.case import Case, Decision
from workflows.holds import close_hold, decided, open_hold
from workflows.payout import settled_by_hand

# So long a caller waits for the ERP's new quote before it is told that it is being waited for.
_PROMPT = timedelta(seconds=10)
_MONEY = (RequestKind.REASON, RequestKind.PARTIAL_REFUND)


def take(case: Case, request: ChangeRequest) -> bool:
    """False when it is known already: asked twice, it is one request."""
    if request.request_id in case.requests:
        return False
    case.requests[request.request_id] = RequestState(request, RequestStatus.PENDING, "")
    return True


async def deal(case: Case, request: ChangeRequest) -> None:
    """From the request to its answer, however long that takes."""
    if request.kind in _MONEY and case.snap.stage is Stage.REQUESTED:
        _say(case, request, RequestStatus.PENDING, "it is taken up when the return is quoted")
        await workflow.wait_condition(lambda: case.snap.stage is not Stage.REQUESTED or case.undoing)
    ruling = await _ruled(case, request)
    while ruling.outcome is Outcome.DECIDE:
        ruling = await _decided(case, request, ruling)
    if ruling.outcome is Outcome.REFUSE:
        _say(case, request, RequestStatus.REFUSED, ruling.sentence)
        return
    sentence = ruling.sentence
    if not ruling.as_it_is:
        open_quote = case.snap.stage is Stage.QUOTED
        _carry_out(case, request, ruling)
        if open_quote and request.kind in _MONEY:
            told = await _quoted_anew(case, request)
            if told is None:
                gone = "the return was taken back before the ERP had quoted anew"
                _say(case, request, RequestStatus.REFUSED, gone)
                return
            sentence = f"{ruling.sentence}; {told}"
    _say(case, request, RequestStatus.ACCEPTED, sentence)


def situation(case: Case) -> Situation:
    snap, leaving = case.snap, case.undoing or case.leaving
    return Situation(
        stage=snap.stage,
        undoing=leaving,
        posting=not case.can_withdraw and not leaving,
        deciding=any(case.requests[name].request.kind is RequestKind.PARTIAL_REFUND for name in case.undecided),
        lines=case.lines,
        quoted=_most(case),
        agreed=snap.agreed,
        opened_at=snap.opened_at,
        policy=case.policy,
        order=case.order,
        invoice=case.invoice,
    )


def _most(case: Case) -> Money | None:
    """What the open quote credits, and no more than what was granted since."""
    quoted = case.snap.quote
    if quoted is None:
        return None
    granted = case.content_with
    return granted if granted is not None and granted < quoted.total else quoted.total


async def _ruled(case: Case, request: ChangeRequest) -> Ruling:
    """The ruling on the return as it is when it is given: what changed while it was judged is judged again."""
    while True:
        now = situation(case)
        try:
            ruling = await workflow.execute_local_activity_method(
                ChangeActivities.judge,
                Judge(request, now),
                start_to_close_timeout=timedelta(seconds=10),
                retry_policy=RetryPolicy(maximum_attempts=5),
            )
        except ActivityError as error:
            return Ruling(Outcome.REFUSE, f"this request cannot be judged ({failure(error)[0]}); tell it_admin")
        if situation(case) == now:
            return ruling


async def _decided(case: Case, request: ChangeRequest, ruling: Ruling) -> Ruling:
    """What the person says. Nobody's word is waited for once the return is taken back or its credit posts."""
    if request.kind is RequestKind.PARTIAL_REFUND:
        choices, less = ("grant", "decline"), _less(case, ruling)
        hold = open_hold(case, "partial_refund", Owner.FINANCE, ruling.sentence, choices, less, request.by)
    else:
        hold = open_hold(case, "reason_review", Owner.SUPPORT, ruling.sentence, ("accept", "refuse"))
    name = request.request_id
    case.undecided.append(name)
    _say(case, request, RequestStatus.PENDING, ruling.sentence)

    def stands() -> bool:
        return any(one.hold_id == hold.hold_id for one in case.snap.holds)

    await workflow.wait_condition(lambda: decided(case, hold.hold_id) or not stands() or not _askable(case))
    decision = close_hold(case, hold.hold_id) if stands() else Decision()
    case.undecided.remove(name)
    if not decision.choice or not _askable(case):
        return await _ruled(case, request)
    if decision.choice in ("decline", "refuse"):
        return Ruling(Outcome.REFUSE, f"{hold.owner} decided against it")
    quoted = _most(case)
    if ruling.amount is None:
        return replace(ruling, outcome=Outcome.ACCEPT, sentence=f"support agrees: the reason is {ruling.reason} now")
    if quoted is None or quoted.minor <= ruling.amount.minor or _outgrown(case, hold, quoted - ruling.amount):
        # The credit changed meanwhile: there is no such part of it any more, or it is not for one person to grant.
        return await _ruled(case, request)
    _grant(case, ruling.amount, quoted, decision, ruling.keeps)
    return replace(ruling, outcome=Outcome.ACCEPT, sentence=f"finance grants {ruling.amount} instead of {quoted}")


def _less(case: Case, ruling: Ruling) -> Money | None:
    """What the customer would go without."""
    quoted = _most(case)
    return None if quoted is None or ruling.amount is None else quoted - ruling.amount


def _outgrown(case: Case, hold: Hold, less: Money) -> bool:
    """Whether what one person was asked about has become too much for one."""
    grown = hold.amount is None or hold.amount < less
    return not hold.second and grown and above(less, case.policy.second_person_above)


def _askable(case: Case) -> bool:
    return case.can_withdraw and not case.undoing and not case.leaving and case.snap.stage not in OVER


def _carry_out(case: Case, request: ChangeRequest, ruling: Ruling) -> None:
    """Nothing is awaited from the ruling to here: what it was given on still holds."""
    if request.kind is RequestKind.CANCELLATION:
        case.withdrawal = f"cancelled by {request.source}"
        case.happened("withdrawal_asked", "the return was withdrawn", actor=request.source)
    elif ruling.reason is not None:
        _change_reason(case, ruling.reason)


def _change_reason(case: Case, reason: Reason) -> None:
    case.lines = tuple(replace(line, reason=reason) for line in case.lines)
    case.change(lines=tuple(replace(line, reason=reason) for line in case.snap.lines))
    case.terms += 1


def _grant(case: Case, amount: Money, quoted: Money, decision: Decision, keeps: bool) -> None:
    """A named person's word: from here on the credit is no more than this. The goods stay with the customer only where
    the policy says so (`keeps`), and nothing of them is on its way."""
    detail = f"a partial refund of {amount} instead of {quoted}"
    less = Money(amount.minor - quoted.minor, amount.currency)
    case.content_with = amount
    case.terms += 1
    case.happened("partial_refund_granted", f"{detail}: {decision.note}", actor=decision.by)
    case.change(by_hand=settled_by_hand(case, decision, less, detail))
    if case.snap.agreed is not None:
        # Confirmed already. Who asks for less has agreed to less.
        case.change(agreed=amount)
    snap = case.snap
    underway = snap.receipts or snap.tracking or any(lot.reception is not units.Reception.AWAITING for lot in snap.lots)
    if keeps and snap.stage is Stage.AWAITING_GOODS and not underway:
        case.happened("kept", "the customer keeps the goods: nothing is awaited")
        case.gate_open = False
        case.change(keep_item=True, lots=units.keep(snap.lots))


async def _quoted_anew(case: Case, request: ChangeRequest) -> str | None:
    """What the ERP says before anybody confirmed, once it has said it; None when the return ended before."""
    terms, before = case.terms, case.snap.quote

    def done() -> bool:
        return case.quoted_terms >= terms or not _askable(case)

    try:
        await workflow.wait_condition(done, timeout=_PROMPT)
    except TimeoutError:
        _say(case, request, RequestStatus.PENDING, "the ERP is asked for a new quote and has not answered yet")
        await workflow.wait_condition(done)
    quoted = case.snap.quote
    if case.quoted_terms < terms or quoted is None or before is None:
        return None
    if quoted.digest == before.digest:
        return f"the quote of {quoted.total} stands"
    return f"the ERP quotes {quoted.total} now instead of {before.total}, and the customer confirms the new quote"


def _say(case: Case, request: ChangeRequest, status: RequestStatus, sentence: str) -> None:
    """Into the books, the timeline and the CRMs. What somebody typed is in none of them."""
    answered_at = None if status is RequestStatus.PENDING else workflow.now()
    what = str(request.kind).replace("_", " ")
    kind = "change_asked" if answered_at is None else f"change_{status}"
    case.happened(kind, f"{what}: {sentence}", actor=request.source, request=request.request_id, by=request.by)
    case.answer(RequestState(request, status, sentence, answered_at))
