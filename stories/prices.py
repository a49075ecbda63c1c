"""Stories where the shop's policy changes the number: fees, a bundle's price, an order discount."""

from __future__ import annotations

from domain.inventory import Disposition
from domain.returns import Reason
from stories import baskets, ending
from stories.scene import NotAsTold, Scene, Telling


async def bundle_forfeited(scene: Scene) -> None:
    """The pot of a tea set: the cups kept cost their own price, and restocking costs 10 %; later the cups come too."""
    basket = await scene.place(baskets.tea_set_sold_together(scene.number))
    # 24.00 for the pot; less 4 x 1.50 for the cups; less 10 % of its net 20.00 with 20 % tax on that.
    pot = await _told(scene, basket, 0, 1, "15.60", Reason.CHANGED_MIND)
    _says(pot, "bundle:tea set", "-6.00")
    _says(pot, "restocking_fee", "-2.40")
    # 24.00 for the cups; the 6.00 are given back, for none is kept; the fee as before.
    cups = await _told(scene, basket, 1, 4, "27.60", Reason.CHANGED_MIND)
    _says(cups, "bundle:tea set", "6.00")


async def promotion_clawed_back(scene: Scene) -> None:
    """15.00 off from 80.00 on: with the boots back the jacket costs its price; when it comes too, all is settled."""
    basket = await scene.place(baskets.promoted(scene.number))
    # The boots were posted at 40.46; the jacket at 60.69 instead of 71.40.
    boots = await _told(scene, basket, 1, 1, "29.75", Reason.TOO_SMALL)
    _says(boots, "promotion", "-10.71")
    jacket = await _told(scene, basket, 0, 1, "71.40", Reason.TOO_SMALL)
    _says(jacket, "promotion", "10.71")


async def _told(
    scene: Scene, basket: baskets.Basket, place: int, quantity: int, credit: str, reason: Reason
) -> Telling:
    """One return of `quantity` of a line, taken back as it was sent. Only a changed mind pays for restocking."""
    telling = await scene.begin(basket, (place, quantity), reason=reason, key=f"line-{place}")
    await telling.confirm()
    await telling.receive((place, quantity))
    await telling.judge(place, quantity, Disposition.RESTOCK)
    await ending.closed(telling, credit=credit)
    return telling


def _says(telling: Telling, policy: str, amount: str) -> None:
    """The quote has the policy as a line of its own, with its reason."""
    quote = telling.answer.quote
    notes = {note.name: note for note in quote.notes} if quote else {}
    if policy not in notes or notes[policy].amount != telling.money(amount).minor or not notes[policy].reason:
        raise NotAsTold(f"the quote should say {policy} {amount}, it says {', '.join(quote.policies if quote else ())}")
