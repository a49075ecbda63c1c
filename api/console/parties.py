"""Who is who: pairs of records that may be one person, side by side and masked, and a person's word on each."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access import Allowed
from api.console.forms import form
from api.console.rendering import done, page
from api.house import House
from runtime import inputs, reading
from runtime.scope import check_everywhere
from security.roles import Action, Principal

router = APIRouter(include_in_schema=False)
_A_PAGE = 20
_WHAT = "who is who"


@router.get("/console/identity")
async def reviews(
    request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.IDENTITY_SEE))]
) -> HTMLResponse:
    """The likeliest first."""
    check_everywhere(who, _WHAT)
    found = await house.deciding.queue(_A_PAGE, "", "")
    rows = [(one, tuple(dict.fromkeys((*one.one.fields, *one.other.fields)))) for one in found]
    return page(request, who, "reviews.html", rows=rows)


@router.post("/console/identity/{review_id}/acceptance")
async def accept(
    review_id: inputs.Number,
    request: Request,
    house: House,
    who: Annotated[Principal, Depends(Allowed(Action.IDENTITY_DECIDE))],
) -> RedirectResponse:
    """The two records are one party."""
    await house.deciding.accept(review_id, who.name, await _why(request, who))
    return done("/console/identity", "joined")


@router.post("/console/identity/{review_id}/rejection")
async def reject(
    review_id: inputs.Number,
    request: Request,
    house: House,
    who: Annotated[Principal, Depends(Allowed(Action.IDENTITY_DECIDE))],
) -> RedirectResponse:
    """They are not, whatever any weights say from now on."""
    await house.deciding.reject(review_id, who.name, await _why(request, who))
    return done("/console/identity", "kept_apart")


async def _why(request: Request, who: Principal) -> str:
    check_everywhere(who, _WHAT)
    given = await form(request)
    return reading.parsed(inputs.WhyInput, {"why": given.get("why", "")}).why
