"""What a privacy officer does: see where something is kept of a person, hand out a copy, have them erased, and see to
whom data of persons was told.

Who is meant comes in the body of a form and goes into no address. What was found is answered by a page of its own."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import Allowed
from api.audit import auditing
from api.console.forms import check_sure, form, needed
from api.console.rendering import done, page
from api.console.searching import asked
from api.privacy import Books, Desk, check_theirs, request_of, theirs
from domain import erasure, ids
from domain.errors import BadInput
from runtime import inputs, reading
from runtime.documents import plain
from security.roles import Action, Principal
from store.port import ActSearch, Entry, ErasureState

router = APIRouter(include_in_schema=False)
_A_PAGE = 50
Exports = Annotated[Principal, Depends(Allowed(Action.PERSON_EXPORT))]
Asks = Annotated[Principal, Depends(Allowed(Action.ERASURE_ASK))]
Sees = Annotated[Principal, Depends(Allowed(Action.ERASURE_SEE))]


@router.get("/console/privacy")
async def every(request: Request, desk: Desk, books: Books, who: Sees) -> HTMLResponse:
    """The requests there are, and the search for a person."""
    return page(request, who, "privacy.html", found=await theirs(await desk.every(), books, who))


@router.post("/console/privacy/person")
async def person(request: Request, desk: Desk, books: Books, who: Exports) -> HTMLResponse:
    """Where there is how much of them: ids and counts, and nothing of what it says. It stands in the audit."""
    given = _meant(await form(request))
    subject = await desk.meant(given.customer_id or "", given.email or "")
    await check_theirs(who, books, subject)
    kept = await desk.kept(subject, who.name, given.why)
    shown = [await books.returns.snapshot(one) for one in subject.returns[:_A_PAGE]]
    snaps = [snap for snap in shown if snap is not None]
    return page(
        request, who, "person.html", given=given, subject=subject, kept=kept, snaps=snaps,
        still_open=sum(erasure.is_open(snap) for snap in snaps),
    )  # fmt: skip


@router.post("/console/privacy/copies")
async def copy(request: Request, desk: Desk, books: Books, who: Exports) -> Response:
    """All that is kept here of a person, as a file. That it was told, to whom and why, is in the audit."""
    given = _meant(await form(request))
    subject = await desk.meant(given.customer_id or "", given.email or "")
    await check_theirs(who, books, subject)
    document: dict[str, Any] = plain(dict[str, Any], await desk.export(subject, who.name, given.why))
    headers = {"Content-Disposition": 'attachment; filename="what-is-kept.json"'}
    return Response(json.dumps(document, ensure_ascii=False, indent=2), media_type="application/json", headers=headers)


@router.get("/console/privacy/disclosures")
async def disclosures(request: Request, who: Annotated[Principal, Depends(Allowed(Action.AUDIT_SEE))]) -> HTMLResponse:
    """To whom data of persons was told, and why; the newest first."""
    given = asked(request)
    wanted = ActSearch(
        actor=given.get("actor"), disclosures=True, regions=tuple(sorted(who.regions)),
        shops=tuple(sorted(who.shops)), limit=_A_PAGE, cursor=given.get("cursor"),
    )  # fmt: skip
    found = await auditing(request).search(wanted)
    rows = [(one, _of_whom(one), json.loads(one.after).get("fields", "")) for one in found.entries]
    return page(request, who, "disclosures.html", asked=given, rows=rows, next=given.link(found.cursor))


@router.post("/console/privacy/erasures")
async def erase(request: Request, desk: Desk, books: Books, who: Asks) -> RedirectResponse:
    """When it is ticked, and when who is meant was typed once more. Sent twice it is one request."""
    fields = await form(request)
    given = _meant(fields)
    check_sure(fields)
    if needed(fields, "typed_again").lower() != (given.customer_id or given.email or "").lower():
        raise BadInput("typed_again", "is not the number or address that was looked for; nobody is erased")
    key = ids.check_key(needed(fields, "key"), "key")
    request_id = ids.erasure_request(f"{who.name}\n{key}")
    subject = await desk.meant(given.customer_id or "", given.email or "", request_id)
    await check_theirs(who, books, subject)
    await desk.erase(request_id, subject, who.name, given.why)
    return _back(request_id, "erasure_asked")


@router.get("/console/privacy/erasures/{request_id}")
async def one(request_id: str, request: Request, desk: Desk, books: Books, who: Sees) -> HTMLResponse:
    """How it stands, what it waits for, and the receipt of what was erased where."""
    found = await request_of(request_id, desk, books, who)
    running = found.state in (ErasureState.WAITING, ErasureState.ERASING)
    return page(request, who, "erasure.html", one=found, running=running)


@router.post("/console/privacy/erasures/{request_id}/again")
async def again(request_id: str, desk: Desk, books: Books, who: Asks) -> RedirectResponse:
    await request_of(request_id, desk, books, who)
    await desk.again(request_id)
    return _back(request_id, "erasure_looked")


@router.post("/console/privacy/erasures/{request_id}/withdrawal")
async def withdraw(request_id: str, desk: Desk, books: Books, who: Asks) -> RedirectResponse:
    await request_of(request_id, desk, books, who)
    await desk.withdraw(request_id, who.name)
    return _back(request_id, "erasure_withdrawn")


def _of_whom(act: Entry) -> list[str]:
    """Their returns, else what the act was about."""
    told: dict[str, str] = json.loads(act.after)
    return (told.get("returns") or act.subject.removeprefix("return:")).split(", ")


def _meant(fields: dict[str, str]) -> inputs.PersonInput:
    """By a number or by a mailbox: whatever has an @ is a mailbox."""
    named, why = needed(fields, "person"), needed(fields, "why")
    return reading.parsed(inputs.PersonInput, {"email" if "@" in named else "customer_id": named, "why": why})


def _back(request_id: str, what: str) -> RedirectResponse:
    return done(f"/console/privacy/erasures/{request_id}", what)
