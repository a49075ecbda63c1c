"""Stories where the parcel or its contents are not what was expected."""

from __future__ import annotations

from domain.inventory import Disposition
from domain.returns import Reason, Stage
from domain.units import FULL_VALUE
from stories import baskets, ending
from stories.scene import NotAsTold, Scene
from workflows.messages import ReportLost


async def lower_credit_accepted(scene: Scene) -> None:
    """One of two scarves is worn: credited by half after the customer agrees to the ERP's new number."""
    basket = await scene.place(baskets.gift(scene.number))
    telling = await scene.begin(basket, (0, 2))
    await telling.confirm()
    await telling.receive((0, 2))
    await telling.judge(0, 1, Disposition.RESTOCK)
    await telling.judge(0, 1, Disposition.REFURBISH, value=FULL_VALUE // 2)
    await telling.consent("accept")
    await ending.closed(telling, credit="49.00")


async def disputed_and_sent_back(scene: Scene) -> None:
    """The customer disputes a rejected jacket; support sends it back; the mugs are credited all the same."""
    basket = await scene.place(baskets.household(scene.number))
    telling = await scene.begin(basket, (0, 3), (2, 1))
    await telling.confirm()
    await telling.receive((0, 3), (2, 1))
    await telling.judge(0, 3, Disposition.RESTOCK)
    await telling.judge(2, 1, Disposition.SEND_BACK, accepted=False)
    await telling.consent("dispute")
    await telling.resolve("disputed", "send_back")
    await ending.closed(telling, credit="11.90")


async def wrong_item(scene: Scene) -> None:
    """Somebody else's article lies in the jacket's place: no credit for it, and support decides where it goes."""
    basket = await scene.place(baskets.household(scene.number, channel="express"))
    telling = await scene.begin(basket, (0, 1), (2, 1))
    await telling.confirm()
    await telling.receive((0, 1), sku="SOMEBODY-ELSES-BOOTS")
    await telling.judge(0, 1, Disposition.RESTOCK)
    await telling.consent("accept")
    await telling.resolve("unexpected_goods", "send_back")
    await ending.closed(telling, credit="3.97")


async def over_receipt(scene: Scene) -> None:
    """Two mugs announced, three in the parcel: two are credited, the third is nobody's and never sellable."""
    basket = await scene.place(baskets.household(scene.number))
    telling = await scene.begin(basket, (0, 2))
    await telling.confirm()
    await telling.receive((0, 3))
    await telling.judge(0, 2, Disposition.RESTOCK)
    await telling.resolve("unexpected_goods", "quarantine")
    await ending.closed(telling, credit="7.93")


async def lost_parcel(scene: Scene) -> None:
    """The carrier lost it: support credits in full, no stock moves."""
    basket = await scene.place(baskets.household(scene.number))
    telling = await scene.begin(basket, (2, 1), reason=Reason.TOO_BIG)
    await telling.confirm()
    news = ReportLost(telling.key("lost"), "TRACK-1")
    await scene.say(lambda: scene.returns.report_lost(telling.return_id, news))
    await telling.resolve("parcel_lost", "credit")
    snapshot = await ending.closed(telling, credit="96.28")
    if snapshot.stock:
        raise NotAsTold("a lost unit must not move any stock")


async def never_sent(scene: Scene) -> None:
    """Confirmed but never sent: the deadline passes, everything opened is closed, nothing is credited."""
    basket = await scene.place(baskets.household(scene.number, channel="outlet"))
    telling = await scene.begin(basket, (2, 1))
    await telling.confirm()
    await ending.ended(telling, Stage.EXPIRED)
