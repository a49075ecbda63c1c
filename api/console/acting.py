"""What people do to a return on its page: for its customer, or because a hold is theirs. Each form leads back there."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse

from api.access import Allowed
from api.changes import Desk as ChangesDesk
from api.console.forms import form, needed
from api.console.rendering import done
from api.holds import Desk as HoldsDesk
from api.house import House
from api.returns import Desk
from domain.errors import BadInput
from domain.returns import Snapshot
from runtime import inputs, reading
from runtime.holds import MINUTES
from runtime.scope import check_sees
from security.roles import Action, Principal
from store.port import Act, Stores
from store.port.audit import stream_of_return

router = APIRouter(include_in_schema=False)
_SOURCE = "console"


class Shown(Protocol):
    async def snapshot(self, return_id: str) -> Snapshot: ...


def by(action: Action) -> Any:
    return Depends(Allowed(action))


@router.post("/console/returns/{return_id}/confirmation")
async def confirm(
    return_id: str, request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_CONFIRM)]
) -> RedirectResponse:
    """For the customer, who said so: exactly the amount that the page shows."""
    given = await _sent(request, desk, who, return_id, "digest", "amount", "currency")
    await desk.confirm(return_id, reading.parsed(inputs.ConfirmInput, given).message())
    return _back(return_id, "confirmed")


@router.post("/console/returns/{return_id}/consent")
async def consent(
    return_id: str, request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_CONSENT)]
) -> RedirectResponse:
    given = await _sent(request, desk, who, return_id, "digest", "answer")
    await desk.consent(return_id, reading.parsed(inputs.ConsentInput, given).message())
    return _back(return_id, "answered")


@router.post("/console/returns/{return_id}/withdrawal")
async def withdraw(
    return_id: str, request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_WITHDRAW)]
) -> RedirectResponse:
    given = await _sent(request, desk, who, return_id, "reason", "sure")
    _check_sure(given)
    if not given["reason"]:
        raise BadInput("reason", "is empty; say why the customer takes the return back")
    message = reading.parsed(inputs.WithdrawInput, given).message()
    await desk.withdraw(return_id, message)
    await _say_why(request, who, Action.RETURN_WITHDRAW, return_id, message.reason)
    return _back(return_id, "withdrawn")


@router.post("/console/returns/{return_id}/losses")
async def lost(
    return_id: str, request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_REPORT_LOST)]
) -> RedirectResponse:
    given = await _sent(request, desk, who, return_id, "tracking", "sure")
    _check_sure(given)
    given["tracking"] = given["tracking"] or None
    await desk.report_lost(return_id, reading.parsed(inputs.LostInput, given).message())
    return _back(return_id, "lost")


@router.post("/console/returns/{return_id}/changes")
async def ask(
    return_id: str, request: Request, desk: ChangesDesk, house: House, who: Annotated[Principal, by(Action.CHANGE_ASK)]
) -> RedirectResponse:
    """Another reason, a part of the credit, or a note; the return's own rules answer, on its page."""
    check_sees(who, await house.views.snapshot(return_id))
    fields = await form(request)
    # Under the asker's own name: nobody else's key is the same request.
    mine = hashlib.sha256(f"{who.name}\n{needed(fields, 'key')}".encode()).hexdigest()[:24]
    given: dict[str, Any] = {name: fields[name] for name in ("reason", "partial_refund", "note") if fields.get(name)}
    given |= {"by": who.name[:64], "idempotency_key": f"{_SOURCE}-{mine}"}
    asked = reading.parsed(inputs.ChangeInput, given)
    await desk.ask(who, return_id, asked.request(datetime.now(UTC), _SOURCE), asked.note or "")
    return _back(return_id, "asked")


@router.post("/console/returns/{return_id}/holds/{hold_id}/claim")
async def take(
    return_id: str, hold_id: str, desk: HoldsDesk, who: Annotated[Principal, by(Action.HOLD_TAKE)]
) -> RedirectResponse:
    """Whoever takes it works on it; everybody sees that, and it ends by itself."""
    await desk.take(who, datetime.now(UTC), return_id, hold_id, MINUTES)
    return _back(return_id, "taken")


@router.post("/console/returns/{return_id}/holds/{hold_id}/release")
async def release(
    return_id: str, hold_id: str, desk: HoldsDesk, who: Annotated[Principal, by(Action.HOLD_TAKE)]
) -> RedirectResponse:
    await desk.release(who, return_id, hold_id)
    return _back(return_id, "released")


@router.post("/console/returns/{return_id}/holds/{hold_id}/resolution")
async def resolve(
    return_id: str,
    hold_id: str,
    request: Request,
    desk: HoldsDesk,
    house: House,
    who: Annotated[Principal, by(Action.HOLD_RESOLVE)],
) -> RedirectResponse:
    """One of the hold's choices, by the role that owns it."""
    given = await _sent(request, house.views, who, return_id, "choice", "note")
    given |= {"hold_id": hold_id, "by": who.name}
    await desk.resolve(who, return_id, reading.parsed(inputs.ResolveInput, given).message())
    return _back(return_id, "resolved")


async def _say_why(request: Request, who: Principal, action: Action, return_id: str, why: str) -> None:
    """That it was asked for is in the audit already; here is why, which the return's own story does not say."""
    stores: Stores = request.app.state.stores
    stream = stream_of_return(return_id)
    await stores.audit.append(Act(stream, who.name, action, stream, why))


async def _sent(request: Request, shown: Shown, who: Principal, return_id: str, *names: str) -> dict[str, Any]:
    """These fields of the form, empty where they are missing, and the key that makes a double click one message; when
    the return is theirs to see."""
    check_sees(who, await shown.snapshot(return_id))
    fields = await form(request)
    return {name: fields.get(name, "") for name in names} | {"idempotency_key": fields.get("key") or None}


def _check_sure(given: dict[str, Any]) -> None:
    """What cannot be taken back needs a tick of its own."""
    if given.pop("sure") != "yes":
        raise BadInput("sure", "is not ticked; this cannot be taken back")


def _back(return_id: str, what: str) -> RedirectResponse:
    return done(f"/console/returns/{return_id}", what)
