"""The vendor doctor: every counterpart is asked whether a return could run with it, and what to mend is said."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.access import Allowed
from api.console.forms import form
from api.console.rendering import page
from runtime import wiring
from runtime.preflight import choose, examine, names, passed
from runtime.scope import check_everywhere
from security.roles import Action, Principal

router = APIRouter(include_in_schema=False)
_WHAT = "the doctor"


@router.get("/console/doctor")
async def doctor(request: Request, who: Annotated[Principal, Depends(Allowed(Action.VENDOR_EXAMINE))]) -> HTMLResponse:
    """Nobody is asked until the button is pressed."""
    check_everywhere(who, _WHAT)
    parts = wiring.preflight(request.app.state.settings, request.app.state.vault)
    known = tuple(names(parts))
    await choose(parts, ())
    return page(request, who, "doctor.html", known=known, chosen="", lines=None, passed=None)


@router.post("/console/doctor")
async def examination(
    request: Request, who: Annotated[Principal, Depends(Allowed(Action.VENDOR_EXAMINE))]
) -> HTMLResponse:
    """All of them, or one. It changes nothing anywhere, so its page may be asked for again."""
    check_everywhere(who, _WHAT)
    given = await form(request)
    parts = wiring.preflight(request.app.state.settings, request.app.state.vault)
    wanted = given.get("vendor", "")
    lines = await examine(await choose(parts, (wanted,) if wanted else None))
    return page(
        request, who, "doctor.html", known=tuple(names(parts)), chosen=wanted, lines=lines, passed=passed(lines)
    )
