"""Stories in which an agent asks for a change in the CRM, and the return answers."""

from __future__ import annotations

from dataclasses import replace

from domain.change_request import RequestKind, RequestStatus
from domain.inventory import Disposition
from domain.invoice import PARTIAL_REFUND
from domain.returns import Stage
from stories import baskets, ending
from stories.scene import NotAsTold, Scene, Telling


async def asked_by_an_agent(scene: Scene) -> None:
    """Damaged, so no fee: quoted anew. A part is enough: finance grants it. Cancelled when it is over: refused."""
    basket = await scene.place(baskets.household(scene.number, channel="strict"))
    telling = await scene.begin(basket, (2, 1))
    reason = await telling.ask(RequestKind.REASON, "damaged")
    if reason.status is not RequestStatus.ACCEPTED:
        raise NotAsTold(f"another reason should have been accepted: {reason.sentence}")
    await _shown_anew(telling, before="86.65", now="96.28")
    await telling.confirm()
    part = await telling.ask(RequestKind.PARTIAL_REFUND, f"80.00 {basket['currency']}")
    if part.status is not RequestStatus.PENDING:
        raise NotAsTold(f"finance should decide about a partial refund: {part.sentence}")
    await telling.resolve("partial_refund", "grant", note="scratched, agreed on the telephone")
    await telling.receive((2, 1))
    await telling.judge(2, 1, Disposition.RESTOCK)
    snapshot = await ending.closed(telling, credit="80.00")
    if [line.total for line in snapshot.memo_lines if line.line_id == PARTIAL_REFUND] != [-1628]:
        lines = ", ".join(f"{line.line_id} {line.total}" for line in snapshot.memo_lines)
        raise NotAsTold(f"the part left with the shop should be a line of the credit memo: {lines}")
    late = await telling.ask(RequestKind.CANCELLATION)
    if late.status is not RequestStatus.REFUSED or "closed" not in late.sentence:
        raise NotAsTold(f"a closed return cannot be cancelled: {late.sentence}")
    await _shown_in_crms(telling)


async def _shown_anew(telling: Telling, before: str, now: str) -> None:
    """The customer is shown the new quote; it is the one they confirm."""
    first, snapshot = telling.answer.quote, await telling.at(Stage.QUOTED)
    if first is None or snapshot.quote is None:
        raise NotAsTold("there is no quote")
    if (first.total, snapshot.quote.total) != (telling.money(before), telling.money(now)):
        raise NotAsTold(f"quoted {first.total}, then {snapshot.quote.total}, instead of {before} and {now}")
    telling.answer = replace(telling.answer, quote=snapshot.quote)


async def _shown_in_crms(telling: Telling) -> None:
    """The answer to a return that is over is a version of its own, and every CRM takes it."""

    async def look() -> bool:
        snapshot = await telling.scene.returns.live(telling.return_id)
        return all(crm.published >= snapshot.version for crm in snapshot.crm)

    await telling.scene.until(look, "the CRMs to show the answer")
