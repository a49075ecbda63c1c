"""Stories about what sales and support see in the CRMs."""

from __future__ import annotations

from domain.inventory import Disposition
from runtime.visibility import Outcome
from stories import baskets, ending
from stories.scene import NotAsTold, Scene

_PATIENCE = 60


async def given_up_and_replayed(scene: Scene) -> None:
    """Both CRMs refuse a return for good: it is paid all the same, is a dead letter, and one replay shows it."""
    basket = await scene.place(baskets.household(scene.number))
    mark = f"R-{scene.number}-"
    for vendor in ("salesforce", "dynamics"):
        await scene.fault(vendor, "*", "error", status=400, times=None, contains=mark)
    telling = await scene.begin(basket, (2, 1))
    await telling.confirm()
    await telling.receive((2, 1))
    await telling.judge(2, 1, Disposition.RESTOCK)
    closed = await ending.closed(telling, credit="96.28")

    async def given_up() -> bool:
        letters = await scene.crms.sight.letters(return_ids=(telling.return_id,))
        return len(letters) == 2 and all(letter.stage == closed.stage for letter in letters)

    await scene.until(given_up, "both CRMs' dead letters")
    scene.tell(f"dead letters: coverage {await _coverage(scene)}")
    if await _covered(scene):
        raise NotAsTold("all is said to be shown while a CRM refuses a return")
    (await scene.control.delete("/faults", params={"contains": mark})).raise_for_status()
    told = await scene.crms.some((telling.return_id,), None, _PATIENCE)
    if [one.outcome for one in told] != [Outcome.SHOWN, Outcome.SHOWN]:
        raise NotAsTold(f"the replay ended {', '.join(f'{one.org}: {one.outcome} {one.detail}' for one in told)}")
    await scene.until(lambda: _covered(scene), "every return to be shown as it stands")
    scene.tell(f"replayed: coverage {await _coverage(scene)}")


async def _covered(scene: Scene) -> bool:
    """Every CRM shows every return as it stands."""
    found = await scene.crms.sight.coverage(None, days=1, limit=1)
    return len(found.orgs) == 2 and all(org.all == org.all_current for org in found.orgs)


async def _coverage(scene: Scene) -> str:
    found = await scene.crms.sight.coverage(None, days=1, limit=1)
    return ", ".join(f"{org.org} {org.all_current} of {org.all}" for org in found.orgs)
