"""Vendors' credentials as IT writes them: forms that take one, and a list that shows none."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access import Allowed
from api.console.forms import check_sure, form, needed, whole
from api.console.rendering import done, page
from api.credentials import WHAT, Kept
from runtime.credentials.keeping import MOST_OVERLAP
from runtime.scope import check_everywhere
from security.roles import Action, Principal

router = APIRouter(include_in_schema=False)
_PAGE = "/console/credentials"
_HOURS = MOST_OVERLAP // timedelta(hours=1)


@router.get(_PAGE)
async def every(
    request: Request, kept: Kept, who: Annotated[Principal, Depends(Allowed(Action.CREDENTIAL_SEE))]
) -> HTMLResponse:
    check_everywhere(who, WHAT)
    return page(request, who, "credentials.html", found=await kept.all(), hours=_HOURS)


@router.post(_PAGE + "/{credential}/version")
async def write(
    credential: str,
    request: Request,
    kept: Kept,
    who: Annotated[Principal, Depends(Allowed(Action.CREDENTIAL_WRITE))],
) -> RedirectResponse:
    """A form that is sent twice writes once."""
    check_everywhere(who, WHAT)
    given = await form(request)
    hours = whole(given, "overlap_hours")
    overlap = None if hours is None else timedelta(hours=min(hours, _HOURS))
    await kept.write(credential, needed(given, "secret"), who.name, overlap, needed(given, "key"))
    return done(_PAGE, "credential_written")


@router.post(_PAGE + "/{credential}/end")
async def drop(
    credential: str,
    request: Request,
    kept: Kept,
    who: Annotated[Principal, Depends(Allowed(Action.CREDENTIAL_WRITE))],
) -> RedirectResponse:
    check_everywhere(who, WHAT)
    check_sure(await form(request))
    await kept.drop(credential, who.name)
    return done(_PAGE, "credential_dropped")
