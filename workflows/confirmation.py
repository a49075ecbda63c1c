"""From the request to a confirmed, authorized return: eligibility, the ERP's quote, the customer's yes."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.erp import ErpActivities, QuoteAnew, QuoteOutcome, QuoteRequest
    from activities.errors import NO_SUCH_RECORD
    from activities.storefront import LoadedOrder, LoadOrder, StorefrontActivities
    from adapters.storefront.port import OpenReturn, ReturnLine, StorefrontReturn
    from domain.approval import apart
    from domain.eligibility import Answer
    from domain.money import Money
    from domain.policy import OnDifference
    from domain.refund import ErpCredit, Quote, digest
    from domain.returns import Owner, SnapshotLine, Stage
    from domain.units import awaiting, keep

from workflows.answers import check_open, refused
from workflows.calls import failure
from workflows.case import Case
from workflows.holds import held
from workflows.messages import Confirm
from workflows.steps import call, step, together


class NotAccepted(Exception):
    """Inside the workflow only: the request is refused; the reasons are in the snapshot."""


async def load(case: Case) -> None:
    """What was bought, and which policy and CRMs go with it."""
    start = case.start
    named = tuple(line.line_id for line in start.lines)
    ask = LoadOrder(start.return_id, start.order_id, named, start.storefront_return)
    while True:
        try:
            loaded: LoadedOrder = await call(
                case, StorefrontActivities.load_order, ask, queues.STOREFRONT, "what was bought"
            )
            break
        except ActivityError as error:
            kind, sentence = failure(error)
        if kind == NO_SUCH_RECORD:
            case.change(reasons=(f"unknown_order: {sentence}",))
            raise NotAccepted
        await held(case, "order_not_loaded", Owner.IT, sentence, ("retry",))
    order = loaded.order
    case.order, case.policy, case.crm_orgs = order, loaded.policy, loaded.crm_orgs
    titles = {line.line_id: line for line in order.lines}
    case.change(
        order_name=order.name,
        shop=order.shop,
        customer_id=order.customer_id,
        region=order.country,
        channel=order.channel,
        currency=order.currency,
        lines=tuple(
            SnapshotLine(
                line.line_id,
                titles[line.line_id].sku if line.line_id in titles else "",
                titles[line.line_id].title if line.line_id in titles else "",
                line.quantity,
                line.reason,
            )
            for line in start.lines
        ),
        lots=awaiting((line.line_id, line.quantity) for line in start.lines),
        storefront_return=start.storefront_return or "",
    )
    case.checkpoint()


async def quote(case: Case) -> None:
    """The ERP's number, or a refusal with all reasons, or a human first."""
    outcome = await _ask_quote(case, overruled=False)
    if outcome.assessment.answer is Answer.REVIEW:
        _keep_reasons(case, outcome)
        detail = "; ".join(case.snap.reasons)
        choice = await held(case, "eligibility_review", Owner.SUPPORT, detail, ("accept", "refuse"))
        if choice == "refuse":
            raise NotAccepted
        outcome = await _ask_quote(case, overruled=True)
    _keep_reasons(case, outcome)
    credit = outcome.credit
    if outcome.assessment.answer is Answer.REFUSE or credit is None:
        raise NotAccepted
    # A policy may take the ERP's word, but not for more than was invoiced: that is a person's to take.
    if outcome.beyond or (outcome.differences and case.policy.on_difference is OnDifference.HOLD):
        detail = "; ".join(str(difference) for difference in (*outcome.differences, *outcome.beyond))
        case.change(differences=outcome.differences)
        choice = await held(case, "quote_differs", Owner.FINANCE, detail, ("accept_erp", "refuse"), _apart(outcome))
        if choice == "refuse":
            raise NotAccepted
    case.checkpoint()
    case.invoice = outcome.invoice
    issued = _issued(case, outcome, credit, 1)
    case.happened("quoted", f"the ERP quotes {issued.total}", revision="1", authorization=issued.authorization_number)
    case.move(Stage.QUOTED, quote=issued, differences=outcome.differences, keep_item=outcome.keep_item)


async def confirmation(case: Case) -> bool:
    """True when the customer confirmed, False when the quote expired."""
    while True:
        quoted = case.snap.quote
        assert quoted is not None
        assert quoted.expires_at is not None
        reminder = quoted.issued_at + timedelta(seconds=case.policy.quote_reminder)
        came = await case.wait_reminding(
            lambda: case.confirmed or case.stale,
            quoted.expires_at if case.told("quote_reminder") else reminder,
            quoted.expires_at,
            "the customer's confirmation",
            "quote_reminder",
        )
        if case.confirmed or not came:
            return case.confirmed
        await _quote_anew(case, quoted)


