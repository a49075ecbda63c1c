"""The page of one return: at a glance, its money and goods, what happened, and what whoever looks may do.

Read from the books, so that it is there while the engine is away."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.access import Allowed
from api.console import glance
from api.console.forms import form, needed
from api.console.rendering import page
from api.house import House
from domain.returns import STAGE_MOVES, Reason, Snapshot, Stage
from runtime import inputs, reading
from runtime.contacts import Contacts
from runtime.scope import check_sees
from security.roles import Action, Principal, decides, may

router = APIRouter(include_in_schema=False)


@router.get("/console/returns/{return_id}")
async def one(
    return_id: str, request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.RETURN_SEE))]
) -> HTMLResponse:
    """Of what a role may not see there is no part on the page."""
    views, returns = house.views, house.doors.stores.returns
    snap = check_sees(who, await views.snapshot(return_id))
    return page(
        request, who, "return.html", snap=snap, steps=glance.steps(snap), waiting=glance.waiting(snap),
        events=tuple(reversed(await returns.timeline(return_id))) if may(who, Action.TIMELINE_SEE) else None,
        contact=await Contacts(house.doors.stores).masked(return_id) if may(who, Action.CONTACT_SEE) else None,
        money=await views.money(snap) if may(who, Action.MONEY_SEE) else None,
        stock=views.stock(snap) if may(who, Action.STOCK_SEE) else None,
        crms=await views.crm(snap) if may(who, Action.CRM_SEE) else None,
        changes=await house.doors.stores.changes.of(return_id) if may(who, Action.CHANGE_SEE) else (),
        messages=await views.messages(snap) if may(who, Action.MESSAGE_SEE) else None,
        taken={claim.hold_id: claim for claim in await house.doors.claims.of((return_id,))},
        reasons=tuple(Reason),
        mine={hold.hold_id: may(who, Action.HOLD_RESOLVE) and decides(who, hold.owner) for hold in snap.holds},
        acts=_acts(who, snap),
    )  # fmt: skip


@router.post("/console/returns/{return_id}/contact")
async def disclose(
    return_id: str, request: Request, house: House, who: Annotated[Principal, Depends(Allowed(Action.CONTACT_UNMASK))]
) -> HTMLResponse:
    """The customer as they are, in the answer to this very form: no address leads there."""
    snap = check_sees(who, await house.views.snapshot(return_id))
    given = reading.parsed(inputs.DisclosureInput, {"reason": needed(await form(request), "reason")})
    told = await Contacts(house.doors.stores).disclosed(return_id, who.name, given.reason)
    return page(request, who, "contact.html", snap=snap, contact=told, reason=given.reason)


def _acts(who: Principal, snap: Snapshot) -> frozenset[str]:
    """What may be done to it now by whoever looks; the return itself has the last word."""
    now = {
        "confirm": (Action.RETURN_CONFIRM, snap.stage is Stage.QUOTED and snap.quote is not None),
        "consent": (Action.RETURN_CONSENT, snap.stage is Stage.AWAITING_CONSENT and snap.quote is not None),
        "lost": (Action.RETURN_REPORT_LOST, snap.stage is Stage.AWAITING_GOODS),
        "change": (Action.CHANGE_ASK, bool(STAGE_MOVES[snap.stage])),
        "withdraw": (Action.RETURN_WITHDRAW, Stage.WITHDRAWN in STAGE_MOVES[snap.stage]),
    }
    return frozenset(name for name, (action, fits) in now.items() if fits and may(who, action))
