"""The owner's word on a hold; where the money is too much for one person, a proposal and a second person's word."""

from __future__ import annotations

from dataclasses import replace

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain import approval
    from domain.approval import Word
    from domain.returns import Hold, Proposal

from workflows.answers import refused
from workflows.case import Case, Decision
from workflows.holds import decided, waits_for, waits_for_second
from workflows.messages import Resolve, SecondWord

# Where a person settles money that the systems do not agree on, and what is then asked of them.
NEED_A_NOTE = {
    "pay_rest_by_hand": "by which payment the rest was paid",
    "accept_posted": "why the posted credit stands",
    "accept_by_hand": "why the difference is accepted",
    "grant": "why a part is refunded instead of the whole",
}
_SAID = {Word.APPROVE: "approved", Word.REJECT: "rejected", Word.TAKE_BACK: "taken_back"}


def check_resolve(case: Case, message: Resolve) -> None:
    hold = _open(case, message.hold_id)
    if message.choice not in hold.choices:
        listed = ", ".join(hold.choices) or "none: it lifts itself"
        raise refused(f"choice: {message.choice!r} is not one of {listed}", "bad_input")
    if message.choice in NEED_A_NOTE and not (message.note.strip() and message.by.strip()):
        what = NEED_A_NOTE[message.choice]
        raise refused(f"note: {message.choice} is a decision about money; say by whom, and {what}", "bad_input")
    approval.check_choice(hold, message.choice, message.by, message.note)


def take_resolve(case: Case, message: Resolve) -> str:
    by, note = message.by or "unnamed", message.note.strip()
    hold = _open(case, message.hold_id)
    if message.choice in hold.second:
        return _propose(case, hold, message.choice, by, note)
    case.decisions[message.hold_id] = Decision(message.choice, by, note)
    text = f"hold {message.hold_id}: {message.choice}" + (f" ({note})" if note else "")
    case.happened("resolved", text, actor=by, hold=message.hold_id, choice=message.choice)
    case.change()
    return ""


def proposed(case: Case, message: Resolve) -> str:
    """The number under which it waits for a second person; empty when it does not."""
    hold = next((one for one in case.snap.holds if one.hold_id == message.hold_id), None)
    standing = hold.proposal if hold else None
    mine = standing is not None and (standing.choice, standing.by) == (message.choice, message.by)
    return standing.number if standing is not None and mine else ""


def check_second_word(case: Case, message: SecondWord) -> None:
    hold = _open(case, message.hold_id)
    approval.check_word(hold, message.proposal, message.word, message.by)


def take_second_word(case: Case, message: SecondWord) -> str:
    """Approved, it is decided as its proposer said; otherwise the hold waits for its owner as before."""
    hold, note = _open(case, message.hold_id), message.note.strip()
    word = approval.check_word(hold, message.proposal, message.word, message.by)
    proposal = hold.proposal
    assert proposal is not None
    about = f" over {proposal.amount}" if proposal.amount else ""
    text = f"hold {hold.hold_id}: {proposal.number}, {proposal.choice}{about} by {proposal.by}, is "
    text += f"{_SAID[word].replace('_', ' ')} by {message.by}" + (f" ({note})" if note else "")
    facts = {"hold": hold.hold_id, "proposal": proposal.number, "choice": proposal.choice, "proposed_by": proposal.by}
    case.happened(_SAID[word], text, actor=message.by, **facts)
    _put(case, replace(hold, proposal=None), waits_for_second(hold), waits_for(hold))
    if word is Word.APPROVE:
        case.decisions[hold.hold_id] = Decision(proposal.choice, proposal.by, proposal.note, message.by)
    else:
        case.show()
    return ""


def _propose(case: Case, hold: Hold, choice: str, by: str, note: str) -> str:
    case.proposed += 1
    number = f"P{case.proposed}"
    about = f" over {hold.amount}" if hold.amount else ""
    case.happened(
        "proposed",
        f"hold {hold.hold_id}: {by} proposes {choice}{about} as {number} ({note})",
        actor=by,
        hold=hold.hold_id,
        proposal=number,
        choice=choice,
        amount=str(hold.amount or "unknown"),
    )
    proposal = Proposal(number, choice, hold.amount, by, note, workflow.now())
    _put(case, replace(hold, proposal=proposal), waits_for(hold), waits_for_second(hold))
    case.show()
    return f"proposed as {number}; it waits for a second person in {hold.owner}"


def _put(case: Case, hold: Hold, before: str, now: str) -> None:
    """The hold as it is now, and whom the return waits for where it waited for this hold."""
    holds = tuple(hold if one.hold_id == hold.hold_id else one for one in case.snap.holds)
    waiting_for = now if case.snap.waiting_for == before else case.snap.waiting_for
    case.change(holds=holds, waiting_for=waiting_for)


def _open(case: Case, hold_id: str) -> Hold:
    hold = next((one for one in case.snap.holds if one.hold_id == hold_id), None)
    if hold is None or decided(case, hold_id):
        raise refused(f"hold_id: {hold_id!r} is not open on this return", "bad_input")
    return hold
