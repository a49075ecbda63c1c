"""Taking a return back, at any stage before the credit posts: what was done is undone, each step repeatable."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.erp import CancelReturn, ErpActivities
    from activities.errors import PERMANENT
    from adapters.erp.port import CancelAuthorization
    from domain.inventory import StockMove, StockState
    from domain.returns import Owner, Stage

from workflows.answers import UNDOING, refused
from workflows.calls import failure
from workflows.case import Case
from workflows.holds import close_hold
from workflows.messages import Withdraw
from workflows.steps import call, step, together
from workflows.stock import taken_back

_OVER = frozenset({Stage.CLOSED, Stage.REFUSED, Stage.WITHDRAWN, Stage.EXPIRED})


def check_withdraw(case: Case, message: Withdraw) -> None:
    if case.snap.stage in _OVER:
        raise refused(f"a return that is {case.snap.stage} cannot be withdrawn any more")
    if case.undoing or case.withdrawal is not None:
        raise refused("the return is being undone already", UNDOING)
    if not case.can_withdraw:
        raise refused("the credit is being posted or is posted; it can no longer be withdrawn")


def take_withdraw(case: Case, message: Withdraw) -> str:
    case.withdrawal = message.reason or "no reason given"
    case.happened("withdrawal_asked", "the return was withdrawn", actor="customer")
    case.change()
    return "what was done is being undone"


async def undo(case: Case, stage: Stage) -> None:
    """Send received goods back, cancel the shop's return, close the authorization, free the units; then `stage`."""
    case.can_withdraw, case.undoing = False, True
    for hold in case.snap.holds:
        close_hold(case, hold.hold_id)
    await _make_sure(case)
    back = _staged(case)
    await _take_apart(case, back)
    case.happened(str(stage), f"the return is {stage}; what was done is undone")
    if case.order is not None:
        case.tell(str(stage))
    # Also to the stage it has already: that nobody waits for anything any more is a CRM's while.
    case.move(stage, waiting_for="", next_deadline=None, stock=back)
    case.index()


async def refuse(case: Case) -> None:
    """No, with all reasons. A pending authorization or a return begun in the shop itself is taken back."""
    case.can_withdraw, case.undoing = False, True
    if case.snap.authorization or case.snap.storefront_return:
        await _take_apart(case, ())
    reasons = "; ".join(case.snap.reasons)
    case.happened("refused", f"refused: {reasons or 'by decision'}")
    if case.order is not None:
        case.tell("refused")
    case.move(Stage.REFUSED, waiting_for="", next_deadline=None)
    case.index()


async def _make_sure(case: Case) -> None:
    """What may have been done, its answer lost, is asked for again: every door looks first and answers as it did."""
    for act in case.unsure:

        async def again(act: Callable[[], Coroutine[Any, Any, Any]] = act) -> None:
            try:
                await act()
            except ActivityError as error:
                if failure(error)[0] != PERMANENT:
                    raise

        await step(case, "undo_refused", Owner.IT, again)


async def _take_apart(case: Case, back: tuple[StockMove, ...]) -> None:
    receipts = tuple(key for key, _ in case.in_erp)
    books = CancelReturn(case.snap.return_id, CancelAuthorization(case.snap.authorization, receipts))

    async def in_erp() -> None:
        await call(case, ErpActivities.cancel_authorization, books, queues.ERP, "undo in the ERP")

    acts = [step(case, "undo_refused", Owner.FINANCE, in_erp)]
    if case.snap.storefront_return or back:
        acts.append(step(case, "undo_refused", Owner.SUPPORT, taken_back(case, "withdrawn", back)))
    await together(*acts)


def _staged(case: Case) -> tuple[StockMove, ...]:
    """Units the storefront holds as pending inspection: they go back to the customer."""
    skus = {line.line_id: line.sku for line in case.snap.lines}
    staged: dict[str, int] = {}
    for _, goods in case.in_shop:
        for line_id, quantity in goods:
            staged[line_id] = staged.get(line_id, 0) + quantity
    return tuple(StockMove(line_id, skus[line_id], count, StockState.SENT_BACK) for line_id, count in staged.items())
