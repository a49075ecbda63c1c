"""Holds of a return: a step is parked with a reason, an owner and choices, until the owner has chosen."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.returns import Hold, Owner

from workflows.case import HOLD, Case, Decision


async def held(case: Case, reason: str, owner: Owner, detail: str, choices: tuple[str, ...]) -> str:
    """Park here until the owner chooses. The customer may still withdraw while that is allowed."""
    return (await decide(case, reason, owner, detail, choices)).choice


async def decide(case: Case, reason: str, owner: Owner, detail: str, choices: tuple[str, ...]) -> Decision:
    """As `held`, with who decided and what they noted. Then it waits for what it waited for before."""
    before, whose = case.snap, f"{owner}: {reason}"
    hold = open_hold(case, reason, owner, detail, choices)
    await case.wait(lambda: decided(case, hold.hold_id), None, whose)
    if case.snap.waiting_for == whose:
        case.change(waiting_for=before.waiting_for, next_deadline=before.next_deadline)
    return close_hold(case, hold.hold_id)


def open_hold(case: Case, reason: str, owner: Owner, detail: str, choices: tuple[str, ...]) -> Hold:
    case.holds_opened += 1
    hold = Hold(f"H{case.holds_opened}", reason, owner, detail, choices, workflow.now())
    case.happened("held", f"on hold for {owner}: {reason}", hold=hold.hold_id, detail=detail)
    case.change(holds=(*case.snap.holds, hold))
    case.show()
    case.index(HOLD.value_set(reason))
    return hold


def close_hold(case: Case, hold_id: str) -> Decision:
    """Take the hold off the case; answers what was decided."""
    left = tuple(hold for hold in case.snap.holds if hold.hold_id != hold_id)
    case.change(holds=left)
    case.show()
    case.index(HOLD.value_set(left[0].reason) if left else HOLD.value_unset())
    return case.decisions.pop(hold_id, Decision())


def decided(case: Case, hold_id: str) -> bool:
    return hold_id in case.decisions
