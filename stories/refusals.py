"""Stories in which somebody asks for too much, too late or twice."""

from __future__ import annotations

import asyncio

from domain.inventory import Disposition
from domain.returns import Stage
from store.port import Search
from stories import baskets, ending
from stories.scene import NotAsTold, Scene, Telling
from workflows.messages import RequestAnswer


async def over_return(scene: Scene) -> None:
    """More than was bought, and what another return already holds: both refused, with the reason."""
    basket = await scene.place(baskets.household(scene.number))
    greedy = await scene.begin(basket, (2, 2), key="two-coats")
    _refused(greedy, "more_than_bought")
    first = await scene.begin(basket, (2, 1), key="first")
    second = await scene.begin(basket, (2, 1), key="second")
    _refused(second, "already_returned")
    await first.confirm()
    await first.receive((2, 1))
    await first.judge(2, 1, Disposition.RESTOCK)
    await ending.closed(first, credit="96.28")
    third = await scene.begin(basket, (2, 1), key="third")
    _refused(third, "already_returned")


async def too_late(scene: Scene) -> None:
    """A week after the window a human looks; support lets it pass."""
    basket = await scene.place(baskets.household(scene.number, delivered_days_ago=36))
    telling = await scene.begin(basket, (1, 1))
    if telling.answer.decision != "review":
        raise NotAsTold(f"a human should look first, not {telling.answer.decision}")
    await telling.resolve("eligibility_review", "accept")
    snapshot = await telling.at(Stage.QUOTED)
    again = await scene.begin(basket, (1, 1))
    if again.return_id != telling.return_id or snapshot.quote is None:
        raise NotAsTold("the same request must be the same return")
    telling.answer = type(telling.answer)(telling.return_id, "quoted", snapshot.quote)
    await telling.confirm()
    await telling.receive((1, 1))
    await telling.judge(1, 1, Disposition.RESTOCK)
    await ending.closed(telling, credit="5.30")


async def double_click(scene: Scene) -> None:
    """The same click five times at once, and once more after closing: one return, one answer, one payout."""
    basket = await scene.place(baskets.household(scene.number))
    clicks = await asyncio.gather(*(scene.begin(basket, (0, 2)) for _ in range(5)))
    telling = clicks[0]
    if any(click.answer != telling.answer for click in clicks):
        raise NotAsTold("the same click was answered differently")
    await telling.confirm()
    await telling.receive((0, 2))
    await telling.receive((0, 2))
    await telling.judge(0, 2, Disposition.RESTOCK)
    await ending.closed(telling, credit="7.93")
    late = await scene.begin(basket, (0, 2))
    if late.answer != telling.answer:
        raise NotAsTold("the same click after closing was answered differently")


async def duplicate_webhook(scene: Scene) -> None:
    """The customer starts in the shop itself; its webhook comes three times; one return is opened, and approved."""
    basket = await scene.place(baskets.household(scene.number))
    line_id = basket["lines"][2]["line_id"]
    wish = {"order_id": basket["order_id"], "lines": [{"line_id": line_id, "quantity": 1, "reason": "changed-my-mind"}]}
    answer = await scene.control.post("/shopify/returns/request", json=wish)
    if answer.status_code != 201:
        raise NotAsTold(f"the shop did not take the request: {answer.text[:200]}")
    requested = answer.json()
    replay = {"topic": "returns/request", "return_id": requested["id"], "times": 2}
    (await scene.control.post("/shopify/webhooks/replay", json=replay)).raise_for_status()
    telling = await _by_order(scene, basket)
    await telling.confirm()
    await telling.receive((2, 1))
    await telling.judge(2, 1, Disposition.RESTOCK)
    snapshot = await ending.closed(telling, credit="96.28")
    if snapshot.storefront_return != requested["return"]:
        raise NotAsTold(f"{requested['return']} should have been approved, not {snapshot.storefront_return} opened")


async def _by_order(scene: Scene, basket: baskets.Basket) -> Telling:
    """The one return the webhook started, once it is quoted."""

    async def look() -> Telling | None:
        page = await scene.returns.search(Search(order_id=str(basket["order_id"])))
        if len(page.snapshots) > 1:
            raise NotAsTold(f"{len(page.snapshots)} returns were started by one request")
        for snapshot in page.snapshots:
            if snapshot.quote is not None:
                answer = RequestAnswer(snapshot.return_id, "quoted", snapshot.quote)
                return Telling(scene, basket, snapshot.return_id, answer)
        return None

    telling: Telling = await scene.until(look, "the webhook's return")
    scene.told.append(telling)
    return telling


def _refused(telling: Telling, code: str) -> None:
    reasons = telling.answer.reasons
    if telling.answer.decision != "refused" or not any(reason.startswith(code) for reason in reasons):
        raise NotAsTold(f"should be refused as {code}, was {telling.answer.decision}: {'; '.join(reasons)}")
