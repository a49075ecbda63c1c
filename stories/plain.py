"""Stories where everybody does what is expected of them."""

from __future__ import annotations

from typing import Any

from domain.inventory import Disposition
from domain.returns import Stage
from stories import baskets, ending
from stories.scene import NotAsTold, Scene


async def full_return(scene: Scene) -> None:
    """Everything comes back: to the cent what was invoiced, shipping included."""
    basket = await scene.place(baskets.household(scene.number))
    telling = await scene.begin(basket, (0, 3), (1, 2), (2, 1))
    await telling.confirm()
    await telling.receive((0, 3), (1, 2), (2, 1))
    for place, quantity in ((0, 3), (1, 2), (2, 1)):
        await telling.judge(place, quantity, Disposition.RESTOCK)
    await ending.closed(telling)
    invoice = await _invoiced(scene)
    theirs = await ending.vendor_books(scene, basket)
    if theirs.credited.decimal() != invoice:
        raise NotAsTold(f"everything came back, but {theirs.credited} was credited of an invoice over {invoice}")


async def partial_then_rest(scene: Scene) -> None:
    """One mug of three, later the other two: the parts sum to the line, though it does not divide by three."""
    basket = await scene.place(baskets.household(scene.number))
    first = await scene.begin(basket, (0, 1), key="one")
    await first.confirm()
    await first.receive((0, 1))
    await first.judge(0, 1, Disposition.RESTOCK)
    one = await ending.closed(first, credit="3.97")
    second = await scene.begin(basket, (0, 2), key="two")
    await second.confirm()
    await second.receive((0, 1), receipt="P1")
    await second.receive((0, 1), receipt="P2")
    await second.judge(0, 2, Disposition.RESTOCK)
    two = await ending.closed(second)
    assert one.agreed is not None
    assert two.agreed is not None
    if one.agreed + two.agreed != first.money("11.90"):
        raise NotAsTold(f"{one.agreed} and {two.agreed} do not sum to the line's 11.90")


async def bundle_part(scene: Scene) -> None:
    """One cup of a tea set: its share of the bundle's price with its tax, not the list price."""
    basket = await scene.place(baskets.tea_set(scene.number))
    telling = await scene.begin(basket, (1, 1))
    await telling.confirm()
    await telling.receive((1, 1))
    await telling.judge(1, 1, Disposition.RESTOCK)
    await ending.closed(telling, credit="5.75")


async def without_decimals(scene: Scene) -> None:
    """Yen: a third of 3500 plus tax, in whole yen."""
    basket = await scene.place(baskets.camera(scene.number))
    telling = await scene.begin(basket, (1, 1))
    await telling.confirm()
    await telling.receive((1, 1))
    await telling.judge(1, 1, Disposition.RESTOCK)
    await ending.closed(telling, credit="1283")


async def two_tenders(scene: Scene) -> None:
    """Paid by gift card and card: each gets back at most what it gave."""
    basket = await scene.place(baskets.gift(scene.number))
    telling = await scene.begin(basket, (0, 2))
    await telling.confirm()
    await telling.receive((0, 2))
    await telling.judge(0, 1, Disposition.RESTOCK)
    await telling.judge(0, 1, Disposition.QUARANTINE)
    snapshot = await ending.closed(telling, credit="65.33")
    assert snapshot.payout is not None
    if len(snapshot.payout.tenders) != 2:
        raise NotAsTold("the refund should have gone to two tenders")


async def on_account(scene: Scene) -> None:
    """A company buys on account: the credit memo stays open there, no money moves."""
    basket = await scene.place(baskets.wholesale(scene.number))
    telling = await scene.begin(basket, (0, 7))
    await telling.confirm()
    await telling.receive((0, 7))
    await telling.judge(0, 7, Disposition.RESTOCK)
    await ending.closed(telling, on_account=True)


async def applied_to_invoice(scene: Scene) -> None:
    """A company's credit comes off the invoice it has yet to pay."""
    basket = await scene.place(baskets.wholesale(scene.number, channel="terms"))
    telling = await scene.begin(basket, (0, 7))
    await telling.confirm()
    await telling.receive((0, 7))
    await telling.judge(0, 7, Disposition.RESTOCK)
    snapshot = await ending.closed(telling, on_account=True)
    (invoice,) = await _documents(scene, "invoice")
    owed = telling.money(invoice["total"]).minor - telling.money(invoice["amountRemaining"]).minor
    if snapshot.agreed is None or owed != snapshot.agreed.minor:
        raise NotAsTold(f"{snapshot.agreed} was credited, and {invoice['amountRemaining']} are still to be paid")


async def keep_the_item(scene: Scene) -> None:
    """A mug for 3.97: the credit is smaller than its handling, so it is paid and the customer keeps the mug."""
    basket = await scene.place(baskets.household(scene.number, channel="keep"))
    telling = await scene.begin(basket, (0, 1))
    await telling.confirm(then=Stage.CLOSED)
    snapshot = await ending.closed(telling, credit="3.97")
    if snapshot.stock or await _documents(scene, "itemReceipt"):
        raise NotAsTold("goods that the customer keeps were booked")


async def withdrawn(scene: Scene) -> None:
    """The customer changes their mind once more after confirming: everything opened is closed again."""
    basket = await scene.place(baskets.household(scene.number))
    telling = await scene.begin(basket, (2, 1))
    await telling.confirm()
    await telling.withdraw("keeps it")
    await ending.ended(telling, Stage.WITHDRAWN)
    again = await scene.begin(basket, (2, 1), key="again")
    if again.answer.decision != "quoted":
        raise NotAsTold(f"the withdrawn unit should be free again: {again.answer.reasons}")
    await again.withdraw()
    await ending.ended(again, Stage.WITHDRAWN)


async def quote_expires(scene: Scene) -> None:
    """Nobody confirms: the quote ends by itself and the unit is free again."""
    basket = await scene.place(baskets.household(scene.number, channel="outlet"))
    telling = await scene.begin(basket, (2, 1))
    await ending.ended(telling, Stage.EXPIRED)


async def _invoiced(scene: Scene) -> str:
    (invoice,) = await _documents(scene, "invoice")
    return str(invoice["total"])


async def _documents(scene: Scene, kind: str) -> list[dict[str, Any]]:
    """The ERP's documents of one type for the story's order."""
    erp = await scene.books("netsuite")
    return [doc for doc in erp["documents"][kind] if str(doc["order"]) == str(scene.number)]
