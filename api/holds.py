"""What waits for a person: seen, taken by whoever works on it, and decided by the role that owns it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.bodies import IdempotencyKey, body_of, needed
from api.documented import ANSWERS, answer, body, page
from api.house import House
from api.pages import Cursor, Limit, lead_on
from api.returns import KEY_FIELD, by
from api.returns import Desk as ReturnDesk
from domain.money import Money
from domain.returns import Owner, Proposal, Stage
from runtime import inputs
from runtime.documents import plain
from runtime.holds import Holds, OpenHold
from security.roles import Action, Principal
from store.port import Search
from workflows.messages import Ack

router = APIRouter(tags=["holds"], responses=ANSWERS)


def _desk(returns: ReturnDesk, house: House) -> Holds:
    return house.holds(returns)


Desk = Annotated[Holds, Depends(_desk)]


@dataclass(frozen=True, slots=True)
class Taken:
    """Who works on it, and how long it is theirs."""

    by: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class HeldReturn:
    """A hold, whose it is, how old it is and who works on it. `amount` is by how much a decision by hand departs from
    what the systems say, `second` the choices that need a second person, `proposal` what waits for one."""

    return_id: str
    order_name: str
    stage: Stage
    hold_id: str
    reason: str
    owner: Owner
    detail: str
    choices: tuple[str, ...]
    since: datetime
    amount: Money | None
    second: tuple[str, ...]
    asked_by: str
    proposal: Proposal | None
    age_seconds: int
    taken: Taken | None
    mine: bool


@router.get("/holds", responses={200: page("one page", holds=tuple[HeldReturn, ...], cursor=str | None)})
async def holds(
    request: Request,
    response: Response,
    desk: Desk,
    who: Annotated[Principal, by(Action.HOLD_SEE)],
    owner: Annotated[Owner | None, Query(description="only what this role must mend")] = None,
    reason: Annotated[str, Query(description="only these, such as amount_differs")] = "",
    proposed: Annotated[bool, Query(description="only what waits for a second person")] = False,
    mine: Annotated[bool, Query(description="only what you took; on one page")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What waits for a person, why, since when, the choices, and who works on it."""
    now = datetime.now(UTC)
    if mine:
        return {"holds": [_document(one) for one in await desk.mine(who, now)], "cursor": None}
    wanted = Search(hold_owner=owner, proposed=proposed, limit=limit, cursor=cursor)
    found, following = await desk.page(who, now, wanted, reason)
    lead_on(request, response, following)
    return {"holds": [_document(one) for one in found], "cursor": following}


@router.post(
    "/returns/{return_id}/holds/{hold_id}/claim",
    responses={200: answer(HeldReturn, "it is yours")},
    openapi_extra=body(inputs.ClaimInput),
)
async def take(
    return_id: str, hold_id: str, request: Request, desk: Desk, who: Annotated[Principal, by(Action.HOLD_TAKE)]
) -> dict[str, Any]:
    """Say that you work on it, so that nobody else does: everybody sees it, and it ends by itself."""
    given = await body_of(request, inputs.ClaimInput)
    return _document(await desk.take(who, datetime.now(UTC), return_id, hold_id, given.minutes))


@router.delete(
    "/returns/{return_id}/holds/{hold_id}/claim",
    responses={200: page("whether it was yours", return_id=str, hold_id=str, released=bool)},
)
async def release(
    return_id: str, hold_id: str, desk: Desk, who: Annotated[Principal, by(Action.HOLD_TAKE)]
) -> dict[str, Any]:
    """You do not work on it any more. What was not yours stays as it is."""
    released = await desk.release(who, return_id, hold_id)
    return {"return_id": return_id, "hold_id": hold_id, "released": released}


@router.post(
    "/returns/{return_id}/holds/{hold_id}/resolution",
    responses={200: answer(Ack, "recorded; where the return stands now")},
    openapi_extra=body(inputs.ResolveInput, KEY_FIELD, "hold_id", "by"),
)
async def resolve(
    return_id: str,
    hold_id: str,
    request: Request,
    desk: Desk,
    who: Annotated[Principal, by(Action.HOLD_RESOLVE)],
    key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Decide a hold. Only the role that owns it may; the timeline says who did. A choice that needs a second person is
    proposed: the answer has the number of the `proposal`, and the hold stays."""
    more = {"idempotency_key": needed(key), "hold_id": hold_id, "by": who.name}
    given = await body_of(request, inputs.ResolveInput, **more)
    document: dict[str, Any] = plain(Ack, await desk.resolve(who, return_id, given.message()))
    return document


@router.post(
    "/returns/{return_id}/holds/{hold_id}/approval",
    responses={200: answer(Ack, "recorded; where the return stands now")},
    openapi_extra=body(inputs.ApprovalInput, KEY_FIELD, "hold_id", "by"),
)
async def second_word(
    return_id: str,
    hold_id: str,
    request: Request,
    desk: Desk,
    who: Annotated[Principal, by(Action.HOLD_APPROVE)],
    key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Approve or reject what somebody else proposed on a hold, or take back what you proposed. Nobody approves their
    own, nor a part of a credit that they asked for."""
    more = {"idempotency_key": needed(key), "hold_id": hold_id, "by": who.name}
    given = await body_of(request, inputs.ApprovalInput, **more)
    document: dict[str, Any] = plain(Ack, await desk.second_word(who, return_id, given.message()))
    return document


def _document(one: OpenHold) -> dict[str, Any]:
    hold, claim = one.hold, one.taken
    told = HeldReturn(
        one.return_id, one.order_name, one.stage, hold.hold_id, hold.reason, hold.owner, hold.detail, hold.choices,
        hold.since, hold.amount, hold.second, hold.asked_by, hold.proposal, one.age,
        Taken(claim.by, claim.taken_at, claim.until) if claim else None, one.mine,
    )  # fmt: skip
    document: dict[str, Any] = plain(HeldReturn, told)
    return document
