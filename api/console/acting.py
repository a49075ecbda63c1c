"""What people do to a return on its page: for its customer, or because a hold is theirs. Each form leads back there."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from api.access import Allowed, check_sees
from api.console.forms import form
from api.console.rendering import done
from api.returns import Desk
from domain.errors import BadInput
from domain.returns import Snapshot
from runtime import inputs, reading
from security.roles import Action, Principal, decides

router = APIRouter(include_in_schema=False)


def by(action: Action) -> Any:
    return Depends(Allowed(action))


@router.post("/console/returns/{return_id}/confirmation")
async def confirm(
    return_id: str, request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_CONFIRM)]
) -> RedirectResponse:
    """For the customer, who said so: exactly the amount that the page shows."""
    await _mine(desk, who, return_id)
    given = await _sent(request, "digest", "amount", "currency")
    await desk.confirm(return_id, reading.parsed(inputs.ConfirmInput, given).message())
    return _back(return_id, "confirmed")


@router.post("/console/returns/{return_id}/consent")
async def consent(
    return_id: str, request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_CONSENT)]
) -> RedirectResponse:
    await _mine(desk, who, return_id)
    given = await _sent(request, "digest", "answer")
    await desk.consent(return_id, reading.parsed(inputs.ConsentInput, given).message())
    return _back(return_id, "answered")


@router.post("/console/returns/{return_id}/withdrawal")
async def withdraw(
    return_id: str, request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_WITHDRAW)]
) -> RedirectResponse:
    await _mine(desk, who, return_id)
    given = await _sent(request, "reason", "sure")
    _check_sure(given)
    if not given["reason"]:
        raise BadInput("reason", "is empty; say why the customer takes the return back")
    await desk.withdraw(return_id, reading.parsed(inputs.WithdrawInput, given).message())
    return _back(return_id, "withdrawn")


@router.post("/console/returns/{return_id}/losses")
async def lost(
    return_id: str, request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_REPORT_LOST)]
) -> RedirectResponse:
    await _mine(desk, who, return_id)
    given = await _sent(request, "tracking", "sure")
    _check_sure(given)
    given["tracking"] = given["tracking"] or None
    await desk.report_lost(return_id, reading.parsed(inputs.LostInput, given).message())
    return _back(return_id, "lost")


@router.post("/console/returns/{return_id}/holds/{hold_id}/resolution")
async def resolve(
    return_id: str,
    hold_id: str,
    request: Request,
    desk: Desk,
    who: Annotated[Principal, by(Action.HOLD_RESOLVE)],
) -> RedirectResponse:
    """One of the hold's choices, by the role that owns it."""
    snapshot = await _mine(desk, who, return_id)
    given = await _sent(request, "choice", "note")
    hold = next((one for one in snapshot.holds if one.hold_id == hold_id), None)
    if hold is not None and not decides(who, hold.owner):
        raise HTTPException(403, f"hold {hold_id} is decided by {hold.owner}, which {who.name} is not")
    more = {"hold_id": hold_id, "by": who.name}
    await desk.resolve(return_id, reading.parsed(inputs.ResolveInput, given | more).message())
    return _back(return_id, "resolved")


async def _mine(desk: Desk, who: Principal, return_id: str) -> Snapshot:
    return check_sees(who, await desk.snapshot(return_id))


async def _sent(request: Request, *names: str) -> dict[str, Any]:
    """These fields of the form, empty where they are missing, and the key that makes a double click one message."""
    fields = await form(request)
    return {name: fields.get(name, "") for name in names} | {"idempotency_key": fields.get("key") or None}


def _check_sure(given: dict[str, Any]) -> None:
    """What cannot be taken back needs a tick of its own."""
    if given.pop("sure") != "yes":
        raise BadInput("sure", "is not ticked; this cannot be taken back")


def _back(return_id: str, what: str) -> RedirectResponse:
    return done(f"/console/returns/{return_id}", what)
