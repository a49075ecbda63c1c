"""Who did what: found, verified, and handed out whole. Reading only; acts are appended where they are done."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from api.documented import ANSWERS
from api.pages import Limit
from api.returns import by
from runtime.audit import Auditing, entry_document
from security.roles import Action, Principal, Role
from store.port import ActSearch

router = APIRouter(tags=["audit"], responses=ANSWERS)

Stream = Annotated[str | None, Query(description="one chain only, such as return:R-5001-0a1b2c3d or identity")]


@router.get("/audit")
async def search(
    request: Request,
    who: Annotated[Principal, by(Action.AUDIT_SEE)],
    actor: Annotated[str | None, Query(description="who did it")] = None,
    action: Annotated[str | None, Query(description="such as hold:resolve, or the noun alone")] = None,
    subject: Annotated[str | None, Query(description="what it was done to, such as return:R-5001-0a1b2c3d")] = None,
    stream: Stream = None,
    since: datetime | None = None,
    until: datetime | None = None,
    personal: Annotated[bool, Query(description="only what touches the data of persons")] = False,
    limit: Limit = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Acts, newest first. A privacy officer is shown those that touch the data of persons."""
    wanted = ActSearch(
        actor=actor, action=action, subject=subject, stream=stream, since=since, until=until,
        personal=personal or Role.AUDITOR not in who.roles, regions=tuple(sorted(who.regions)),
        shops=tuple(sorted(who.shops)), limit=limit, cursor=cursor,
    )  # fmt: skip
    page = await auditing(request).search(wanted)
    return {"acts": [entry_document(one) for one in page.entries], "cursor": page.cursor}


@router.get("/audit/verification")
async def verification(
    request: Request, who: Annotated[Principal, by(Action.AUDIT_VERIFY)], stream: Stream = None
) -> dict[str, Any]:
    """Every chain and every checkpoint, looked at now: `right`, or the first bad row of each stream and what is wrong.
    It tells nothing of what was done."""
    check_everywhere(who)
    return (await auditing(request).verify(stream)).document


@router.get("/audit/export", response_class=StreamingResponse)
async def export(request: Request, who: Annotated[Principal, by(Action.AUDIT_EXPORT)]) -> StreamingResponse:
    """Everything as of one moment, as lines of JSON, with all that is needed to verify it elsewhere."""
    check_everywhere(who)
    name = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
    return StreamingResponse(auditing(request).export(), media_type="application/x-ndjson", headers=name)


def auditing(request: Request) -> Auditing:
    found: Auditing = request.app.state.auditing
    return found


def check_everywhere(who: Principal) -> None:
    """A chain is whole or it proves nothing, so it is not for those who see a part."""
    if not who.everywhere:
        raise HTTPException(403, f"{who.name} sees some regions or shops only, and the audit is verified whole")
