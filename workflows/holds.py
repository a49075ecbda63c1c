"""Holds of a return: a step is parked with a reason, an owner and choices, until the owner has chosen."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.approval import second
    from domain.money import Money
    from domain.returns import Hold, Owner

from workflows.case import HOLD, Case, Decision

SECOND_PERSON = "second-person"


async def held(
    case: Case, reason: str, owner: Owner, detail: str, choices: tuple[str, ...], amount: Money | None = None
) -> str:
    """Park here until the owner chooses. The customer may still withdraw while that is allowed."""
    return (await decide(case, reason, owner, detail, choices, amount)).choice


async def decide(
    case: Case, reason: str, owner: Owner, detail: str, choices: tuple[str, ...], amount: Money | None = None
) -> Decision:
    """As `held`, with who decided and what they noted. Then it waits for what it waited for before."""
    before = case.snap
    hold = open_hold(case, reason, owner, detail, choices, amount)
    await case.wait(lambda: decided(case, hold.hold_id), None, waits_for(hold))
    if case.snap.waiting_for in (waits_for(hold), waits_for_second(hold)):
        case.change(waiting_for=before.waiting_for, next_deadline=before.next_deadline)
    return close_hold(case, hold.hold_id)


def open_hold(
    case: Case,
    reason: str,
    owner: Owner,
    detail: str,
    choices: tuple[str, ...],
    amount: Money | None = None,
    asked_by: str = "",
) -> Hold:
    """`amount`: by how much a choice by hand departs from what the systems say; None where nobody can say."""
    case.holds_opened += 1
    needs = second(reason, choices, amount, case.policy.second_person_above, asked_by)
    if needs and not workflow.patched(SECOND_PERSON):
        # It was opened by a worker that knew of no second person, and may have been decided by one since.
        needs = ()
    name = f"H{case.holds_opened}"
    hold = Hold(name, reason, owner, detail, choices, workflow.now(), amount, needs, asked_by)
    case.happened("held", f"on hold for {owner}: {reason}", hold=name, detail=detail)
    case.change(holds=(*case.snap.holds, hold))
    case.show()
    case.index(HOLD.value_set(reason))
    return hold


def close_hold(case: Case, hold_id: str) -> Decision:
    """Take the hold off the case; answers what was decided."""
    left = []
    for hold in case.snap.holds:
        if hold.hold_id != hold_id:
            left.append(hold)
        elif hold.proposal is not None:
            # Whatever lifted the hold, it was no second person's word.
            fallen = hold.proposal
            text = f"hold {hold_id}: {fallen.number} ({fallen.choice}) by {fallen.by} is not needed any more"
            case.happened("proposal_fell", text, hold=hold_id, proposal=fallen.number, choice=fallen.choice)
    case.change(holds=tuple(left))
    case.show()
    case.index(HOLD.value_set(left[0].reason) if left else HOLD.value_unset())
    return case.decisions.pop(hold_id, Decision())


def decided(case: Case, hold_id: str) -> bool:
    return hold_id in case.decisions


def waits_for(hold: Hold) -> str:
    return f"{hold.owner}: {hold.reason}"


def waits_for_second(hold: Hold) -> str:
    return f"a second person in {hold.owner}: {hold.reason}"
