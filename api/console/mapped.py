"""Mappings: which field of a CRM shows what, whether an org fits its mapping, and what would be written there."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from adapters.crm.mapping import page as mapping_page
from api.access import Allowed
from api.console.forms import form, lines_of
from api.console.rendering import page
from api.house import House
from api.mappings import check_org, found, rehearsed
from runtime import inputs, mappings, reading, wiring
from runtime.preflight import examine, passed
from runtime.settings import Settings
from security.roles import Action, Principal

router = APIRouter(include_in_schema=False)


@router.get("/console/mappings")
async def every(request: Request, who: Annotated[Principal, Depends(Allowed(Action.MAPPING_SEE))]) -> HTMLResponse:
    settings: Settings = request.app.state.settings
    orgs = [(org, mappings.mapping(given)) for org, given in settings.crm.items()]
    return page(request, who, "mappings.html", orgs=orgs, shipped=mappings.every())


@router.get("/console/mappings/{name}")
async def one(
    name: str, request: Request, who: Annotated[Principal, Depends(Allowed(Action.MAPPING_SEE))]
) -> HTMLResponse:
    """An org's by the org's name, or one that comes with the program by its own."""
    settings: Settings = request.app.state.settings
    told = mapping_page.data(found(settings, name))
    return page(request, who, "mapping.html", name=name, told=told, of_org=name in settings.crm)


@router.post("/console/mappings/{org}/check")
async def check(
    org: str, request: Request, who: Annotated[Principal, Depends(Allowed(Action.MAPPING_CHECK))]
) -> HTMLResponse:
    """The org is asked for its objects as they are now; nothing is changed."""
    settings: Settings = request.app.state.settings
    check_org(settings, org)
    lines = await examine(wiring.mapping_parts(settings, request.app.state.vault, org))
    return page(request, who, "mapping_checked.html", org=org, lines=lines, passed=passed(lines))


@router.post("/console/mappings/{org}/rehearsal")
async def rehearse(
    org: str, request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.MAPPING_CHECK))]
) -> HTMLResponse:
    """What would be written of these returns, or of the newest. Writes nothing; personal values are hidden."""
    settings: Settings = request.app.state.settings
    check_org(settings, org)
    given = reading.parsed(inputs.RehearsalInput, {"return_ids": lines_of(await form(request), "return_ids")})
    shown = await rehearsed(house, settings, who, org, given)
    return page(request, who, "rehearsed.html", org=org, found=shown)
