"""The shapes a return can take: between them they make every kind of write there is at every vendor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from domain.inventory import Disposition
from domain.returns import Stage
from domain.units import FULL_VALUE
from stories import baskets
from stories.baskets import Basket
from tests.journeys.journey import Journey
from workflows.messages import ReportLost


@dataclass(frozen=True)
class Shape:
    """`walk` ends when the return is over; `basket` makes the order of that number."""

    name: str
    walk: Callable[[Journey], Awaitable[None]]
    basket: Callable[[int], Basket] = baskets.household


async def _everything(journey: Journey) -> None:
    """In two parcels, to every place stock can go to but back."""
    telling = await journey.ask((0, 3), (1, 2), (2, 1))
    await journey.confirmed(telling)
    await telling.receive((0, 3), (1, 2), receipt="P1")
    await telling.receive((2, 1), receipt="P2")
    await telling.judge(0, 3, Disposition.RESTOCK)
    await telling.judge(1, 1, Disposition.QUARANTINE)
    await telling.judge(1, 1, Disposition.SCRAP)
    await telling.judge(2, 1, Disposition.RESTOCK)
    await journey.ends(telling, Stage.CLOSED)


async def _lowered(journey: Journey) -> None:
    """One of two scarves is worn, the customer agrees to less; two payments get it back."""
    telling = await journey.ask((0, 2))
    await journey.confirmed(telling)
    await telling.receive((0, 2))
    await telling.judge(0, 1, Disposition.RESTOCK)
    await telling.judge(0, 1, Disposition.REFURBISH, value=FULL_VALUE // 2)
    await telling.consent("accept")
    await journey.ends(telling, Stage.CLOSED)


async def _partly_sent_back(journey: Journey) -> None:
    """The jacket is rejected and goes back to the customer, the mugs are credited."""
    telling = await journey.ask((0, 3), (2, 1))
    await journey.confirmed(telling)
    await telling.receive((0, 3), (2, 1))
    await telling.judge(0, 3, Disposition.RESTOCK)
    await telling.judge(2, 1, Disposition.SEND_BACK, accepted=False)
    await telling.consent("accept")
    await journey.ends(telling, Stage.CLOSED)


async def _nothing_credited(journey: Journey) -> None:
    """All of it is rejected and goes back."""
    telling = await journey.ask((2, 1))
    await journey.confirmed(telling)
    await telling.receive((2, 1))
    await journey.receipts_booked()
    await telling.judge(2, 1, Disposition.SEND_BACK, accepted=False)
    await telling.consent("accept")
    await journey.ends(telling, Stage.CLOSED)


async def _withdrawn(journey: Journey) -> None:
    """When the goods are in the house already."""
    telling = await journey.ask((0, 3), (2, 1))
    await journey.confirmed(telling)
    await telling.receive((0, 2), (2, 1))
    await journey.receipts_booked()
    await telling.withdraw("keeps it")
    await journey.ends(telling, Stage.WITHDRAWN)


async def _jacket(journey: Journey) -> None:
    """The jacket comes back and is as good as new."""
    telling = await journey.ask((2, 1))
    await journey.confirmed(telling)
    await telling.receive((2, 1))
    await journey.calm()
    await telling.judge(2, 1, Disposition.RESTOCK)
    await journey.ends(telling, Stage.CLOSED)


async def _kept(journey: Journey) -> None:
    """A mug that is not worth its parcel, asked for in the shop."""
    telling = await journey.ask_in_shop((0, 1))
    await telling.confirm(then=Stage.CLOSED)
    await journey.ends(telling, Stage.CLOSED)


async def _begun_in_shop(journey: Journey) -> None:
    telling = await journey.ask_in_shop((2, 1))
    await journey.confirmed(telling)
    await telling.receive((2, 1))
    await telling.judge(2, 1, Disposition.RESTOCK)
    await journey.ends(telling, Stage.CLOSED)


async def _declined(journey: Journey) -> None:
    """Too late, asked for in the shop: support says no."""
    telling = await journey.ask_in_shop((2, 1), answer="review")
    await telling.resolve("eligibility_review", "refuse")
    await journey.ends(telling, Stage.REFUSED)


async def _on_account(journey: Journey) -> None:
    """A company's credit comes off the invoice it has yet to pay."""
    telling = await journey.ask((0, 7))
    await journey.confirmed(telling)
    await telling.receive((0, 7))
    await telling.judge(0, 7, Disposition.RESTOCK)
    await journey.ends(telling, Stage.CLOSED)


async def _lost(journey: Journey) -> None:
    """The carrier loses the parcel, support credits it."""
    telling = await journey.ask((2, 1))
    await journey.confirmed(telling)
    news = ReportLost(telling.key("lost"), "TRACK-1")
    await journey.scene.say(lambda: journey.theatre.returns.report_lost(journey.return_id, news))
    await telling.resolve("parcel_lost", "credit")
    await journey.ends(telling, Stage.CLOSED)


def _store_credit(number: int) -> Basket:
    paid: list[dict[str, Any]] = [
        {"kind": "store_credit", "gateway": "shopify_store_credit", "amount": "20.00"},
        {"kind": "card", "gateway": "shopify_payments", "amount": None},
    ]
    return baskets.household(number, tenders=paid)


SHAPES = (
    Shape("everything", _everything),
    Shape("lowered, two tenders", _lowered, baskets.gift),
    Shape("partly sent back", _partly_sent_back),
    Shape("nothing credited", _nothing_credited),
    Shape("withdrawn after receipt", _withdrawn),
    Shape("store credit", _jacket, _store_credit),
    Shape("kept", _kept, lambda number: baskets.household(number, channel="keep")),
    Shape("begun in the shop", _begun_in_shop),
    Shape("declined", _declined, lambda number: baskets.household(number, delivered_days_ago=36)),
    Shape("on account", _on_account, lambda number: baskets.wholesale(number, channel="terms")),
    Shape("lost parcel", _lost),
)
PLAIN = Shape("plain", _jacket)
