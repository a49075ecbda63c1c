"""What a privacy officer may ask: what is kept of a person, and to have them erased, and how that stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from api.access import check_sees, known
from api.bodies import IdempotencyKey, body_of, needed
from api.documented import ANSWERS, Answers, answer, body, page
from api.returns import by
from domain import ids
from runtime import inputs
from runtime.documents import plain
from runtime.front import Front
from runtime.privacy import Privacy, unknown
from runtime.refusals import NotFound
from security.roles import Action, Principal
from store.port import Erasure, Stores, Subject

_NOBODY = "nothing is kept here of anybody with this number or mailbox"
router = APIRouter(tags=["privacy"], responses=ANSWERS)
_ONE: Answers = {200: answer(Erasure, "as it stands now")}
# Rows as they are kept: what a person is owed is what is there, under whatever names.
_ROWS = {"type": "array", "items": {"type": "object"}}
_KEPT = dict.fromkeys(("contacts", "returns", "timeline", "requests", "notes", "records"), _ROWS)
_ALL: Answers = {
    200: page("all there is", **_KEPT, records_elsewhere=tuple[str, ...], orders_elsewhere=tuple[str, ...])
}


async def desk(request: Request, who: Annotated[Principal, Depends(known)]) -> Privacy:
    """Raises NoTemporal."""
    front: Front = request.app.state.front
    return front.privacy(await request.app.state.temporal.client())


async def books(request: Request) -> Stores:
    stores: Stores = request.app.state.stores
    return stores


Desk = Annotated[Privacy, Depends(desk)]
Books = Annotated[Stores, Depends(books)]


@router.post("/privacy/exports", responses=_ALL, openapi_extra=body(inputs.PersonInput))
async def export(
    request: Request, desk: Desk, books: Books, who: Annotated[Principal, by(Action.PERSON_EXPORT)]
) -> dict[str, Any]:
    """All that is kept here of a person. That it was told, to whom and why, is in the audit."""
    given = await body_of(request, inputs.PersonInput)
    subject = await desk.meant(given.customer_id or "", given.email or "")
    await check_theirs(who, books, subject)
    document: dict[str, Any] = plain(dict[str, Any], await desk.export(subject, who.name, given.why))
    return document


@router.post(
    "/privacy/erasures",
    status_code=202,
    responses={202: answer(Erasure, "asked for")},
    openapi_extra=body(inputs.ErasureInput, "idempotency_key"),
)
async def erase(
    request: Request,
    desk: Desk,
    books: Books,
    who: Annotated[Principal, by(Action.ERASURE_ASK)],
    key: IdempotencyKey = None,
) -> JSONResponse:
    """Have a person erased, once none of their returns is open. They are not named in the answer, nor kept in it."""
    given = await body_of(request, inputs.ErasureInput, idempotency_key=needed(key))
    request_id = ids.erasure_request(f"{who.name}\n{given.idempotency_key}")
    subject = await desk.meant(given.customer_id or "", given.email or "", request_id)
    await check_theirs(who, books, subject)
    found = await desk.erase(request_id, subject, who.name, given.why)
    return JSONResponse(plain(Erasure, found), 202, headers={"Location": f"/privacy/erasures/{request_id}"})


@router.get("/privacy/erasures", responses={200: page("the newest first", erasures=tuple[Erasure, ...])})
async def every(desk: Desk, books: Books, who: Annotated[Principal, by(Action.ERASURE_SEE)]) -> dict[str, Any]:
    """All requests, the newest first, with what each waits for."""
    return {"erasures": [plain(Erasure, one) for one in await theirs(await desk.every(), books, who)]}


@router.get("/privacy/erasures/{request_id}", responses=_ONE)
async def one(
    request_id: str, desk: Desk, books: Books, who: Annotated[Principal, by(Action.ERASURE_SEE)]
) -> dict[str, Any]:
    """How a request stands, and the receipt of what was erased where."""
    return _told(await request_of(request_id, desk, books, who))


@router.post("/privacy/erasures/{request_id}/again", responses=_ONE)
async def again(
    request_id: str, desk: Desk, books: Books, who: Annotated[Principal, by(Action.ERASURE_ASK)]
) -> dict[str, Any]:
    """Look at once whether what it waits for is over, or erase what could not be erased before."""
    await request_of(request_id, desk, books, who)
    return _told(await desk.again(request_id))


@router.post("/privacy/erasures/{request_id}/withdrawal", responses=_ONE)
async def withdraw(
    request_id: str, desk: Desk, books: Books, who: Annotated[Principal, by(Action.ERASURE_ASK)]
) -> dict[str, Any]:
    """Take back a request that still waits for open returns."""
    await request_of(request_id, desk, books, who)
    return _told(await desk.withdraw(request_id, who.name))


def _told(found: Erasure) -> dict[str, Any]:
    document: dict[str, Any] = plain(Erasure, found)
    return document


async def theirs(found: Sequence[Erasure], books: Stores, who: Principal) -> tuple[Erasure, ...]:
    """Those of the requests that are somebody's to see."""
    return tuple([one for one in found if await is_theirs(who, books, one.subject)])


async def check_theirs(who: Principal, books: Stores, subject: Subject) -> None:
    """Raises NotFound, also when only some of it is elsewhere: then somebody does it who is responsible there too."""
    if not await is_theirs(who, books, subject):
        raise NotFound(_NOBODY)


async def request_of(request_id: str, desk: Privacy, books: Stores, who: Principal) -> Erasure:
    found = await desk.one(request_id)
    if not await is_theirs(who, books, found.subject):
        raise unknown(request_id)
    return found


async def is_theirs(who: Principal, books: Stores, subject: Subject) -> bool:
    if who.everywhere:
        return True
    for return_id in subject.returns:
        snapshot = await books.returns.snapshot(return_id)
        if snapshot is None:
            return False
        try:
            check_sees(who, snapshot)
        except NotFound:
            return False
    return bool(subject.returns)
