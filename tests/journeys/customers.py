"""Users of a return who do not give up: what was not answered is said again under the same key, as clients must."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from domain import ids
from domain.errors import WrongStage
from domain.inventory import Disposition
from domain.refund import Quote
from domain.returns import Reason, RequestedLine, Stage
from domain.units import Verdict
from runtime.refusals import NotFound, RetryLater
from store.port import StoreUnavailable
from stories.baskets import household
from stories.scene import Scene, Telling
from workflows.messages import Confirm, Inspection, Receipt, ReceiptLine, RequestAnswer, StartReturn

R = TypeVar("R")
# What somebody is told when a part of the installation is away for a moment.
AWAY = (RetryLater, StoreUnavailable, NotFound, httpx.TransportError)
# The books are written just before the engine knows they are. A worker that dies in between leaves them one step ahead
# of the return itself for a moment, which then refuses what the books allow; said again, it is taken.
CATCHING_UP = (*AWAY, WrongStage)
_PATIENCE = 90.0
_PAUSE = 0.1
_ALL = ((0, 3), (1, 2), (2, 1))


async def again(call: Callable[[], Awaitable[R]], despite: tuple[type[Exception], ...] = AWAY) -> R:
    """Say it until it is answered."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return await call()
        except despite:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(_PAUSE)


async def until(ready: Callable[[], Awaitable[R | None]], what: str) -> R:
    """What `ready` finds, asked until it finds something."""
    end = time.monotonic() + _PATIENCE
    while not (found := await again(ready)):
        assert time.monotonic() < end, f"waited {_PATIENCE:.0f} s for {what}"
        await asyncio.sleep(_PAUSE)
    return found


class FullReturn:
    """One customer sends everything back. `reached` tells how far they are: the words of the steps, in order."""

    def __init__(self, scene: Scene, number: int, in_shop: bool) -> None:
        self._scene, self.basket, self._in_shop = scene, household(number), in_shop
        self.reached: list[str] = []
        self.return_id = ""

    async def order(self) -> None:
        await self._scene.place(self.basket)

    async def go(self) -> None:
        """From the request to the last verdict; what follows is the systems' business."""
        quote = await (self._ask_in_shop() if self._in_shop else self._ask())
        self._scene.told.append(Telling(self._scene, self.basket, self.return_id, RequestAnswer(self.return_id, "")))
        self.reached.append("quoted")
        desk = self._scene.returns
        confirm = Confirm(f"confirm-{self.return_id}", quote.digest, quote.total)
        await again(lambda: desk.confirm(self.return_id, confirm), CATCHING_UP)
        self.reached.append("confirmed")
        await self.at(Stage.AWAITING_GOODS)
        lines = tuple(ReceiptLine(quantity, self._line(place)) for place, quantity in _ALL)
        parcel = Receipt(f"parcel-{self.return_id}", lines)
        await again(lambda: desk.receive(self.return_id, parcel), CATCHING_UP)
        self.reached.append("received")
        for place, quantity in _ALL:
            verdict = Verdict(self._line(place), quantity, Disposition.RESTOCK, accepted=True)
            await self._judged(Inspection(f"verdict-{self.return_id}-{place}", (verdict,)))
        self.reached.append("judged")

    async def at(self, stage: Stage) -> None:
        async def there() -> bool:
            return (await self._scene.returns.snapshot(self.return_id)).stage is stage

        await until(there, f"{self.return_id} to be {stage}")

    async def _ask(self) -> Quote:
        """Click, and click again while the quote is still to come."""
        order_id = str(self.basket["order_id"])
        lines = tuple(RequestedLine(self._line(place), quantity, Reason.CHANGED_MIND) for place, quantity in _ALL)
        start = StartReturn(ids.return_id(order_id, "click"), order_id, lines, "click")
        self.return_id = start.return_id

        async def quoted() -> Quote | None:
            return (await self._scene.returns.start(start)).quote

        return await until(quoted, f"the quote of {start.return_id}")

    async def _ask_in_shop(self) -> Quote:
        """In the shop itself: its webhook, delivered until we take it, starts the return here."""
        reference = await until(self._requested_in_shop, "the shop to take the request")
        self.return_id = ids.return_id(str(self.basket["order_id"]), f"shop:{reference}")

        async def quoted() -> Quote | None:
            return (await self._scene.returns.snapshot(self.return_id)).quote

        return await until(quoted, f"the webhook's return {self.return_id}")

    async def _requested_in_shop(self) -> str:
        """The shop's return. Its form knows no key, so one whose answer was lost is looked for first."""
        order_id = self.basket["order_id"]
        for known in (await self._scene.books("shopify"))["returns"].values():
            if known["order_id"] == order_id:
                return f"gid://shopify/Return/{known['id']}"
        lines = [
            {"line_id": int(self._line(place)), "quantity": quantity, "reason": "changed-my-mind"}
            for place, quantity in _ALL
        ]
        wish = {"order_id": order_id, "lines": lines}
        answer = await self._scene.control.post("/shopify/returns/request", json=wish)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["return"])

    async def _judged(self, inspection: Inspection) -> None:
        await again(lambda: self._scene.returns.inspect(self.return_id, inspection))

    def _line(self, place: int) -> str:
        return str(self.basket["lines"][place]["line_id"])
