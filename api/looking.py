"""What may be seen of returns: one, its timeline, many, and what waits for a person."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.access import check_sees, scoped
from api.documented import ANSWERS, answer, page
from api.returns import Desk, by
from api.versions import versioned
from domain.returns import Owner, Snapshot, Stage
from runtime.documents import plain
from security.roles import Action, Principal, sees
from store.port import DeadLetter, Search, TimelineEvent


@dataclass(frozen=True, slots=True)
class HeldReturn:
    """A hold, and whose it is."""

    return_id: str
    hold_id: str
    reason: str
    owner: Owner
    detail: str
    choices: tuple[str, ...]
    since: datetime


router = APIRouter(tags=["returns"], responses=ANSWERS)

Limit = Annotated[int, Query(ge=1, le=500)]
_CENTURY = 36_500


@router.get("/returns", responses={200: page("one page", returns=tuple[Snapshot, ...], cursor=str | None)})
async def search(
    desk: Desk,
    who: Annotated[Principal, by(Action.RETURN_SEARCH)],
    text: Annotated[str | None, Query(description="an id, order name, SKU, tracking or memo number, or e-mail")] = None,
    order: str | None = None,
    customer: str | None = None,
    email: str | None = None,
    sku: str | None = None,
    tracking: str | None = None,
    stage: Annotated[list[Stage] | None, Query()] = None,
    region: str | None = None,
    channel: str | None = None,
    held: bool | None = None,
    hold_owner: Annotated[Owner | None, Query(description="only what this role must mend")] = None,
    older_than_days: Annotated[int | None, Query(ge=0, le=_CENTURY)] = None,
    limit: Limit = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Newest first. `cursor` leads to the next page; it is null on the last."""
    before = datetime.now(UTC) - timedelta(days=older_than_days) if older_than_days is not None else None
    wanted = Search(
        order_id=order, customer_id=customer, email=email, sku=sku, tracking=tracking,
        stages=tuple(str(one) for one in stage or ()), region=region, channel=channel, held=held,
        hold_owner=hold_owner, opened_before=before, text=text, limit=limit, cursor=cursor,
    )  # fmt: skip
    found = await desk.search(scoped(who, wanted))
    return {"returns": [plain(Snapshot, snap) for snap in found.snapshots], "cursor": found.cursor}


@router.get(
    "/returns/{return_id}",
    responses={200: answer(Snapshot, "the return"), 304: {"description": "as the caller has it, by its ETag"}},
)
async def one(
    return_id: str, request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_SEE)]
) -> Response:
    """The return as it stands now, with what each CRM shows of it, and its ETag."""
    snapshot = check_sees(who, await desk.live(return_id))
    return versioned(request, plain(Snapshot, snapshot), snapshot.version)


@router.get(
    "/returns/{return_id}/timeline",
    responses={200: page("all of it", return_id=str, timeline=tuple[TimelineEvent, ...])},
)
async def timeline(return_id: str, desk: Desk, who: Annotated[Principal, by(Action.TIMELINE_SEE)]) -> dict[str, Any]:
    """Everything that happened, oldest first."""
    check_sees(who, await desk.snapshot(return_id))
    events = await desk.timeline(return_id)
    return {"return_id": return_id, "timeline": plain(tuple[TimelineEvent, ...], events)}


@router.get("/holds", responses={200: page("one page", holds=tuple[HeldReturn, ...], cursor=str | None)})
async def holds(
    desk: Desk,
    who: Annotated[Principal, by(Action.HOLD_SEE)],
    owner: Annotated[Owner | None, Query(description="only what this role must mend")] = None,
    limit: Limit = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """What waits for a person, why, and the choices."""
    found = await desk.search(scoped(who, Search(held=True, hold_owner=owner, limit=limit, cursor=cursor)))
    held = [
        HeldReturn(snap.return_id, *astuple(hold))
        for snap in found.snapshots
        for hold in snap.holds
        if owner is None or hold.owner is owner
    ]
    return {"holds": plain(list[HeldReturn], held), "cursor": found.cursor}


@router.get("/dead-letters", responses={200: page("all of them", dead_letters=tuple[DeadLetter, ...])})
async def dead_letters(desk: Desk, who: Annotated[Principal, by(Action.DEAD_LETTER_SEE)]) -> dict[str, Any]:
    """What a CRM or a customer was owed and was given up for now, oldest first."""
    letters = await desk.dead_letters()
    if not who.everywhere:
        known = {one: await desk.snapshot(one) for one in {letter.return_id for letter in letters}}
        letters = tuple(one for one in letters if sees(who, known[one.return_id].region, known[one.return_id].shop))
    return {"dead_letters": plain(tuple[DeadLetter, ...], letters)}
