"""Sessions of others, ended by those who administer: for somebody who left, or whose machine was lost."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request

from api.bodies import body_of
from api.documented import ANSWERS, body, page
from api.returns import by
from runtime import inputs
from runtime.scope import check_everywhere
from runtime.sign_in import SignIn
from security.roles import Action, Principal

router = APIRouter(tags=["sign-in"], responses=ANSWERS)


@router.post(
    "/sessions/ending",
    responses={200: page("how many there were", person=str, ended=int)},
    openapi_extra=body(inputs.EndSessionsInput),
)
async def end_sessions(request: Request, who: Annotated[Principal, by(Action.SESSION_END)]) -> dict[str, Any]:
    """End every session of a person, for a reason; `person` is their name as the audit has it."""
    check_everywhere(who, "sessions")
    given = await body_of(request, inputs.EndSessionsInput)
    desk: SignIn = request.app.state.sign_in
    return {"person": given.person, "ended": await desk.end_all(given.person, who.name, given.why)}
