"""The CRMs as IT sees them: how much each shows and how fast, what is behind, and what they left to people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access import Allowed
from api.console.forms import form, needed
from api.console.rendering import done, page
from api.console.searching import asked
from api.house import House
from runtime import inputs, reading
from runtime.hub.quota import state
from runtime.hub.sheets import sheets_of
from runtime.inbound import CHOICES
from runtime.refusals import NotFound
from runtime.scope import check_everywhere
from security.roles import Action, Principal

router = APIRouter(include_in_schema=False)
_DAYS = 30
_LAGGING = 500


@router.get("/console/crm")
async def health(
    request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.KPI_SEE))]
) -> HTMLResponse:
    """From what is stored: neither the engine nor a CRM is asked."""
    seen = await house.overview.seen(None, _DAYS)
    sheets = sheets_of(seen, datetime.now(UTC))
    return page(request, who, "crms.html", sheets=sheets, days=_DAYS, untold=seen.coverage.untold, state_of=state)


@router.get("/console/crm/lagging")
async def lagging(
    request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.KPI_SEE))]
) -> HTMLResponse:
    """The returns that a CRM shows otherwise than they are, the oldest first."""
    given = asked(request)
    found = await house.sight.coverage(given.get("org"), _DAYS, _LAGGING)
    mine = await house.scope.only(who, found.lagging, lambda one: one.return_id)
    return page(request, who, "lagging.html", found=mine, org=given.get("org") or "", most=_LAGGING)


@router.post("/console/crm/{org}/breakers/closing")
async def close(
    org: str, request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.BREAKER_CLOSE))]
) -> RedirectResponse:
    """After what was wrong is mended: calls are made again within a minute."""
    check_everywhere(who, f"org {org}")
    why = reading.parsed(inputs.WhyInput, {"why": needed(await form(request), "why")}).why
    await house.protection.close(org, why, who.name)
    return done("/console/crm", "breakers_closed")


@router.get("/console/crm/items")
async def items(
    request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.ITEM_SEE))]
) -> HTMLResponse:
    """What the CRMs left to people, with the choices there are."""
    found = await house.scope.only(who, await house.edits.items(None, False), lambda one: one.key)
    return page(request, who, "items.html", found=found, choices=CHOICES)


@router.post("/console/crm/items/{item_id}/resolution")
async def resolve(
    item_id: inputs.Number,
    request: Request,
    house: House,
    who: Annotated[Principal, Depends(Allowed(Action.ITEM_RESOLVE))],
) -> RedirectResponse:
    given = await form(request)
    said = {"choice": needed(given, "choice"), "note": given.get("note", "")}
    decided = reading.parsed(inputs.ItemInput, said)
    item = await house.edits.item(item_id)
    if item is None or not await house.scope.only(who, (item,), lambda one: one.key):
        raise NotFound(f"there is no open item {item_id}")
    through = house.listening(await request.app.state.temporal.client())
    await through.resolve(item_id, decided.choice, who.name, decided.note)
    return done("/console/crm/items", "item_resolved")
