"""What is said to returns: by the storefront for its customer, by the warehouse, by support, and by owners of holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from adapters.errors import NoSuchRecord
from api.access import Allowed, check_sees, known
from api.bodies import IdempotencyKey, body_of, needed
from api.documented import ANSWERS, Answers, answer, body, page
from api.versions import check_match
from domain.returns import Snapshot
from runtime import inputs
from runtime.documents import plain
from runtime.message_keys import MessageKeys
from runtime.refusals import NotFound
from runtime.returns import Returns
from security.roles import Action, Principal, sees
from workflows import messages as m

router = APIRouter(tags=["returns"], responses=ANSWERS)
M = TypeVar("M")
# Comes as a header.
KEY_FIELD = "idempotency_key"


async def desk(request: Request, who: Annotated[Principal, Depends(known)]) -> Returns:
    """Raises NoTemporal."""
    fits = partial(check_match, request) if "if-match" in request.headers else None
    return Returns(await request.app.state.temporal.client(), request.app.state.stores, fits)


Desk = Annotated[Returns, Depends(desk)]


_NOTED: Answers = {202: page("taken", return_id=str, tracking=str)}
_TOLD: Answers = {200: answer(m.Ack, "recorded; where the return stands now")}


def by(action: Action) -> Any:
    return Depends(Allowed(action))


@router.post(
    "/returns",
    status_code=201,
    responses={
        201: answer(m.RequestAnswer, "quoted, or refused, or held; `decision` says which"),
        202: answer(m.RequestAnswer, "taken; the ERP has not answered yet"),
    },
    openapi_extra=body(inputs.StartInput, KEY_FIELD),
)
async def start(
    request: Request,
    desk: Desk,
    who: Annotated[Principal, by(Action.RETURN_START)],
    key: IdempotencyKey = None,
) -> JSONResponse:
    """Ask units of an order back; the ERP's quote comes in the same answer. 202 when the ERP has not answered yet."""
    given = await body_of(request, inputs.StartInput, idempotency_key=needed(key))
    message = given.message()
    if not who.everywhere:
        await _check_order(request, who, message)
    # One key of a caller is one request, of whatever order: the return's own id knows the order's keys only.
    keys = MessageKeys(request.app.state.stores.said)
    async with keys.held(f"start/{who.name}", message.key, given.model_dump(mode="json"), "Idempotency-Key"):
        answered = await desk.start(message)
    status = 202 if answered.decision == "pending" else 201
    where = {"Location": f"/returns/{answered.return_id}"}
    return JSONResponse(plain(m.RequestAnswer, answered), status, headers=where)


@router.post("/returns/{return_id}/confirmation", responses=_TOLD, openapi_extra=body(inputs.ConfirmInput, KEY_FIELD))
async def confirm(
    return_id: str,
    request: Request,
    desk: Desk,
    who: Annotated[Principal, by(Action.RETURN_CONFIRM)],
    key: IdempotencyKey = None,
) -> dict[str, Any]:
    """The customer confirms exactly the quote that was shown: its digest and its amount."""
    given = await body_of(request, inputs.ConfirmInput, idempotency_key=needed(key))
    return await _said(desk, who, return_id, desk.confirm, given.message())


@router.post("/returns/{return_id}/consent", responses=_TOLD, openapi_extra=body(inputs.ConsentInput, KEY_FIELD))
async def consent(
    return_id: str,
    request: Request,
    desk: Desk,
    who: Annotated[Principal, by(Action.RETURN_CONSENT)],
    key: IdempotencyKey = None,
) -> dict[str, Any]:
    """The customer's answer to a lowered credit: accept, dispute or send_back."""
    given = await body_of(request, inputs.ConsentInput, idempotency_key=needed(key))
    return await _said(desk, who, return_id, desk.consent, given.message())


@router.post("/returns/{return_id}/withdrawal", responses=_TOLD, openapi_extra=body(inputs.WithdrawInput, KEY_FIELD))
async def withdraw(
    return_id: str,
    request: Request,
    desk: Desk,
    who: Annotated[Principal, by(Action.RETURN_WITHDRAW)],
    key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Take the return back; refused once the credit posts."""
    given = await body_of(request, inputs.WithdrawInput, idempotency_key=needed(key))
    return await _said(desk, who, return_id, desk.withdraw, given.message())


@router.post("/returns/{return_id}/receipts", responses=_TOLD, openapi_extra=body(inputs.ReceiptInput))
async def receive(
    return_id: str, request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_RECEIVE)]
) -> dict[str, Any]:
    """A parcel arrived. `receipt_id` is the warehouse's own id: the same one is the same parcel, told again."""
    given = await body_of(request, inputs.ReceiptInput)
    return await _said(desk, who, return_id, desk.receive, given.message())


@router.post("/returns/{return_id}/inspections", responses=_TOLD, openapi_extra=body(inputs.InspectionInput))
async def inspect(
    return_id: str, request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_INSPECT)]
) -> dict[str, Any]:
    """Verdicts on received units. `inspection_id` is the idempotency key."""
    given = await body_of(request, inputs.InspectionInput)
    return await _said(desk, who, return_id, desk.inspect, given.message())


@router.post("/returns/{return_id}/losses", responses=_TOLD, openapi_extra=body(inputs.LostInput, KEY_FIELD))
async def lost(
    return_id: str,
    request: Request,
    desk: Desk,
    who: Annotated[Principal, by(Action.RETURN_REPORT_LOST)],
    key: IdempotencyKey = None,
) -> dict[str, Any]:
    """What has not arrived will not arrive."""
    given = await body_of(request, inputs.LostInput, idempotency_key=needed(key))
    return await _said(desk, who, return_id, desk.report_lost, given.message())


@router.post("/returns/{return_id}/tracking", status_code=202, responses=_NOTED, openapi_extra=body(inputs.TrackInput))
async def track(
    return_id: str, request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_TRACK)]
) -> dict[str, Any]:
    """Label or tracking news of a parcel. The same news twice is told twice, and does nothing more."""
    given = await body_of(request, inputs.TrackInput)
    await _mine(desk, who, return_id)
    await desk.tracking(return_id, given.message())
    return {"return_id": return_id, "tracking": given.number}


async def _mine(desk: Returns, who: Principal, return_id: str) -> Snapshot:
    return check_sees(who, await desk.snapshot(return_id))


async def _check_order(request: Request, who: Principal, message: m.StartReturn) -> None:
    """Whose order it is the shop knows; it is asked for those who do not see everything."""
    try:
        order, _ = await request.app.state.shop.order(message.order_id)
    except NoSuchRecord:
        raise NotFound(f"there is no order {message.order_id}") from None
    if not sees(who, order.country, order.shop):
        raise NotFound(f"there is no order {message.order_id}")


async def _said(
    desk: Returns, who: Principal, return_id: str, tell: Callable[[str, M], Awaitable[m.Ack]], message: M
) -> dict[str, Any]:
    """Told to a return that is theirs to speak to."""
    await _mine(desk, who, return_id)
    return _document(await tell(return_id, message))


def _document(ack: m.Ack) -> dict[str, Any]:
    document: dict[str, Any] = plain(m.Ack, ack)
    return document