async def authorize(case: Case) -> None:
    """Both sides open their doors: the ERP approves, the storefront opens its return."""
    snap, start = case.snap, case.start
    case.change(waiting_for="the ERP and the storefront", next_deadline=None)
    lines = tuple(ReturnLine(line.line_id, line.quantity, line.reason) for line in case.lines)
    ask = OpenReturn(snap.return_id, snap.order_id, lines, start.storefront_return)

    async def approve() -> None:
        await call(case, ErpActivities.authorize, snap.authorization, queues.ERP, "approve the authorization")

    async def open_it() -> StorefrontReturn:
        opened: StorefrontReturn = await call(
            case, StorefrontActivities.open_storefront_return, ask, queues.STOREFRONT, "open the shop's return"
        )
        case.change(storefront_return=opened.reference)
        return opened

    _, opened = await together(
        step(case, "authorization_refused", Owner.FINANCE, approve),
        step(case, "storefront_return_refused", Owner.SUPPORT, open_it),
    )
    case.happened("authorized", f"authorization approved, {opened.name} opened", storefront=opened.reference)
    case.checkpoint()
    agreed = snap.quote.total if snap.quote else None
    if agreed is not None and case.content_with is not None and case.content_with < agreed:
        # A part was granted since the quote was confirmed.
        agreed = case.content_with
    if snap.keep_item:
        case.happened("kept", "the customer keeps the goods: nothing is awaited")
        case.tell("kept")
        case.move(Stage.INSPECTED, agreed=agreed, lots=keep(snap.lots))
        return
    case.tell("confirmation")
    case.move(Stage.AWAITING_GOODS, agreed=agreed)


def check_confirm(case: Case, message: Confirm) -> None:
    check_open(case)
    quoted = case.snap.quote
    if case.snap.stage is not Stage.QUOTED or quoted is None:
        raise refused(f"only a quoted return can be confirmed; this one is {case.snap.stage}")
    if case.stale:
        raise refused("a change was asked for, and the ERP is quoting anew; confirm the new quote when it is shown")
    if quoted.expires_at is not None and workflow.now() >= quoted.expires_at:
        raise refused("the quote has expired; start the return again for a new one")
    if message.digest != quoted.digest:
        raise refused(f"digest: the open quote is {quoted.digest}; confirm the one that was shown", "bad_input")
    if message.amount != quoted.total:
        raise refused(f"amount: the open quote is {quoted.total}, not {message.amount}", "bad_input")


def take_confirm(case: Case, message: Confirm) -> str:
    case.move(Stage.CONFIRMED)
    case.confirmed = True
    case.happened("confirmed", f"the customer confirmed {message.amount}", actor="customer")
    return ""


def _issued(case: Case, outcome: QuoteOutcome, credit: ErpCredit, revision: int) -> Quote:
    """The binding quote, open from now on for as long as the policy says."""
    now = workflow.now()
    return Quote(
        revision=revision,
        authorization=credit.document,
        authorization_number=credit.number,
        lines=credit.lines,
        total=credit.total,
        issued_at=now,
        expires_at=now + timedelta(seconds=case.policy.quote_ttl),
        digest=digest(case.snap.return_id, revision, credit.lines, credit.total, outcome.notes),
        invoice=outcome.invoice.number if outcome.invoice else "",
        notes=outcome.notes,
        leans=outcome.leans,
        differences=outcome.differences,
    )


async def _quote_anew(case: Case, before: Quote) -> None:
    """Another number before anybody confirmed the first, in its place. The same number leaves the quote as it is."""
    terms = case.terms
    outcome = await _ask_quote(case, overruled=True, before=before)
    while outcome.beyond or (outcome.differences and case.policy.on_difference is OnDifference.HOLD):
        detail = "; ".join(str(difference) for difference in (*outcome.differences, *outcome.beyond))
        choices = ("accept_erp", "retry")
        if await held(case, "quote_differs", Owner.FINANCE, detail, choices, _apart(outcome)) == "accept_erp":
            break
        outcome = await _ask_quote(case, overruled=True, before=before)
    if outcome.credit is not None:
        case.invoice = outcome.invoice
        issued = _issued(case, outcome, outcome.credit, before.revision + 1)
        case.happened("requoted", f"the ERP quotes {issued.total} now", revision=str(issued.revision))
        case.change(quote=issued, differences=outcome.differences, keep_item=outcome.keep_item)
        case.tell("quote_changed")
        case.show()
    case.quoted_terms = terms


async def _ask_quote(case: Case, overruled: bool, before: Quote | None = None) -> QuoteOutcome:
    """`before`: the quote that is replaced. Whether the units may come back is judged as of the day it was asked."""
    order = case.order
    assert order is not None
    at = workflow.now() if before is None else case.snap.opened_at
    ask = QuoteRequest(case.snap.return_id, order, case.lines, case.policy, at, overruled, case.content_with)

    async def act() -> QuoteOutcome:
        outcome: QuoteOutcome
        if before is None:
            outcome = await call(case, ErpActivities.quote, ask, queues.ERP, "the ERP quotes")
        else:
            anew = QuoteAnew(ask, before.authorization, before.lines, before.revision + 1)
            outcome = await call(case, ErpActivities.quote_anew, anew, queues.ERP, "the ERP quotes anew")
        if outcome.credit is not None:
            case.change(authorization=outcome.credit.document)
        return outcome

    return await step(case, "erp_cannot_quote", Owner.FINANCE, act)


def _apart(outcome: QuoteOutcome) -> Money | None:
    credit = outcome.credit
    return apart(credit.total.currency, outcome.differences, outcome.beyond) if credit else None


def _keep_reasons(case: Case, outcome: QuoteOutcome) -> None:
    reasons = tuple(f"{reason.code}: {reason.text}" for reason in outcome.assessment.reasons)
    if reasons != case.snap.reasons:
        case.change(reasons=reasons)
