"""Whom a return is about: masked, or whole with a reason."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request

from api.access import check_sees
from api.bodies import body_of
from api.documented import ANSWERS, Answers, body, page
from api.house import House
from api.returns import by
from runtime import inputs
from runtime.contacts import Contacts
from security.roles import Action, Principal

router = APIRouter(tags=["returns"], responses=ANSWERS)
# By what is known of them: name, email, company.
_CONTACT: Answers = {200: page("whom it is about", return_id=str, contact=dict[str, str] | None)}


@router.get("/returns/{return_id}/contact", responses=_CONTACT)
async def contact(return_id: str, house: House, who: Annotated[Principal, by(Action.CONTACT_SEE)]) -> dict[str, Any]:
    """The customer, masked: enough to tell two apart. `contact` is null when nobody is known, or was erased."""
    check_sees(who, await house.views.snapshot(return_id))
    return {"return_id": return_id, "contact": await Contacts(house.doors.stores).masked(return_id)}


@router.post("/returns/{return_id}/contact/disclosure", responses=_CONTACT, openapi_extra=body(inputs.DisclosureInput))
async def disclose(
    return_id: str, request: Request, house: House, who: Annotated[Principal, by(Action.CONTACT_UNMASK)]
) -> dict[str, Any]:
    """The customer as they are, for a reason, which is kept with who asked. Each time is an act of its own."""
    given = await body_of(request, inputs.DisclosureInput)
    check_sees(who, await house.views.snapshot(return_id))
    told = await Contacts(house.doors.stores).disclosed(return_id, who.name, given.reason)
    return {"return_id": return_id, "contact": told}
