"""What may be seen of returns: one, its timeline, many, and what waits for a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.access import check_sees, scoped
from api.documented import ANSWERS, answer, page
from api.pages import Cursor, Limit, lead_on
from api.returns import Desk, by
from api.versions import versioned
from domain.returns import Owner, Snapshot, Stage
from runtime.documents import plain
from security.roles import Action, Principal
from store.port import Search, TimelineEvent

router = APIRouter(tags=["returns"], responses=ANSWERS)

_CENTURY = 36_500


@router.get("/returns", responses={200: page("one page", returns=tuple[Snapshot, ...], cursor=str | None)})
async def search(
    request: Request,
    response: Response,
    desk: Desk,
    who: Annotated[Principal, by(Action.RETURN_SEARCH)],
    text: Annotated[str | None, Query(description="an id, order name, SKU, tracking or memo number, or e-mail")] = None,
    return_id: str | None = None,
    order: str | None = None,
    customer: str | None = None,
    email: str | None = None,
    sku: str | None = None,
    rma: Annotated[str | None, Query(description="the ERP's number of the authorization, or its id")] = None,
    tracking: str | None = None,
    stage: Annotated[list[Stage] | None, Query()] = None,
    region: str | None = None,
    channel: str | None = None,
    held: bool | None = None,
    hold: Annotated[str | None, Query(description="only those held for this reason, such as amount_differs")] = None,
    hold_owner: Annotated[Owner | None, Query(description="only those this role must mend")] = None,
    older_than_days: Annotated[int | None, Query(ge=0, le=_CENTURY)] = None,
    younger_than_days: Annotated[int | None, Query(ge=0, le=_CENTURY)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Newest first. All filters must fit. `cursor` leads to the next page; it is null on the last."""
    now = datetime.now(UTC)
    wanted = Search(
        return_id=return_id, order_id=order, customer_id=customer, email=email, sku=sku, authorization=rma,
        tracking=tracking, stages=tuple(str(one) for one in stage or ()), region=region, channel=channel, held=held,
        hold_reason=hold, hold_owner=hold_owner, opened_before=_ago(now, older_than_days),
        opened_after=_ago(now, younger_than_days), text=text, limit=limit, cursor=cursor,
    )  # fmt: skip
    found = await desk.search(scoped(who, wanted))
    lead_on(request, response, found.cursor)
    return {"returns": [plain(Snapshot, snap) for snap in found.snapshots], "cursor": found.cursor}


def _ago(now: datetime, days: int | None) -> datetime | None:
    return now - timedelta(days=days) if days is not None else None


@router.get(
    "/returns/{return_id}",
    responses={200: answer(Snapshot, "the return"), 304: {"description": "as the caller has it, by its ETag"}},
)
async def one(
    return_id: str, request: Request, desk: Desk, who: Annotated[Principal, by(Action.RETURN_SEE)]
) -> Response:
    """The return as it stands now, with what each CRM shows of it, and its ETag."""
    # The engine answers whoever asks: the books, which do not, are asked first whether it is theirs.
    check_sees(who, await desk.snapshot(return_id))
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
