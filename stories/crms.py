"""Stories about what sales and support see in the CRMs."""

from __future__ import annotations

from typing import Any

from domain.inventory import Disposition
from runtime.visibility import Outcome
from stories import baskets, ending, office
from stories.scene import NotAsTold, Scene, Telling

_PATIENCE = 60
# The vendor, its own word for the records, and where our reference stands in them.
_RETURNS = (("salesforce", "ReturnOrder", "Returns_Ref__c"), ("dynamics", "msdyn_rmas", "bh_returnref"))
_CONTACTS = (("salesforce", "Contact", "Shop_Customer_Ref__c"), ("dynamics", "contacts", "bh_customerref"))


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


async def merged_in_both(scene: Scene) -> None:
    """Sales find a second contact of the customer and merge: what is shown next is at the one who is left."""
    basket = await scene.place(baskets.household(scene.number))
    telling = await scene.begin(basket, (2, 1))
    await telling.confirm()
    await _shown(telling)
    order, case = await _rows(telling)
    person = basket["customer"]
    async with scene.office.staff() as staff:
        names = {"FirstName": person["first_name"], "LastName": person["last_name"]}
        one = await staff.make_in_salesforce(**names, Email=person["email"], AccountId=order["AccountId"])
        names = {"firstname": person["first_name"], "lastname": person["last_name"]}
        other = await staff.make_in_dynamics(**names, emailaddress1=person["email"])
        lost = {office.SALES: order["ContactId"], office.SERVICE: case["_msdyn_requestedbycontact_value"]}
        await staff.merge_in_salesforce(one, lost[office.SALES])
        await staff.merge_in_dynamics(other, lost[office.SERVICE])

    async def heard() -> bool:
        return all([await scene.office.heard(org, contact) for org, contact in lost.items()])

    await scene.until(heard, "both merges to be heard of")
    scene.tell("merged")
    await telling.receive((2, 1))
    await telling.judge(2, 1, Disposition.RESTOCK)
    await ending.closed(telling, credit="96.28")
    await _shown(telling)
    order, case = await _rows(telling)
    if (order["ContactId"], case["_msdyn_requestedbycontact_value"]) != (one, other):
        raise NotAsTold("the return is not shown at the contacts that are left")
    if await scene.crms.sight.letters(return_ids=(telling.return_id,)):
        raise NotAsTold("a CRM was not told of the return any more")
    again = [
        row for vendor, table, key in _CONTACTS for row in (await scene.books(vendor))[table]
        if row.get(key) == str(person["id"]) and not row.get("IsDeleted") and not row.get("merged")
    ]  # fmt: skip
    if again:
        raise NotAsTold("the customer was made once more")


async def _shown(telling: Telling) -> None:
    async def look() -> bool:
        snapshot = await telling.scene.returns.live(telling.return_id)
        return bool(snapshot.crm) and all(crm.published >= snapshot.version for crm in snapshot.crm)

    await telling.scene.until(look, "the CRMs to show the return")


async def _rows(telling: Telling) -> tuple[dict[str, Any], dict[str, Any]]:
    """What shows the return, in Salesforce and in Dynamics."""
    found = [
        next(row for row in (await telling.scene.books(vendor))[table] if row.get(key) == telling.return_id)
        for vendor, table, key in _RETURNS
    ]
    return found[0], found[1]


async def _covered(scene: Scene) -> bool:
    """Every CRM shows every return as it stands."""
    found = await scene.crms.sight.coverage(None, days=1, limit=1)
    return len(found.orgs) == 2 and all(org.all == org.all_current for org in found.orgs)


async def _coverage(scene: Scene) -> str:
    found = await scene.crms.sight.coverage(None, days=1, limit=1)
    return ", ".join(f"{org.org} {org.all_current} of {org.all}" for org in found.orgs)
