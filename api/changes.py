"""Changes that are asked of a return: what was asked and answered, asking for one, and a person's word on it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from api.bodies import IdempotencyKey, body_of, needed
from api.documented import ANSWERS, answer, body, page
from api.house import House
from api.returns import KEY_FIELD, by
from api.returns import Desk as ReturnDesk
from domain.change_request import Answered, ChangeRequest, RequestStatus
from domain.returns import Owner
from runtime import inputs
from runtime.changes import Asked, Changes
from runtime.documents import plain
from security.roles import Action, Principal
from workflows.messages import Ack

router = APIRouter(tags=["changes"], responses=ANSWERS)
_SOURCE = "api"


def _desk(returns: ReturnDesk, house: House) -> Changes:
    return house.changes(returns)


Desk = Annotated[Changes, Depends(_desk)]


@dataclass(frozen=True, slots=True)
class WaitsFor:
    """The hold that somebody decides for it."""

    hold_id: str
    owner: Owner


@dataclass(frozen=True, slots=True)
class AskedChange:
    """A request, what became of it so far, and what waits for a person because of it."""

    request: ChangeRequest
    status: RequestStatus
    sentence: str
    answered_at: datetime | None
    waits_for: WaitsFor | None


@dataclass(frozen=True, slots=True)
class Note:
    request_id: str
    text: str


@router.get(
    "/returns/{return_id}/changes",
    responses={200: page("oldest first", return_id=str, changes=tuple[AskedChange, ...])},
)
async def changes(return_id: str, desk: Desk, who: Annotated[Principal, by(Action.CHANGE_SEE)]) -> dict[str, Any]:
    """Everything that was asked of it, by whom, what was answered, and the hold that waits for a person's word."""
    found = tuple(_told(one) for one in await desk.of(who, return_id))
    return {"return_id": return_id, "changes": plain(tuple[AskedChange, ...], found)}


@router.get("/returns/{return_id}/notes", responses={200: page("all of them", return_id=str, notes=tuple[Note, ...])})
async def notes(return_id: str, desk: Desk, who: Annotated[Principal, by(Action.NOTE_SEE)]) -> dict[str, Any]:
    """What notes say that were asked to be kept with it. Personal, so apart from the rest."""
    found = await desk.notes(who, return_id)
    return {"return_id": return_id, "notes": [{"request_id": one, "text": text} for one, text in found.items()]}


@router.post(
    "/returns/{return_id}/changes",
    responses={200: answer(Answered, "accepted or refused"), 202: answer(Answered, "a person decides")},
    openapi_extra=body(inputs.ChangeInput, KEY_FIELD, "by"),
)
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
    "/returns/{return_id}/changes/{request_id}/decision",
    responses={200: answer(Ack, "recorded", request_id=str, decision=str)},
    openapi_extra=body(inputs.DecisionInput, KEY_FIELD),
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


def _told(one: Asked) -> AskedChange:
    state, hold = one.state, one.hold
    waits = WaitsFor(hold.hold_id, hold.owner) if hold else None
    return AskedChange(state.request, state.status, state.sentence, state.answered_at, waits)
