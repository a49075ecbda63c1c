"""What auditors look at: who did what and why, and whether all of it is still what was signed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.access import Allowed
from api.audit import auditing
from api.console.rendering import page
from api.console.searching import Asked, asked
from domain.errors import BadInput
from runtime.scope import check_everywhere
from security.roles import Action, Principal, Role
from store.port import ActSearch

router = APIRouter(include_in_schema=False)
_A_PAGE = 50
_SALTED = "salted:"
_DAY = timedelta(days=1)


@router.get("/console/audit")
async def acts(request: Request, who: Annotated[Principal, Depends(Allowed(Action.AUDIT_SEE))]) -> HTMLResponse:
    """Newest first. A privacy officer is shown what touches the data of persons."""
    given = asked(request)
    wanted = ActSearch(
        actor=given.get("actor"), action=given.get("action"), subject=_subject(given), since=_day(given, "since"),
        until=_day(given, "until", _DAY), personal=given.get("personal") == "yes" or Role.AUDITOR not in who.roles,
        regions=tuple(sorted(who.regions)), shops=tuple(sorted(who.shops)), limit=_A_PAGE, cursor=given.get("cursor"),
    )  # fmt: skip
    found = await auditing(request).search(wanted)
    rows = [(one, _said(one.before), _said(one.after)) for one in found.entries]
    return page(request, who, "audit.html", asked=given, rows=rows, next=given.link(found.cursor))


@router.get("/console/audit/verification")
async def verification(
    request: Request, who: Annotated[Principal, Depends(Allowed(Action.AUDIT_VERIFY))]
) -> HTMLResponse:
    """Every chain and every checkpoint, looked at now."""
    check_everywhere(who, "the audit as a whole")
    return page(request, who, "verification.html", verdict=await auditing(request).verify())


def _subject(given: Asked) -> str | None:
    """A return may be named by its id alone."""
    subject = given.get("subject")
    return f"return:{subject}" if subject and subject.startswith("R-") else subject


def _day(given: Asked, field: str, more: timedelta = timedelta()) -> datetime | None:
    """Midnight UTC before the day; with `more` after it."""
    said = given.get(field)
    if said is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(said), time(), UTC) + more
    except (ValueError, OverflowError):
        raise BadInput(field, "is a day such as 2026-11-22") from None


def _said(values: str) -> dict[str, str]:
    """What a commitment stands for was never written here: its beginning is enough to tell two from each other."""
    found: dict[str, str] = json.loads(values)
    return {
        name: f"not kept, mark {value.removeprefix(_SALTED)[:8]}" if value.startswith(_SALTED) else value
        for name, value in found.items()
    }
