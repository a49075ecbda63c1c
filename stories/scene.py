"""What a story can do: place an order, speak to a return as each user does, wait, and look into the vendors' books."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import httpx

from domain import ids
from domain.change_request import Answered, ChangeRequest, RequestKind
from domain.inventory import Disposition
from domain.money import Money, parse
from domain.returns import Reason, RequestedLine, Snapshot, Stage
from domain.units import FULL_VALUE, Verdict
from runtime.refusals import NotFound, RetryLater
from runtime.returns import Returns
from runtime.visibility import Replaying
from stories.baskets import Basket
from stories.office import Office
from workflows import messages as m

_PAUSE = 0.15
T = TypeVar("T")


class NotAsTold(Exception):
    """The story took another turn; the sentence says where."""


class Crew(Protocol):
    """Who can kill and start the stack's processes."""

    async def kill(self, part: str) -> None:
        """SIGKILL; returns when it is dead."""
        ...

    async def start(self) -> None:
        """Start whatever died."""
        ...


@dataclass
class Scene:
    """The stage of one story. `control` speaks to the sandbox's control server; `patience` is in seconds."""

    returns: Returns
    crms: Replaying
    control: httpx.AsyncClient
    crew: Crew
    office: Office
    number: int
    patience: float = 120.0
    tell: Callable[[str], None] = lambda line: None
    told: list[Telling] = field(default_factory=list)

    async def place(self, basket: Basket) -> Basket:
        """Post the order into every vendor's books."""
        answer = await self.control.post("/orders", json=basket)
        if answer.status_code != 201:
            raise NotAsTold(f"the sandbox did not take the order: {answer.text[:200]}")
        return basket

    async def begin(
        self, basket: Basket, *units: tuple[int, int], reason: Reason = Reason.CHANGED_MIND, key: str = "click"
    ) -> Telling:
        """Ask `units` back: (place of the line in the basket, quantity) each."""
        lines = tuple(
            RequestedLine(str(basket["lines"][place]["line_id"]), quantity, reason) for place, quantity in units
        )
        start = start_of(basket, lines, key)
        answer = await self.say(lambda: self.returns.start(start))
        telling = Telling(self, basket, answer.return_id, answer)
        if all(known.return_id != telling.return_id for known in self.told):
            self.told.append(telling)
        self.tell(f"{answer.decision} {answer.quote.total if answer.quote else ''}")
        return telling

    async def fault(self, vendor: str, operation: str, kind: str, **more: Any) -> None:
        wish = {"vendor": vendor, "operation": operation, "kind": kind, **more}
        (await self.control.post("/faults", json=wish)).raise_for_status()

    async def books(self, vendor: str) -> dict[str, Any]:
        answer = await self.control.get(f"/books/{vendor}")
        answer.raise_for_status()
        books: dict[str, Any] = answer.json()
        return books

    async def say(self, message: Callable[[], Awaitable[T]]) -> T:
        """Send a message as a caller should: the same one again when the engine did not answer."""
        end = time.monotonic() + self.patience
        while True:
            try:
                return await message()
            except RetryLater as late:
                if time.monotonic() > end:
                    raise NotAsTold(f"no answer within {self.patience:.0f} s: {late}") from late
                await asyncio.sleep(_PAUSE)

    async def until(self, ready: Callable[[], Any], what: str) -> Any:
        """Ask again and again until `ready` (a coroutine function) answers something."""
        end = time.monotonic() + self.patience
        while time.monotonic() < end:
            found = await ready()
            if found:
                return found
            await asyncio.sleep(_PAUSE)
        raise NotAsTold(f"waited {self.patience:.0f} s for {what}")


