"""A CRM org as a whole, steered by IT: filled with what it was never told, and compared with the books.

How far a backfill is and what a comparison found is told beside the other figures (api/hub.py).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from activities.crm_backfill import Told
from api.access import known
from api.bodies import IdempotencyKey, body_of, needed
from api.documented import ANSWERS, answer, body, page
from api.house import House
from api.returns import by
from runtime import inputs
from runtime.documents import document_of
from runtime.refusals import NotFound
from runtime.scope import check_everywhere
from runtime.steering import Steering
from security.roles import Action, Principal

router = APIRouter(tags=["crm"], responses=ANSWERS)
# Who asks over the network is told to come again before a proxy in between gives up.
_PATIENCE = 25.0
_BEGUN = page("it begins", org=str, status=str)


async def _desk(request: Request, house: House, who: Annotated[Principal, Depends(known)]) -> Steering:
    """Raises NoTemporal."""
    return house.steering(await request.app.state.temporal.client())


Desk = Annotated[Steering, Depends(_desk)]


@router.post(
    "/crm/orgs/{org}/backfills/forecast",
    responses={200: answer(Told, "what it would take", org=str)},
    openapi_extra=body(inputs.WholeInput),
)
async def forecast(
    org: str, request: Request, house: House, desk: Desk, who: Annotated[Principal, by(Action.BACKFILL_STEER)]
) -> dict[str, Any]:
    """What a backfill would take: returns, calls, minutes, and the share of the calls that are left today. The org is
    asked; nothing is begun."""
    _check(house, who, org)
    given = await body_of(request, inputs.WholeInput)
    return {"org": org} | document_of(await desk.backfilling.forecast(given.whole(org), _PATIENCE))


@router.post(
    "/crm/orgs/{org}/backfills",
    status_code=202,
    responses={202: _BEGUN},
    openapi_extra=body(inputs.FillInput),
)
async def fill(
    org: str,
    request: Request,
    house: House,
    desk: Desk,
    who: Annotated[Principal, by(Action.BACKFILL_STEER)],
    key: IdempotencyKey = None,
) -> JSONResponse:
    """Show the org the returns it was never told of. One at a time: 409 while another one is under way."""
    _check(house, who, org)
    given = await body_of(request, inputs.FillInput)
    await desk.fill(given.fill(org), who.name, needed(key))
    return _begun(org, f"/crm/backfills?org={org}")


@router.post(
    "/crm/orgs/{org}/backfills/steering",
    status_code=202,
    responses={202: page("it is told to", org=str, asked=str)},
    openapi_extra=body(inputs.SteeringInput),
)
async def steer(
    org: str, request: Request, house: House, desk: Desk, who: Annotated[Principal, by(Action.BACKFILL_STEER)]
) -> dict[str, str]:
    """Pause, resume or cancel the backfill that is under way; what was shown stays shown. 409 when none is."""
    _check(house, who, org)
    given = await body_of(request, inputs.SteeringInput)
    await desk.backfilling.signal(org, given.act, who.name)
    return {"org": org, "asked": given.act}


@router.post(
    "/crm/orgs/{org}/reconciliations",
    status_code=202,
    responses={202: _BEGUN},
    openapi_extra=body(inputs.CompareInput),
)
async def compare(
    org: str,
    request: Request,
    house: House,
    desk: Desk,
    who: Annotated[Principal, by(Action.RECONCILIATION_RUN)],
    key: IdempotencyKey = None,
) -> JSONResponse:
    """Compare what the org shows with the books, now. One at a time: 409 while another one is under way."""
    _check(house, who, org)
    given = await body_of(request, inputs.CompareInput)
    await desk.compare(given.reconcile(org), who.name, needed(key))
    return _begun(org, f"/crm/reconciliations?org={org}")


@router.post(
    "/crm/orgs/{org}/reconciliations/schedule",
    responses={200: page("so it is from now on", org=str, every=str)},
    openapi_extra=body(inputs.ScheduleInput),
)
async def schedule(
    org: str, request: Request, house: House, desk: Desk, who: Annotated[Principal, by(Action.RECONCILIATION_RUN)]
) -> dict[str, str]:
    """Have it compared by itself, so often, until the setting is another one."""
    _check(house, who, org)
    given = await body_of(request, inputs.ScheduleInput)
    await desk.reconciling.every(given.reconcile(org), given.pause(), who.name)
    return {"org": org, "every": given.every}


def _begun(org: str, where: str) -> JSONResponse:
    return JSONResponse({"org": org, "status": "begun"}, 202, headers={"Location": where})


def _check(house: House, who: Principal, org: str) -> None:
    check_everywhere(who, f"org {org}")
    if org not in house.orgs:
        raise NotFound(f"there is no CRM org {org!r}; there are {', '.join(house.orgs) or 'none'}")
