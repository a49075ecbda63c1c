"""Changes that are asked of a return: what was asked and answered, asking for one, and a person's word on it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from api.bodies import IdempotencyKey, body_of, needed
from api.documented import ANSWERS, body
from api.house import House
from api.returns import by
from domain.change_request import Answered, RequestState, RequestStatus
from runtime import inputs
from runtime.changes import Asked, Changes
from runtime.documents import plain
from security.roles import Action, Principal
from workflows.messages import Ack

router = APIRouter(tags=["changes"], responses=ANSWERS)
_SOURCE = "api"


async def _desk(request: Request, house: House) -> Changes:
    """Raises NoTemporal."""
    return house.changes(await request.app.state.temporal.client())


Desk = Annotated[Changes, Depends(_desk)]


@router.get("/returns/{return_id}/changes")
async def changes(return_id: str, desk: Desk, who: Annotated[Principal, by(Action.CHANGE_SEE)]) -> dict[str, Any]:
    """Everything that was asked of it, by whom, what was answered, and the hold that waits for a person's word."""
    return {"return_id": return_id, "changes": [_document(one) for one in await desk.of(who, return_id)]}


@router.get("/returns/{return_id}/notes")
async def notes(return_id: str, desk: Desk, who: Annotated[Principal, by(Action.NOTE_SEE)]) -> dict[str, Any]:
    """What notes say that were asked to be kept with it. Personal, so apart from the rest."""
    found = await desk.notes(who, return_id)
    return {"return_id": return_id, "notes": [{"request_id": one, "text": text} for one, text in found.items()]}


@router.post("/returns/{return_id}/changes", openapi_extra=body(inputs.ChangeInput, "idempotency_key", "by"))
async def ask(
    return_id: str,
    request: Request,
    desk: Desk,
    who: Annotated[Principal, by(Action.CHANGE_ASK)],
    key: IdempotencyKey = None,
) -> JSONResponse:
    """Ask for one change. The return's own rules accept or refuse it (200), or a person decides (202)."""
    # Under the asker's own name: nobody else's key is the same request.
    mine = hashlib.sha256(f"{who.name}\n{needed(key)}".encode()).hexdigest()[:24]
    given = await body_of(request, inputs.ChangeInput, idempotency_key=f"{_SOURCE}-{mine}", by=who.name[:64])
    asked = given.request(datetime.now(UTC), _SOURCE)
    answer = await desk.ask(who, return_id, asked, given.note or "")
    status = 202 if answer.status is RequestStatus.PENDING else 200
    return JSONResponse(plain(Answered, answer), status)


@router.post(
    "/returns/{return_id}/changes/{request_id}/decision", openapi_extra=body(inputs.DecisionInput, "idempotency_key")
)
async def decide(
    return_id: str,
    request_id: str,
    request: Request,
    desk: Desk,
    who: Annotated[Principal, by(Action.CHANGE_DECIDE)],
    key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Say yes or no to a request that waits for your role: finance to a part of the credit, support to a reason."""
    given = await body_of(request, inputs.DecisionInput, idempotency_key=needed(key))
    approve = given.decision == "approve"
    ack = await desk.decide(who, return_id, request_id, approve, given.note, str(given.idempotency_key))
    document: dict[str, Any] = plain(Ack, ack)
    return document | {"request_id": request_id, "decision": given.decision}


def _document(one: Asked) -> dict[str, Any]:
    document: dict[str, Any] = plain(RequestState, one.state)
    hold = {"hold_id": one.hold.hold_id, "owner": str(one.hold.owner)} if one.hold else None
    return document | {"waits_for": hold}
