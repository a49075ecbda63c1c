"""Stories in which a counterpart or a process of our own fails at the worst moment."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.inventory import Disposition
from domain.returns import Stage
from stories import baskets, ending
from stories.scene import NotAsTold, Scene, Telling


async def crm_down(scene: Scene) -> None:
    """Both CRMs are away for this return: the money is not delayed, and they catch up when they are back."""
    basket = await scene.place(baskets.household(scene.number))
    mark = f"R-{scene.number}-"
    for vendor in ("salesforce", "dynamics"):
        await scene.fault(vendor, "*", "down", times=None, contains=mark)
    telling = await scene.begin(basket, (2, 1))
    await _to_the_end(telling)
    await ending.closed(telling, credit="96.28")
    live = await scene.returns.live(telling.return_id)
    if any(state.published for state in live.crm):
        raise NotAsTold("a CRM that is down showed the return")
    (await scene.control.delete("/faults", params={"contains": mark})).raise_for_status()

    async def caught_up() -> bool:
        return len((await scene.returns.live(telling.return_id)).crm) == 2

    await scene.until(caught_up, "the CRMs to catch up")


async def period_closed(scene: Scene) -> None:
    """The accounting period is closed before the credit posts: finance posts into the next open one."""
    basket = await scene.place(baskets.household(scene.number))
    telling = await scene.begin(basket, (2, 1))
    month = datetime.now(UTC).strftime("%Y-%m")
    await _period(scene, month, closed=True)
    try:
        await _to_the_end(telling)
        await telling.resolve("period_closed", "post_in_next_open_period")
        await ending.closed(telling, credit="96.28")
    finally:
        await _period(scene, month, closed=False)


async def erp_differs(scene: Scene) -> None:
    """The ERP computes three cents more than was agreed: nothing is posted until finance has mended it."""
    basket = await scene.place(baskets.household(scene.number))
    telling = await scene.begin(basket, (2, 1))
    skew = {"delta": "0.03", "times": 1, "order_id": basket["order_id"]}
    (await scene.control.post("/netsuite/skew", json=skew)).raise_for_status()
    await _to_the_end(telling)
    held = await telling.held("credit_differs")
    if held.credited is not None:
        raise NotAsTold("a differing credit memo was posted")
    await telling.resolve("credit_differs", "retry")
    await ending.closed(telling, credit="96.28")


async def answers_lost(scene: Scene) -> None:
    """The ERP's and the shop's answers are lost right after they posted and paid: looked up, never done twice."""
    basket = await scene.place(baskets.household(scene.number))
    telling = await scene.begin(basket, (0, 3), (2, 1))
    await telling.confirm()
    await telling.receive((0, 3), (2, 1))
    mark = telling.return_id
    await scene.fault("netsuite", "TRANSFORM returnAuthorization->creditMemo", "drop_after", times=2, contains=mark)
    await scene.fault("shopify", "returnProcess", "drop_after", times=1, contains=mark)
    await telling.judge(0, 3, Disposition.RESTOCK)
    await telling.judge(2, 1, Disposition.RESTOCK)
    await ending.closed(telling, credit="108.18")


async def worker_killed(scene: Scene) -> None:
    """The worker dies by SIGKILL between credit memo and payout: after a restart the money moves once."""
    basket = await scene.place(baskets.household(scene.number))
    telling = await scene.begin(basket, (2, 1))
    await scene.fault("shopify", "returnProcess", "slow", times=1, delay_ms=4000, contains=telling.return_id)
    await _to_the_end(telling)
    await telling.at(Stage.CREDITED)
    scene.tell("killing the worker")
    await scene.crew.kill("worker")
    await scene.crew.start()
    await ending.closed(telling, credit="96.28")


async def _period(scene: Scene, month: str, closed: bool) -> None:
    answer = await scene.control.post("/netsuite/periods", json={"period": month, "closed": closed})
    answer.raise_for_status()


async def _to_the_end(telling: Telling) -> None:
    """The jacket comes back and is restocked; what follows is the systems' business."""
    await telling.confirm()
    await telling.receive((2, 1))
    await telling.judge(2, 1, Disposition.RESTOCK)
