"""What the verdict, or another return, does to the number: it is quoted anew, and a lower one is asked about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.erp import ErpActivities, RevisedQuote, ReviseRequest
    from domain import units
    from domain.approval import apart
    from domain.money import Money
    from domain.policy import OnDifference
    from domain.refund import Quote, digest
    from domain.returns import Owner, Stage
    from domain.units import FULL_VALUE

from workflows.answers import check_open, refused
from workflows.case import Case
from workflows.holds import held
from workflows.messages import Consent
from workflows.steps import call, step

ACCEPT, DISPUTE, SEND_BACK = "accept", "dispute", "send_back"
# No answer of the customer: what they were asked about is not the number any more.
_CHANGED = "changed"


async def agree(case: Case) -> None:
    """Ends with `agreed` being what the customer knows and the lots being what is credited."""
    if not _as_quoted(case):
        await _settle(case)
    quoted = case.snap.quote
    assert quoted is not None
    case.happened("inspection_done", f"the credit is {quoted.total}")
    case.tell("kept" if case.snap.keep_item else "inspection")
    case.move(Stage.INSPECTED, agreed=quoted.total)


async def agree_anew(case: Case) -> None:
    """Before the credit posts: what was agreed depends on the order's other returns, and it is theirs that changed; or
    a change was asked for after the verdict."""
    case.can_withdraw = True
    await _settle(case)
    quoted = case.snap.quote
    assert quoted is not None
    if case.snap.stage is Stage.AWAITING_CONSENT:
        case.move(Stage.INSPECTED)
    case.change(agreed=quoted.total)
    case.checkpoint()
    case.can_withdraw = False


async def _settle(case: Case) -> None:
    """Quote anew, and ask the customer when the credit falls."""
    asked_before = False
    while True:
        if case.undecided:
            # Nothing is agreed to while somebody is asked how much it is to be.
            await case.wait(lambda: not case.undecided, None, "a decision on a change that was asked for")
        await _requote(case)
        if _unsettled(case):
            continue
        if asked_before or not _lowered(case):
            return
        answer = await _ask_customer(case)
        if answer == _CHANGED:
            continue
        if answer == DISPUTE:
            choices = ("uphold", "overrule", SEND_BACK)
            what = "the customer disputes the lower credit"
            answer = await held(case, "disputed", Owner.SUPPORT, what, choices, _contested(case))
            case.happened("dispute_decided", f"support decides: {answer}")
        if answer == "overrule":
            case.change(lots=units.overrule(case.snap.lots))
        elif answer == SEND_BACK and _all_credited(case):
            # It is not a unit that is worth less: the other returns changed. Not agreeing means keeping the goods.
            case.withdrawal = "a lower credit was not agreed to"
            case.checkpoint()
        elif answer == SEND_BACK:
            case.change(lots=units.send_back(case.snap.lots))
        elif not _unsettled(case):
            return
        elif quoted := case.snap.quote:
            # That number is agreed to. What the change makes of it is asked about by itself.
            case.change(agreed=quoted.total)
        asked_before = not _unsettled(case)


def _unsettled(case: Case) -> bool:
    """A change was asked for that the number does not know yet, or that a person is still deciding on."""
    return case.stale or bool(case.undecided)


def check_consent(case: Case, message: Consent) -> None:
    check_open(case)
    quoted = case.snap.quote
    if case.snap.stage is not Stage.AWAITING_CONSENT or quoted is None:
        raise refused(f"a return that is {case.snap.stage} asks nothing of the customer")
    if not case.asking:
        raise refused("the customer's answer, or the shop's default, is taken already")
    if message.answer not in (ACCEPT, DISPUTE, SEND_BACK):
        raise refused(f"answer: {message.answer!r} is not one of accept, dispute, send_back", "bad_input")
    if case.stale:
        raise refused("a change was asked for, and the ERP is quoting anew; answer the new quote when it is shown")
    if message.digest != quoted.digest:
        raise refused(f"digest: the open quote is {quoted.digest}; answer the one that was shown", "bad_input")


def take_consent(case: Case, message: Consent) -> str:
    case.consent, case.asking = message.answer, False
    case.happened("consent", f"the customer answers: {message.answer}", actor="customer")
    case.change()
    return ""


def _as_quoted(case: Case) -> bool:
    """Is what the verdict leaves exactly what the open quote credits, whatever becomes of other returns."""
    quoted = case.snap.quote
    assert quoted is not None
    return not quoted.leans and _all_credited(case) and not _unsettled(case)


def _all_credited(case: Case) -> bool:
    """Is every unit asked back credited in full."""
    asked = {line.line_id: (line.quantity, line.quantity * FULL_VALUE) for line in case.snap.lines}
    return units.credited(case.snap.lots) == asked


def _lowered(case: Case) -> bool:
    """Is the open quote below what the customer agreed to. A number that did not fall asks nothing of anybody."""
    quoted, agreed = case.snap.quote, case.snap.agreed
    return quoted is None or agreed is None or quoted.total < agreed


def _contested(case: Case) -> Money | None:
    """What crediting in full would give more than the open quote."""
    quoted, agreed = case.snap.quote, case.snap.agreed
    return agreed - quoted.total if quoted and agreed else None


async def _requote(case: Case) -> None:
    """The ERP's number for what is left, on nothing that another return may still withdraw."""
    snap, order = case.snap, case.order
    assert order is not None
    credited = tuple((line_id, count, value) for line_id, (count, value) in units.credited(snap.lots).items())
    terms = case.terms
    ask = ReviseRequest(snap.return_id, order, case.lines, snap.authorization, credited, case.policy, case.content_with)

    async def act() -> RevisedQuote:
        revised: RevisedQuote = await call(case, ErpActivities.revise_quote, ask, queues.ERP, "the ERP quotes anew")
        return revised

    while True:
        revised = await step(case, "erp_cannot_quote", Owner.FINANCE, act)
        trusted = case.policy.on_difference is OnDifference.ACCEPT_ERP and not revised.beyond
        if not revised.differences or trusted:
            break
        detail = "; ".join(str(difference) for difference in (*revised.differences, *revised.beyond))
        amount = apart(revised.credit.total.currency, revised.differences, revised.beyond)
        if await held(case, "quote_differs", Owner.FINANCE, detail, ("accept_erp", "retry"), amount) == "accept_erp":
            break
    case.quoted_terms = terms
    before = case.snap.quote
    assert before is not None
    lines, total, notes = revised.credit.lines, revised.credit.total, revised.notes
    if (lines, total, notes) == (before.lines, before.total, before.notes):
        case.change(quote=replace(before, leans=False))
        return
    revision = before.revision + 1
    quoted = Quote(
        revision=revision,
        authorization=before.authorization,
        authorization_number=before.authorization_number,
        lines=lines,
        total=total,
        issued_at=workflow.now(),
        expires_at=None,
        digest=digest(snap.return_id, revision, lines, total, notes),
        invoice=before.invoice,
        notes=notes,
        differences=revised.differences,
    )
    case.happened("requoted", f"the ERP quotes {total} now", revision=str(revision))
    case.change(quote=quoted)


async def _ask_customer(case: Case) -> str:
    """The customer's answer, or the policy's default when the deadline passes."""
    now = workflow.now()
    due = now + timedelta(seconds=case.policy.consent_due)
    reminder = now + timedelta(seconds=case.policy.consent_reminder)
    case.consent, case.asking = None, True
    case.tell(_asking(case))
    case.move(Stage.AWAITING_CONSENT)
    answered = await case.wait_reminding(
        lambda: case.consent is not None or case.stale, reminder, due, "the customer's consent", "consent_reminder"
    )
    if case.consent is not None:
        return case.consent
    case.asking = False
    if answered:
        return _CHANGED
    case.happened("consent_default", f"no answer in time: {case.policy.consent_default}")
    return str(case.policy.consent_default)


def _asking(case: Case) -> str:
    """The notice. It is told once, and the inspection is not to blame for what a change or another return made."""
    if case.quoted_terms and not case.told("consent_anew"):
        return "consent_anew"
    return "consent_changed" if _all_credited(case) or case.told("consent") else "consent"
