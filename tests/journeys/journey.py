"""One return on its way through the installation, and the texts by which a vendor's requests about it can be told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from domain import ids
from domain.returns import Reason, RequestedLine, Snapshot, Stage
from stories.baskets import Basket
from stories.play import Theatre
from stories.scene import Scene, Telling
from workflows.messages import RequestAnswer, StartReturn


class Mark(IntEnum):
    """What a request names the return by. A request that names several counts for the first."""

    ORDER = 1
    INVOICE = 2
    AUTHORIZATION = 3
    RECEIPT = 4
    SHOP_RETURN = 5


Learned = Callable[[Mark, str], Awaitable[None]]
"""Is told each mark, and the text that stands for it in a request, before the first request that bears it."""


async def nobody(mark: Mark, text: str) -> None:
    """Nothing is to go wrong."""


@dataclass
class Journey:
    """`basket` is the order's; `calmly` means that both CRMs show each stage before the next is brought about."""

    theatre: Theatre
    basket: Basket
    learned: Learned = nobody
    calmly: bool = False
    return_id: str = ""
    _shown: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scene = Scene(
            self.theatre.returns,
            self.theatre.crms,
            self.theatre.control,
            self.theatre.crew,
            self.theatre.office,
            self.number,
        )

    @property
    def number(self) -> int:
        return int(self.basket["order_id"])

    async def ask(self, *units: tuple[int, int]) -> Telling:
        """Ask `units` back, (place of the line in the basket, quantity) each, until there is an answer."""
        await self._place()
        order_id = str(self.number)
        lines = tuple(RequestedLine(self._line(place), many, Reason.CHANGED_MIND) for place, many in units)
        start = StartReturn(ids.return_id(order_id, "click"), order_id, lines, "click")

        async def answered() -> RequestAnswer | None:
            answer = await self.scene.say(lambda: self.theatre.returns.start(start))
            return None if answer.decision == "pending" else answer

        answer: RequestAnswer = await self.scene.until(answered, f"the answer to {start.return_id}")
        return await self._told(answer)

    async def ask_in_shop(self, *units: tuple[int, int], answer: str = "quoted") -> Telling:
        """The customer asks in the shop itself, whose webhook brings it here; over when it is answered so."""
        await self._place()
        lines = [{"line_id": int(self._line(place)), "quantity": many, "reason": "other"} for place, many in units]
        asked = await self.theatre.control.post(
            "/shopify/returns/request", json={"order_id": self.number, "lines": lines}
        )
        assert asked.status_code == 201, asked.text
        reference = str(asked.json()["return"])
        await self.learned(Mark.SHOP_RETURN, _ended(reference))
        return_id = ids.return_id(str(self.number), f"shop:{reference}")
        telling = Telling(self.scene, self.basket, return_id, RequestAnswer(return_id, answer))
        await telling.when(lambda now: bool(now.quote) if answer == "quoted" else bool(now.holds), answer)
        now = await telling.snapshot()
        return await self._told(RequestAnswer(return_id, answer, now.quote, now.reasons))

    async def confirmed(self, telling: Telling) -> None:
        """Confirmed, and both sides have opened their doors."""
        await telling.confirm()
        await self.learned(Mark.SHOP_RETURN, _ended((await telling.snapshot()).storefront_return))
        await self.calm()

    async def receipts_booked(self) -> None:
        """The parcels are in the ERP's books: what undoes them names them by the ERP's own numbers."""

        async def booked() -> list[Any] | None:
            documents = (await self.scene.books("netsuite"))["documents"]["itemReceipt"]
            return [doc["id"] for doc in documents if self.return_id in str(doc["externalId"])] or None

        for number in await self.scene.until(booked, "the item receipt"):
            await self.learned(Mark.RECEIPT, f"/itemReceipt/{number}")

    async def calm(self) -> None:
        """Each CRM has been told once more than when this was asked last."""
        if not self.calmly:
            return

        async def told() -> dict[str, int] | None:
            now = (await self.theatre.returns.live(self.return_id)).crm
            shown = {state.org: state.published for state in now}
            newer = len(shown) > 1 and all(shown[org] > self._shown.get(org, 0) for org in shown)
            return shown if newer else None

        self._shown = await self.scene.until(told, "the CRMs to be told")

    async def over(self) -> Snapshot:
        """The end, when every lane is drained and nothing is owed to anybody."""
        handle = self.theatre.client.get_workflow_handle(ids.workflow_id(self.return_id), result_type=Snapshot)
        snapshot: Snapshot = await handle.result()
        return snapshot

    async def ends(self, telling: Telling, stage: Stage) -> Snapshot:
        await telling.at(stage)
        return await self.over()

    async def _place(self) -> None:
        """The order goes into every vendor's books."""
        answer = await self.theatre.control.post("/orders", json=self.basket)
        assert answer.status_code == 201, answer.text
        await self.learned(Mark.ORDER, str(self.number))
        await self.learned(Mark.INVOICE, f'"doc":{{"id":"{answer.json()["netsuite"]["invoice"]}"}}')

    async def _told(self, answer: RequestAnswer) -> Telling:
        self.return_id = answer.return_id
        telling = Telling(self.scene, self.basket, answer.return_id, answer)
        if answer.quote is not None:
            await self.learned(Mark.AUTHORIZATION, f"/returnAuthorization/{answer.quote.authorization}")
        await self.calm()
        return telling

    def _line(self, place: int) -> str:
        return str(self.basket["lines"][place]["line_id"])


def _ended(reference: str) -> str:
    """As it stands in a request, up to where it ends: one number may be the beginning of another."""
    return f'{reference}"'
