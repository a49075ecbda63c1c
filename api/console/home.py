"""The first page after signing in: what waits for the one who looks; and the choice of light or dark."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access import Allowed
from api.console.forms import within
from api.console.rendering import THEME, THEMES, page
from api.house import House
from api.privacy import theirs
from domain.errors import BadInput
from domain.returns import Hold, Owner, Snapshot
from runtime.front import Front
from runtime.scope import scoped
from security.roles import Action, Principal, decides, may
from store.port import Erasure, ErasureState, Search

router = APIRouter(include_in_schema=False)
_A_YEAR = 31_536_000
_FIRST = 10
_OVER = (ErasureState.DONE, ErasureState.WITHDRAWN)


@router.get("/", status_code=303)
async def door() -> RedirectResponse:
    """Whoever opens the bare address is a person."""
    return RedirectResponse("/console", 303)


@router.get("/console")
async def today(
    request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.CONSOLE_OPEN))]
) -> HTMLResponse:
    owners = tuple(owner for owner in Owner if decides(who, owner))
    waiting: list[tuple[Snapshot, Hold]] = []
    newest: tuple[Snapshot, ...] = ()
    if may(who, Action.HOLD_SEE):
        for owner in owners:
            found = await house.doors.stores.returns.search(
                scoped(who, Search(held=True, hold_owner=owner, limit=_FIRST))
            )
            waiting += [(snap, hold) for snap in found.snapshots for hold in snap.holds if hold.owner is owner]
    if may(who, Action.RETURN_SEARCH):
        newest = (await house.doors.stores.returns.search(scoped(who, Search(limit=_FIRST)))).snapshots
    requests = await _to_be_answered(house, who) if may(who, Action.ERASURE_ASK) else None
    return page(request, who, "today.html", waiting=waiting, newest=newest, owners=owners, requests=requests)


async def _to_be_answered(house: Front, who: Principal) -> tuple[Erasure, ...]:
    """Who asked to be erased and is not yet, the oldest first."""
    due = [one for one in await house.doors.erasures.listed() if one.state not in _OVER]
    return await theirs(due[::-1], house.doors.stores, who)


@router.get("/console/theme", status_code=303)
async def choose_theme(
    request: Request, who: Annotated[Principal, Depends(Allowed(Action.CONSOLE_OPEN))]
) -> RedirectResponse:
    """Light, dark or as the device has it; kept by the browser, in a cookie that says nothing else."""
    given = request.query_params
    chosen = given.get("theme", "")
    if chosen not in THEMES:
        raise BadInput("theme", f"is one of {', '.join(THEMES)}")
    answer = RedirectResponse(within(given.get("back", "")), 303)
    answer.set_cookie(
        THEME, chosen, max_age=_A_YEAR, path="/console", httponly=True, samesite="lax",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer
