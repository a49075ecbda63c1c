"""What customers are told: how each notice reads, and one sent again. What was sent is a view of the return."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from api.access import check_sees
from api.documented import ANSWERS, Answers, answer, page
from api.returns import Desk, by
from runtime.documents import plain
from runtime.notices import SAMPLE, Preview, Previews, Sendings
from security.roles import Action, Principal

router = APIRouter(tags=["notices"], responses=ANSWERS)
_SENT: Answers = {202: page("on its way", return_id=str, notice=str, status=str)}


def _previews(request: Request) -> Previews:
    found: Previews = request.app.state.previews
    return found


def _sendings(request: Request) -> Sendings:
    return Sendings(request.app.state.stores)


Shown = Annotated[Previews, Depends(_previews)]
Sent = Annotated[Sendings, Depends(_sendings)]


@router.get("/notices", responses={200: page("all there are", notices=tuple[str, ...], languages=tuple[str, ...])})
async def notices(shown: Shown, who: Annotated[Principal, by(Action.NOTICE_SEE)]) -> dict[str, Any]:
    """Every notice there is, and the languages it is there in."""
    return {"notices": shown.subjects(), "languages": shown.languages()}


@router.get("/notices/{notice}/{language}/preview", responses={200: answer(Preview)})
async def preview(
    notice: str,
    language: str,
    desk: Desk,
    shown: Shown,
    who: Annotated[Principal, by(Action.NOTICE_SEE)],
    return_id: Annotated[str | None, Query(description="with the numbers of this return, else of an example")] = None,
) -> dict[str, Any]:
    """How it reads. The customer's name is never in it; `html` is a whole page."""
    snapshot = check_sees(who, await desk.snapshot(return_id)) if return_id else SAMPLE
    document: dict[str, Any] = plain(Preview, shown.preview(notice, language, snapshot))
    return document


@router.post("/returns/{return_id}/notices/{notice}/sending", status_code=202, responses=_SENT)
async def again(
    return_id: str,
    notice: str,
    request: Request,
    desk: Desk,
    sent: Sent,
    who: Annotated[Principal, by(Action.NOTICE_SEND)],
) -> dict[str, str]:
    """Send a notice again that bounced or was given up. A repeat finds that it is no dead letter any more."""
    check_sees(who, await desk.snapshot(return_id))
    await sent.again(await request.app.state.temporal.client(), return_id, notice, who.name)
    return {"return_id": return_id, "notice": notice, "status": "on its way"}
