"""What may be seen of returns: one, its timeline, many, and what waits for a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.access import check_sees, scoped
from api.documented import ANSWERS
from api.returns import Desk, by
from domain.returns import Hold, Owner, Snapshot, Stage
from runtime.documents import plain
from security.roles import Action, Principal, sees
from store.port import DeadLetter, Search, TimelineEvent

router = APIRouter(tags=["returns"], responses=ANSWERS)

Limit = Annotated[int, Query(ge=1, le=500)]
_CENTURY = 36_500


@router.get("/returns")
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
    older_than_days: Annotated[int | None, Query(ge=0, le=_CENTURY)] = None,
    limit: Limit = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Newest first. `cursor` leads to the next page; it is null on the last."""
    before = datetime.now(UTC) - timedelta(days=older_than_days) if older_than_days is not None else None
    wanted = Search(
        order_id=order, customer_id=customer, email=email, sku=sku, tracking=tracking,
        stages=tuple(str(one) for one in stage or ()), region=region, channel=channel, held=held, opened_before=before,
        text=text, limit=limit, cursor=cursor,
    )  # fmt: skip
    page = await desk.search(scoped(who, wanted))
    return {"returns": [plain(Snapshot, snap) for snap in page.snapshots], "cursor": page.cursor}


@router.get("/returns/{return_id}")
async def one(return_id: str, desk: Desk, who: Annotated[Principal, by(Action.RETURN_SEE)]) -> dict[str, Any]:
    """The return as it stands now, with what each CRM shows of it."""
    document: dict[str, Any] = plain(Snapshot, check_sees(who, await desk.live(return_id)))
    return document


@router.get("/returns/{return_id}/timeline")
async def timeline(return_id: str, desk: Desk, who: Annotated[Principal, by(Action.TIMELINE_SEE)]) -> dict[str, Any]:
    """Everything that happened, oldest first."""
    check_sees(who, await desk.snapshot(return_id))
    events = await desk.timeline(return_id)
    return {"return_id": return_id, "timeline": plain(tuple[TimelineEvent, ...], events)}


@router.get("/holds")
async def holds(
    desk: Desk,
    who: Annotated[Principal, by(Action.HOLD_SEE)],
    owner: Annotated[Owner | None, Query(description="only what this role must mend")] = None,
    limit: Limit = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """What waits for a person, why, and the choices."""
    page = await desk.search(scoped(who, Search(held=True, hold_owner=owner, limit=limit, cursor=cursor)))
    found = [
        {"return_id": snap.return_id} | plain(Hold, hold)
        for snap in page.snapshots
        for hold in snap.holds
        if owner is None or hold.owner is owner
    ]
    return {"holds": found, "cursor": page.cursor}


@router.get("/dead-letters")
async def dead_letters(desk: Desk, who: Annotated[Principal, by(Action.DEAD_LETTER_SEE)]) -> dict[str, Any]:
    """What a CRM or a customer was owed and was given up for now, oldest first."""
    letters = await desk.dead_letters()
    if not who.everywhere:
        known = {one: await desk.snapshot(one) for one in {letter.return_id for letter in letters}}
        letters = tuple(one for one in letters if sees(who, known[one.return_id].region, known[one.return_id].shop))
    return {"dead_letters": plain(tuple[DeadLetter, ...], letters)}
