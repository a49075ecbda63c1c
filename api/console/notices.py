"""What customers are told: how each notice reads, and sending one again that did not arrive."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access import Allowed
from api.console.rendering import done, page
from api.console.searching import asked
from api.guard import framed, framing
from api.house import House
from api.notices import Sent, Shown
from runtime.front import Front
from runtime.notices import SAMPLE, Preview, Previews
from runtime.scope import check_sees
from security.roles import Action, Principal

router = APIRouter(include_in_schema=False)


@router.get("/console/notices")
async def notices(
    request: Request, shown: Shown, who: Annotated[Principal, Depends(Allowed(Action.NOTICE_SEE))]
) -> HTMLResponse:
    return page(request, who, "notices.html", notices=shown.subjects(), languages=shown.languages())


@router.get("/console/notices/{notice}/{language}")
async def preview(
    notice: str,
    language: str,
    request: Request,
    shown: Shown,
    house: House,
    who: Annotated[Principal, Depends(Allowed(Action.NOTICE_SEE))],
) -> HTMLResponse:
    """With the numbers of a return where one is named, else of an example; the customer's name is never in it."""
    return_id = asked(request).get("return_id")
    shown_page = page(
        request, who, "notice.html", preview=await _preview(notice, language, return_id, shown, house, who),
        return_id=return_id, languages=shown.languages(), narrow=asked(request).get("width") == "phone",
    )  # fmt: skip
    shown_page.headers.update(framing())
    return shown_page


@router.get("/console/notices/{notice}/{language}/page")
async def designed(
    notice: str,
    language: str,
    request: Request,
    shown: Shown,
    house: House,
    who: Annotated[Principal, Depends(Allowed(Action.NOTICE_SEE))],
) -> HTMLResponse:
    """The designed part as it is sent, to be shown within the preview. Templates may be a shop's own: nothing runs in
    it, and nothing is loaded from anywhere."""
    found = await _preview(notice, language, asked(request).get("return_id"), shown, house, who)
    return HTMLResponse(found.html, headers=framed())


@router.post("/console/returns/{return_id}/notices/{notice}/sending")
async def again(
    return_id: str,
    notice: str,
    request: Request,
    house: House,
    sent: Sent,
    who: Annotated[Principal, Depends(Allowed(Action.NOTICE_SEND))],
) -> RedirectResponse:
    """A repeat finds that it is no dead letter any more."""
    check_sees(who, await house.views.snapshot(return_id))
    await sent.again(await request.app.state.temporal.client(), return_id, notice, who.name)
    return done(f"/console/returns/{return_id}", "sent")


async def _preview(
    notice: str, language: str, return_id: str | None, shown: Previews, house: Front, who: Principal
) -> Preview:
    snap = check_sees(who, await house.views.snapshot(return_id)) if return_id else SAMPLE
    return shown.preview(notice, language, snap)
