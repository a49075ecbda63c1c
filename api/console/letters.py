"""Dead letters: what CRMs and customers were owed and was given up for now; shown to the CRM again, one or many."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.access import Allowed
from api.console.forms import form
from api.console.rendering import page
from api.console.searching import asked
from api.house import House
from domain import ids
from runtime import inputs, reading
from runtime.hub.letters import counted
from security.roles import Action, Principal

router = APIRouter(include_in_schema=False)
# A page is waited for.
_PATIENCE = 10


@router.get("/console/dead-letters")
async def letters(
    request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.DEAD_LETTER_SEE))]
) -> HTMLResponse:
    given = asked(request)
    found = await house.letters.listed(who, given.get("org"), given.get("cause") or "")
    rows = [(one, ids.org_of_lane(one.lane)) for one in found]
    return page(request, who, "letters.html", asked=given, rows=rows, orgs=house.orgs)


@router.post("/console/dead-letters/replay")
async def replay(
    request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.DEAD_LETTER_REPLAY))]
) -> HTMLResponse:
    """One return, or all that fit the filter it was sent from. Answered as a page of its own: sent again it is the
    same replay, or finds nothing left to do."""
    given = await form(request)
    named = [given["return_id"]] if given.get("return_id") else []
    said = {"org": given.get("org") or None, "cause": given.get("cause", ""), "return_ids": named}
    wanted = reading.parsed(inputs.ReplayInput, said)
    client = await request.app.state.temporal.client()
    told = await house.letters.replay(client, who, wanted.org, wanted.cause, tuple(wanted.return_ids), _PATIENCE)
    return page(request, who, "replayed.html", told=told, counted=counted(told))
