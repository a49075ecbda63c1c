"""Who did what: found, verified, and handed out whole. Reading only; acts are appended where they are done."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.documented import ANSWERS, Answers, answer, page
from api.pages import Cursor, Limit, lead_on
from api.returns import by
from runtime.audit import ActView, Auditing, VerdictView, act_of, verdict_of
from runtime.documents import document_of
from runtime.scope import check_everywhere
from security.roles import Action, Principal, Role
from store.port import ActSearch

router = APIRouter(tags=["audit"], responses=ANSWERS)
_LINES: Answers = {
    200: {"description": "lines of JSON", "content": {"application/x-ndjson": {"schema": {"type": "string"}}}},
}
Stream = Annotated[str | None, Query(description="one chain only, such as return:R-5001-0a1b2c3d or identity")]


@router.get("/audit", responses={200: page("one page", acts=tuple[ActView, ...], cursor=str | None)})
async def search(
    request: Request,
    response: Response,
    who: Annotated[Principal, by(Action.AUDIT_SEE)],
    actor: Annotated[str | None, Query(description="who did it")] = None,
    action: Annotated[str | None, Query(description="such as hold:resolve, or the noun alone")] = None,
    subject: Annotated[str | None, Query(description="what it was done to, such as return:R-5001-0a1b2c3d")] = None,
    stream: Stream = None,
    since: datetime | None = None,
    until: datetime | None = None,
    personal: Annotated[bool, Query(description="only what touches the data of persons")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Acts, newest first. A privacy officer is shown those that touch the data of persons."""
    wanted = ActSearch(
        actor=actor, action=action, subject=subject, stream=stream, since=since, until=until,
        personal=personal or Role.AUDITOR not in who.roles, regions=tuple(sorted(who.regions)),
        shops=tuple(sorted(who.shops)), limit=limit, cursor=cursor,
    )  # fmt: skip
    found = await auditing(request).search(wanted)
    lead_on(request, response, found.cursor)
    return {"acts": [document_of(act_of(one)) for one in found.entries], "cursor": found.cursor}


@router.get("/audit/verification", responses={200: answer(VerdictView, "what was found")})
async def verification(
    request: Request, who: Annotated[Principal, by(Action.AUDIT_VERIFY)], stream: Stream = None
) -> dict[str, Any]:
    """Every chain and every checkpoint, looked at now: `right`, or the first bad row of each stream and what is wrong.
    It tells nothing of what was done."""
    check_everywhere(who, "the audit as a whole")
    return document_of(verdict_of(await auditing(request).verify(stream)))


@router.get("/audit/export", response_class=StreamingResponse, responses=_LINES)
async def export(request: Request, who: Annotated[Principal, by(Action.AUDIT_EXPORT)]) -> StreamingResponse:
    """Everything as of one moment, as lines of JSON, with all that is needed to verify it elsewhere."""
    check_everywhere(who, "the audit as a whole")
    name = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
    return StreamingResponse(auditing(request).export(), media_type="application/x-ndjson", headers=name)


def auditing(request: Request) -> Auditing:
    found: Auditing = request.app.state.auditing
    return found