@dataclass
class Telling:
    """One return of a story, spoken to as its users do."""

    scene: Scene
    basket: Basket
    return_id: str
    answer: m.RequestAnswer
    said: int = 0

    def line(self, place: int) -> str:
        return str(self.basket["lines"][place]["line_id"])

    def money(self, text: str) -> Money:
        return parse(text, self.basket["currency"])

    def key(self, what: str) -> str:
        self.said += 1
        return f"{what}-{self.return_id}-{self.said}"

    async def confirm(self, then: Stage = Stage.AWAITING_GOODS) -> None:
        quote = self.answer.quote
        if quote is None:
            raise NotAsTold(f"no quote to confirm: {self.answer.decision} {'; '.join(self.answer.reasons)}")
        message = m.Confirm(self.key("confirm"), quote.digest, quote.total)
        await self.scene.say(lambda: self.scene.returns.confirm(self.return_id, message))
        await self.at(then)

    async def withdraw(self, reason: str = "") -> None:
        message = m.Withdraw(self.key("withdraw"), reason)
        await self.scene.say(lambda: self.scene.returns.withdraw(self.return_id, message))

    async def receive(self, *units: tuple[int, int], receipt: str = "P1", sku: str | None = None) -> None:
        """A parcel with (place, quantity) of the basket's lines, and one piece of an article `sku` nobody expects."""
        lines = [m.ReceiptLine(quantity, self.line(place)) for place, quantity in units]
        lines += [m.ReceiptLine(1, sku=sku)] if sku else []
        message = m.Receipt(f"{receipt}-{self.return_id}", tuple(lines))
        await self.scene.say(lambda: self.scene.returns.receive(self.return_id, message))

    async def judge(
        self, place: int, quantity: int, disposition: Disposition, accepted: bool = True, value: int = FULL_VALUE
    ) -> None:
        verdict = Verdict(self.line(place), quantity, disposition, accepted, value)
        message = m.Inspection(self.key("inspection"), (verdict,))
        await self.scene.say(lambda: self.scene.returns.inspect(self.return_id, message))

    async def consent(self, answer: str) -> None:
        snapshot = await self.at(Stage.AWAITING_CONSENT)
        assert snapshot.quote is not None
        message = m.Consent(self.key("consent"), answer, snapshot.quote.digest)
        await self.scene.say(lambda: self.scene.returns.consent(self.return_id, message))

    async def held(self, reason: str) -> Snapshot:
        snapshot: Snapshot = await self.when(
            lambda snap: any(hold.reason == reason for hold in snap.holds), f"hold {reason}"
        )
        return snapshot

    async def ask(self, kind: RequestKind, value: str = "") -> Answered:
        """A change, as an agent asks for it in a CRM."""
        name = self.key(f"ask-{kind}")
        request = ChangeRequest(name, kind, value, "crm:story", "agent", datetime.now(UTC))
        answer = await self.scene.say(lambda: self.scene.returns.ask(self.return_id, request))
        self.scene.tell(f"{kind}: {answer.status}")
        return answer

    async def resolve(self, reason: str, choice: str, note: str = "") -> None:
        snapshot = await self.held(reason)
        hold = next(hold for hold in snapshot.holds if hold.reason == reason)
        message = m.Resolve(self.key("resolve"), hold.hold_id, choice, str(hold.owner), note)
        await self.scene.say(lambda: self.scene.returns.resolve(self.return_id, message))

    async def snapshot(self) -> Snapshot:
        return await self.scene.returns.snapshot(self.return_id)

    async def at(self, stage: Stage) -> Snapshot:
        snapshot: Snapshot = await self.when(lambda snap: snap.stage is stage, f"stage {stage}")
        self.scene.tell(str(stage))
        return snapshot

    async def when(self, ready: Callable[[Snapshot], bool], what: str) -> Any:
        async def look() -> Snapshot | None:
            try:
                snapshot = await self.snapshot()
            except NotFound:
                return None
            return snapshot if ready(snapshot) else None

        try:
            return await self.scene.until(look, what)
        except NotAsTold as late:
            stands = await self.snapshot()
            holds = "; ".join(f"{hold.reason}: {hold.detail}" for hold in stands.holds)
            raise NotAsTold(f"{late}; {self.return_id} is {stands.stage}, {holds or stands.waiting_for}") from late


def start_of(basket: Basket, lines: tuple[RequestedLine, ...], key: str) -> m.StartReturn:
    """The request a storefront would send for these lines."""
    order_id = str(basket["order_id"])
    return m.StartReturn(ids.return_id(order_id, key), order_id, lines, key)
