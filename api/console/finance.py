"""Finance's page: what it has to decide, with every number that is needed for it, and where amounts differ.

Amounts are shown and never typed: what is decided is one of the hold's choices, with a note that stays."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access import Allowed
from api.console.forms import check_sure, form, needed
from api.console.rendering import done, page
from api.console.searching import asked
from api.holds import Desk
from api.house import House
from domain.returns import Owner
from runtime import inputs, reading
from runtime.finance import Finance
from runtime.scope import check_sees
from security.roles import Action, Principal, decides, may
from workflows.decisions import NEED_A_NOTE

router = APIRouter(include_in_schema=False)


def _finance(house: House) -> Finance:
    return Finance(house.doors.stores.returns, house.doors.claims, house.views)


Books = Annotated[Finance, Depends(_finance)]


@router.get("/console/money")
async def matters(
    request: Request, books: Books, who: Annotated[Principal, Depends(Allowed(Action.MONEY_SEE))]
) -> HTMLResponse:
    """Holds of finance. Others who see money may read along."""
    given = asked(request)
    found, following = await books.matters(who, given.get("cursor"))
    deciding = may(who, Action.HOLD_RESOLVE) and decides(who, Owner.FINANCE)
    return page(
        request, who, "finance.html", found=found, next=given.link(following), deciding=deciding, noted=NEED_A_NOTE
    )


@router.get("/console/money/mismatches")
async def mismatches(
    request: Request, books: Books, who: Annotated[Principal, Depends(Allowed(Action.MONEY_SEE))]
) -> HTMLResponse:
    """Where agreed, credited and paid are not the same, or were made so by hand."""
    given = asked(request)
    found, following = await books.mismatches(who, given.get("cursor"))
    return page(request, who, "mismatches.html", found=found, next=given.link(following))


@router.post("/console/money/{return_id}/{hold_id}/decision")
async def decide(
    return_id: str,
    hold_id: str,
    request: Request,
    desk: Desk,
    house: House,
    who: Annotated[Principal, Depends(Allowed(Action.HOLD_RESOLVE))],
) -> RedirectResponse:
    """One of the choices, by the role that owns the hold, when it was ticked that it is meant."""
    check_sees(who, await house.views.snapshot(return_id))
    given = await form(request)
    message: dict[str, Any] = {"hold_id": hold_id, "by": who.name, "choice": needed(given, "choice")}
    message |= {"note": given.get("note", ""), "idempotency_key": given.get("key") or None}
    check_sure(given)
    await desk.resolve(who, return_id, reading.parsed(inputs.ResolveInput, message).message())
    return done("/console/money", "resolved")
